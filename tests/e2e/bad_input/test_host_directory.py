"""A service directory as somebody left it on the host: not writable, or with something else in the place of our files."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.e2e.bad_input.refusal import comes_up, refused
from tests.e2e.fleet import Fleet, sleeper
from tests.small_disk import read_only

pytestmark = pytest.mark.engine

OVERWRITE = "deploy with --overwrite-edits; the files as they are now are saved beside the new ones"


@contextmanager
def immutable(file: Path) -> Iterator[None]:
    """Nobody may change it, root neither."""
    subprocess.run(["chattr", "+i", file], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", file], check=True)


def change(host: Fleet, name: str, image: str, text: str) -> None:
    host.write(name, sleeper(image), "node-a", conf__app_dot_conf=text)
    host.commit()


@pytest.fixture
def workspace(host: Fleet, name: str, image: str) -> Path:
    """The directory of a service that is up, with a file `conf/app.conf`."""
    change(host, name, image, "1\n")
    host.deploy(name)
    return host.workspace("node-a", name)


@pytest.mark.parametrize(
    ("spoilt", "message", "hint"),
    [
        (read_only, "read-only file system", "mount it writable, or use another place"),
        (
            immutable,
            "operation not permitted",
            "run as the user that owns it, or change its rights; an immutable flag (lsattr) keeps everybody out",
        ),
    ],
    ids=["mounted read-only", "immutable"],
)
def test_a_file_that_cannot_be_written_is_named_and_no_container_is_touched(
    host: Fleet,
    name: str,
    image: str,
    workspace: Path,
    spoilt: Callable[[Path], AbstractContextManager[None]],
    message: str,
    hint: str,
) -> None:
    before = host.containers("node-a", name)
    change(host, name, image, "2\n")
    with spoilt(workspace / "conf/app.conf" if spoilt is immutable else workspace):
        refusal = refused(host, name)
        kept = (workspace / "conf/app.conf").read_text()

    assert refusal.step == "sync"
    assert refusal.told == (f"{workspace}/conf/app.conf", message, hint)
    assert kept == "1\n"
    assert host.containers("node-a", name) == before
    comes_up(host, name, image)
    assert (workspace / "conf/app.conf").read_text() == "2\n"


def file_for_directory(workspace: Path) -> str:
    (workspace / "conf/app.conf").unlink()
    (workspace / "conf").rmdir()
    (workspace / "conf").write_text("a file\n")
    return "conf"


def directory_for_file(workspace: Path) -> str:
    (workspace / "conf/app.conf").unlink()
    (workspace / "conf/app.conf").mkdir()
    (workspace / "conf/app.conf/data").write_text("of somebody\n")
    return "conf/app.conf"


def link_for_directory(workspace: Path) -> str:
    outside = workspace.parent.parent.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "app.conf").write_text("outside\n")
    (workspace / "conf/app.conf").unlink()
    (workspace / "conf").rmdir()
    (workspace / "conf").symlink_to(outside)
    return "conf"


def link_for_file(workspace: Path) -> str:
    outside = workspace.parent.parent.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "app.conf").write_text("outside\n")
    (workspace / "conf/app.conf").unlink()
    (workspace / "conf/app.conf").symlink_to(outside / "app.conf")
    return "conf/app.conf"


@pytest.mark.parametrize("planted", [file_for_directory, directory_for_file, link_for_directory, link_for_file])
def test_what_lies_in_the_place_of_a_file_is_named_never_followed_and_saved_where_that_is_asked_for(
    host: Fleet, name: str, image: str, workspace: Path, planted: Callable[[Path], str]
) -> None:
    before = host.containers("node-a", name)
    path = planted(workspace)
    change(host, name, image, "2\n")

    refusal = refused(host, name)

    assert (refusal.step, refusal.error.code, refusal.exit_code) == ("sync", "conflict", 5)
    assert refusal.told == (f"service {name}", f"changed on the host and in Git: {path}", OVERWRITE)
    assert host.containers("node-a", name) == before
    (deployment,) = host.deploy(name, "--overwrite-edits")
    assert deployment["state"] == "succeeded"
    assert (workspace / "conf/app.conf").read_text() == "2\n"
    (saved,) = (workspace / path).parent.glob(f"{Path(path).name}.edited-*")
    assert saved.is_symlink() or saved.is_dir() or saved.read_text() == "a file\n"
    outside = workspace.parent.parent.parent / "outside" / "app.conf"
    assert not outside.exists() or outside.read_text() == "outside\n"


def test_a_service_directory_that_is_no_directory_is_left_alone(host: Fleet, name: str, image: str) -> None:
    place = host.workspace("node-a", name)
    place.parent.mkdir(exist_ok=True)
    elsewhere = host.directory / f"elsewhere-{name}"
    elsewhere.mkdir()
    place.symlink_to(elsewhere)
    change(host, name, image, "1\n")

    refusal = refused(host, name)

    assert (refusal.step, refusal.error.code) == ("sync", "conflict")
    assert refusal.told == (
        str(place),
        "the service's place is taken by something that is no directory",
        "move it away; the service gets a directory of its own",
    )
    assert list(elsewhere.iterdir()) == []
    place.unlink()
    comes_up(host, name, image)
