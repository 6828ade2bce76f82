"""What `validate` sees of a directory: what would be committed, where it lies."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest
from click.testing import CliRunner
from dulwich import porcelain
from dulwich.index import IndexEntry
from dulwich.objects import S_IFGITLINK, Blob
from dulwich.repo import Repo

from composia.cli.main import main
from composia.cli.working_files import WorkingFiles
from composia.core.file import FileKind
from composia.errors import TooLarge
from composia.server.contents import LFS_POINTER

NOBODY = 65534
SERVICE = {
    "web/composia-meta.yaml": "name: web\nnodes: [a]\n",
    "web/compose.yaml": "services: {web: {image: x, env_file: [.env, app.env]}}\n",
}


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that everybody may enter."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@contextmanager
def with_rights_of_nobody() -> Iterator[None]:
    """A block in which even root may not read what is closed."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def lay(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def paths(root: Path) -> list[str]:
    async def below() -> list[str]:
        files = WorkingFiles(root)
        found = await files.below(await files.find(""))
        return [file.path for file in found if file.kind is not FileKind.DIRECTORY]

    return anyio.run(below)


def test_what_git_ignores_is_left_out_unless_it_is_tracked(place: Path) -> None:
    lay(place, {"a": "", "data/x": "", "sub/.gitignore": "*.log\n", "sub/y.log": "", "kept/z": "", ".gitignore": ""})
    with porcelain.init(place) as repository:
        porcelain.add(repository, [str(place / "kept" / "z")])
        (place / ".gitignore").write_text("data\nkept\n")
        lay(place, {"kept/new": ""})

        assert paths(place) == [".gitignore", "a", "kept/z", "sub/.gitignore"]
        assert paths(place / "sub") == [".gitignore"]
        (place / "link").symlink_to(place / "sub")
        assert paths(place / "link") == [".gitignore"]


def test_an_ignored_env_file_is_needed_on_the_node_as_the_server_would_say(place: Path) -> None:
    lay(place, SERVICE | {"web/.env": "A=1\n", "web/app.env": "", ".gitignore": ".env\n"})

    def warnings() -> list[str]:
        return CliRunner().invoke(main, ("validate", str(place), "--compose", "no")).stdout.splitlines()[:-1:2]

    assert warnings() == []
    with porcelain.init(place):
        assert warnings() == ["web/compose.yaml:1:39: warning: needs on the node: .env"]


def stage(repository: Repo, path: str, mode: int, content: str) -> None:
    """Put a file, or a submodule, into the index, whatever lies there."""
    blob = Blob.from_string(content.encode())
    repository.object_store.add_object(blob)
    index = repository.open_index()
    index[path.encode()] = IndexEntry(0, 0, 0, 0, mode, 0, 0, 0, blob.id)
    index.write()


def test_a_submodule_is_refused_as_the_server_would_and_not_entered(place: Path) -> None:
    lay(place, SERVICE | {"web/.env": "", "web/app.env": "", "web/lib/composia-meta.yaml": "name: web\n"})
    with porcelain.init(place) as repository:
        stage(repository, "web/lib", S_IFGITLINK, "the name of a commit")

        result = CliRunner().invoke(main, ("validate", str(place / "web"), "--compose", "no"))

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "lib: error: this is a submodule, which is not brought to nodes",
        "  hint: copy its files here",
        "1 service, 1 error, 0 warnings",
    ]


def test_what_git_lfs_keeps_is_refused_as_the_server_would_where_git_holds_a_pointer(place: Path) -> None:
    pointer = f"{LFS_POINTER.decode()}v1\noid sha256:{'0' * 64}\nsize 3\n"
    lay(place, SERVICE | {"web/.env": "", "web/app.env": "", "web/.gitattributes": "*.bin filter=lfs\n"})
    lay(place, dict.fromkeys(("web/kept.bin", "web/whole.bin", "web/text", "web/new.bin"), "as it was checked out"))
    with porcelain.init(place) as repository:
        stage(repository, "web/.gitattributes", 0o100644, "*.bin filter=lfs\n")
        stage(repository, "web/kept.bin", 0o100644, pointer)
        stage(repository, "web/whole.bin", 0o100644, "whole")
        stage(repository, "web/text", 0o100644, pointer)

        result = CliRunner().invoke(main, ("validate", str(place), "--compose", "no"))

    assert result.stdout.splitlines() == [
        "web/kept.bin: error: this is a Git LFS pointer and not the file",
        "  hint: commit the file itself",
        "1 service, 1 error, 0 warnings",
    ]


def test_nothing_is_copied_and_what_is_too_large_is_not_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(place, SERVICE | {"web/.env": "", "web/app.env": "", "web/small": "12345678"})
    monkeypatch.setattr(tempfile, "tempdir", str(place / "there is no place for a copy"))

    assert CliRunner().invoke(main, ("validate", str(place / "web"), "--compose", "no")).exit_code == 0

    async def read(most: int) -> bytes:
        files = WorkingFiles(place / "web")
        return await files.read(await files.find("small"), most=most)

    assert anyio.run(read, 8) == b"12345678"
    with pytest.raises(TooLarge, match="more than"):
        anyio.run(read, 7)


def test_what_is_closed_to_us_is_named_and_stops_nothing_else(place: Path) -> None:
    lay(place, SERVICE | {"web/.env": "", "web/app.env": "", "web/data/x": "", "web/closed": ""})
    words = ("validate", str(place), "--compose", "no")
    # while it is open; and what the command imports may be closed to nobody too
    assert CliRunner().invoke(main, words).exit_code == 0
    (place / "web" / "data").chmod(0)
    (place / "web" / "closed").chmod(0)

    with with_rights_of_nobody():
        result = CliRunner().invoke(main, words)

    assert sorted(result.stdout.splitlines()) == [
        "1 service, 0 errors, 2 warnings",
        "web/closed: warning: this cannot be read and was left out",
        "web/data: warning: this cannot be read and was left out",
    ]


def test_a_name_that_is_no_text_is_said_and_stops_nothing(place: Path) -> None:
    lay(place, SERVICE | {"web/.env": "", "web/app.env": ""})
    odd = os.fsdecode(b"\xff")
    lay(place, {f"{odd}/compose.yaml": "services: {web: {image: x}}\n", f"web/{odd}": ""})

    made = CliRunner().invoke(main, ("init", str(place)))
    result = CliRunner().invoke(main, ("validate", str(place), "--compose", "no"))

    assert (made.exit_code, made.stdout.splitlines()[-1]) == (0, "1 written, 1 skipped; 0 errors, 0 warnings")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == "web/\\xff: error: the name of this file is not UTF-8"
    assert result.stdout.splitlines()[-1] == "2 services, 1 error, 0 warnings"


@pytest.mark.parametrize(
    ("git", "file"),
    [
        (("update-index", "--split-index"), ".git/index"),
        (("sparse-checkout", "set", "--cone", "--sparse-index", "web"), ".git/index"),
        (("config", "extensions.partialClone", "origin"), ".git/config"),
        ((), ".git/index"),
    ],
)
def test_what_is_not_understood_of_git_is_one_warning(place: Path, git: tuple[str, ...], file: str) -> None:
    """As large checkouts have it; and an index that is spoilt."""
    lay(place, {**SERVICE, "web/.env": "", "web/app.env": "", "other/deep/file": ""})
    porcelain.init(str(place))
    porcelain.add(str(place), paths=[str(place / "web"), str(place / "other")])
    porcelain.commit(str(place), message=b"one", author=b"Ada <a@example.org>", committer=b"Ada <a@example.org>")
    if git:
        subprocess.run(["git", "config", "core.repositoryformatversion", "1"], cwd=place, check=True)
        subprocess.run(["git", *git], cwd=place, check=True, capture_output=True)
    else:
        (place / ".git" / "index").write_bytes(b"spoilt")
    result = CliRunner().invoke(main, ["validate", str(place), "--compose", "no"])
    assert result.exit_code == 0, result.output
    assert result.output.count(f"{file}: ") == 1, result.output
