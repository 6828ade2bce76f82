"""A sync into a service directory, case by case."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from composia.agent import workspace
from composia.agent.bundles import Bundles
from composia.agent.manifest import Records
from composia.agent.tree import Obstacle, Tree
from composia.agent.workspace import Target, Workspaces
from composia.clock import ManualClock
from composia.core.bundle import MAX_CONTENT
from composia.errors import ComposiaError, Conflict, Invalid, Unavailable
from tests.agent.making import Content, Files, Link, Program, lay_out, put_bundle, read_tree

STAMP = "20231114T221320Z"


class Node:
    """The service directories of one node."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.root = data / "services" / "web"
        self.restart()

    def restart(self, reached: Callable[[str], None] = lambda point: None) -> None:
        self.bundles = Bundles(self.data / "bundles")
        self.bundles.open()
        records = Records(directory=self.data / "records")
        records.load()
        self.workspaces = Workspaces(
            self.data / "services", records, self.bundles, ManualClock(), reached=reached, chunk=2
        )
        self.records = records

    def sync(
        self, files: Files, *, overwrite: bool = False, service: str = "web", project: str = "web"
    ) -> tuple[str, ...]:
        return self.workspaces.sync(
            Target(
                service=service,
                project=project,
                revision="r",
                bundle=put_bundle(self.bundles, files),
                overwrite_edits=overwrite,
            )
        )

    def tree(self) -> dict[str, Content | None]:
        return read_tree(self.root)


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def conflict(*paths: str) -> Conflict:
    return Conflict(
        f"changed on the host and in Git: {', '.join(paths)}",
        where="service web",
        hint="deploy with --overwrite-edits; the files as they are now are saved beside the new ones",
    )


def told(error: ComposiaError) -> tuple[type, str, str, str]:
    return type(error), error.message, error.where, error.hint


def test_a_first_sync_brings_files_programs_and_links(node: Node) -> None:
    files: Files = {"compose.yaml": b"a", "bin/run": Program(b"#!"), "conf/d/x": b"", "latest": Link("conf/d")}

    assert node.sync(files) == ()

    assert node.tree() == files
    assert (node.root / "compose.yaml").stat().st_mode & 0o777 == 0o644
    assert (node.root / "bin/run").stat().st_mode & 0o777 == 0o755
    assert node.workspaces.files("web") == ("bin/run", "compose.yaml", "conf/d/x", "latest")


def test_a_change_adds_replaces_and_removes_its_own_files_and_nothing_else(node: Node) -> None:
    node.sync({"a": b"1", "old/b": b"2", "data/seed": b"3"})
    lay_out(node.root, {"data/db": b"precious", "old.bak": b"mine"})

    node.sync({"a": b"11", "new/c": b"4"})

    assert node.tree() == {"a": b"11", "new/c": b"4", "data/db": b"precious", "old.bak": b"mine"}


def test_an_existing_file_keeps_its_inode_and_its_mode(node: Node) -> None:
    node.sync({"a": b"a longer content", "b": b"x"})
    (node.root / "a").chmod(0o640)
    before = {name: (node.root / name).stat().st_ino for name in ("a", "b")}

    node.sync({"a": b"short", "b": Program(b"x")})

    assert node.tree() == {"a": b"short", "b": Program(b"x")}
    assert {name: (node.root / name).stat().st_ino for name in ("a", "b")} == before
    assert (node.root / "a").stat().st_mode & 0o777 == 0o640
    assert (node.root / "b").stat().st_mode & 0o777 == 0o755


def test_what_is_a_file_a_link_or_a_directory_may_become_another(node: Node) -> None:
    node.sync({"a": b"1", "b": Link("a"), "c/x": b"2", "d": Link("c"), "e/f/g": b"3"})

    changed: Files = {"a/x": b"1", "b": b"now a file", "c": Link("b"), "d/x/y": b"2", "e": b"4"}
    assert node.sync(changed) == ()

    assert node.tree() == changed


def test_a_file_edited_on_the_host_and_unchanged_in_git_stays_as_it_is(node: Node) -> None:
    node.sync({"a": b"1", "b": b"1"})
    lay_out(node.root, {"a": b"by hand"})

    assert node.sync({"a": b"1", "b": b"2"}) == ("a",)
    assert node.sync({"a": b"1", "b": b"3"}) == ("a",)

    assert node.tree() == {"a": b"by hand", "b": b"3"}


def test_a_file_removed_on_the_host_comes_back(node: Node) -> None:
    node.sync({"a": b"1", "d/b": b"2"})
    (node.root / "a").unlink()
    (node.root / "d/b").unlink()
    (node.root / "d").rmdir()

    assert node.sync({"a": b"1", "d/b": b"2"}) == ()

    assert node.tree() == {"a": b"1", "d/b": b"2"}


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        ({"a": b"by hand"}, "a"),
        ({"a": Program(b"1")}, "a"),
        ({"l": Link("elsewhere")}, "l"),
        ({"gone": b"by hand"}, "gone"),
        ({"new": b"in the way"}, "new"),
        ({"newer": b"a file where a directory comes"}, "newer"),
        ({"new/x": b"a directory where a file comes"}, "new"),
    ],
)
def test_what_was_changed_on_both_sides_is_a_conflict_before_anything_changes(
    node: Node, edit: Files, path: str
) -> None:
    node.sync({"a": b"1", "b": b"1", "gone": b"1", "l": Link("a")})
    for edited in edit:
        if (node.root / edited).exists():
            (node.root / edited).unlink()
    lay_out(node.root, edit)
    before = node.tree()

    with pytest.raises(Conflict) as caught:
        node.sync({"a": b"2", "b": b"2", "new": b"2", "newer/y": b"2", "l": Link("b")})

    assert told(caught.value) == told(conflict(path))
    assert node.tree() == before


def test_a_conflict_names_all_files_in_order(node: Node) -> None:
    node.sync({"b": b"1", "a": b"1"})
    lay_out(node.root, {"a": b"x", "b": b"x"})

    with pytest.raises(Conflict) as caught:
        node.sync({"b": b"2", "a": b"2"})

    assert told(caught.value) == told(conflict("a", "b"))


def test_overwritten_edits_are_saved_beside(node: Node) -> None:
    node.sync({"a": b"1", "d/gone": b"1", "l": Link("a")})
    (node.root / "l").unlink()
    lay_out(node.root, {"a": b"by hand", "d/gone": b"by hand", "l": Link("elsewhere"), "new/data": b"precious"})
    inode = (node.root / "a").stat().st_ino

    assert node.sync({"a": b"2", "l": Link("b"), "new": b"2"}, overwrite=True) == ()

    assert node.tree() == {
        "a": b"2",
        f"a.edited-{STAMP}": b"by hand",
        f"d/gone.edited-{STAMP}": b"by hand",
        "l": Link("b"),
        f"l.edited-{STAMP}": Link("elsewhere"),
        "new": b"2",
        f"new.edited-{STAMP}/data": b"precious",
    }
    assert (node.root / "a").stat().st_ino == inode


def test_a_saved_edit_is_never_overwritten_by_another_and_keeps_its_mode(node: Node) -> None:
    for content in (b"1", b"2"):
        node.sync({"a": content}, overwrite=True)
        lay_out(node.root, {"a": b"edit of " + content})
        (node.root / "a").chmod(0o600)

    node.sync({"a": b"3"}, overwrite=True)

    assert node.tree() == {"a": b"3", f"a.edited-{STAMP}": b"edit of 1", f"a.edited-{STAMP}-2": b"edit of 2"}
    assert (node.root / f"a.edited-{STAMP}").stat().st_mode & 0o777 == 0o600


def test_an_edit_that_git_does_not_change_is_kept_even_when_edits_are_overwritten(node: Node) -> None:
    node.sync({"a": b"1", "b": b"1"})
    lay_out(node.root, {"a": b"by hand"})

    assert node.sync({"a": b"1", "b": b"2"}, overwrite=True) == ("a",)

    assert node.tree() == {"a": b"by hand", "b": b"2"}


def test_a_file_that_is_there_with_the_same_content_is_taken_over(node: Node) -> None:
    node.root.mkdir(parents=True)
    lay_out(node.root, {"compose.yaml": b"1", "run": b"2", "link": Link("run")})
    inode = (node.root / "run").stat().st_ino

    node.sync({"compose.yaml": b"1", "run": Program(b"2"), "link": Link("run")})
    assert node.tree() == {"compose.yaml": b"1", "run": Program(b"2"), "link": Link("run")}
    assert (node.root / "run").stat().st_ino == inode

    node.sync({})
    assert node.tree() == {}


def test_a_link_on_the_host_is_never_followed(node: Node, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    lay_out(outside, {"x": b"not ours"})
    node.sync({"d/x": b"1"})
    (node.root / "d/x").unlink()
    (node.root / "d").rmdir()
    (node.root / "d").symlink_to(outside)

    with pytest.raises(Conflict) as caught:
        node.sync({"d/x": b"2", "d/y": b"2"})
    assert told(caught.value) == told(conflict("d"))
    assert node.sync({"d/x": b"1"}) == ("d/x",)
    node.sync({"d/x": b"1", "d/y": b"2"}, overwrite=True)

    assert read_tree(outside) == {"x": b"not ours"}
    assert node.tree() == {"d/x": b"1", "d/y": b"2", f"d.edited-{STAMP}": Link(str(outside))}


def test_a_service_directory_that_is_a_link_is_refused(node: Node, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    node.root.parent.mkdir()
    node.root.symlink_to(tmp_path / "outside")

    with pytest.raises(Conflict, match="taken by something that is no directory"):
        node.sync({"a": b"1"})

    assert list((tmp_path / "outside").iterdir()) == []


def test_a_pipe_on_the_host_is_an_obstacle_and_not_read(node: Node) -> None:
    node.root.mkdir(parents=True)
    os.mkfifo(node.root / "a")

    with pytest.raises(Conflict) as caught:
        node.sync({"a": b"1"})

    assert told(caught.value) == told(conflict("a"))


def test_a_file_larger_than_any_bundle_is_an_obstacle_and_not_read(node: Node) -> None:
    node.sync({"a": b"1"})
    os.truncate(node.root / "a", MAX_CONTENT + 1)

    assert Tree(node.root).look("a") == Obstacle(path="a")
    assert node.sync({"a": b"1"}) == ("a",)
    with pytest.raises(Conflict) as caught:
        node.sync({"a": b"2"})
    assert told(caught.value) == told(conflict("a"))
    node.sync({"a": b"2"}, overwrite=True)

    assert (node.root / "a").read_bytes() == b"2"
    assert (node.root / f"a.edited-{STAMP}").stat().st_size == MAX_CONTENT + 1


def test_an_emptied_directory_goes_only_if_it_was_made_for_the_bundle(node: Node) -> None:
    (node.root / "theirs").mkdir(parents=True)
    node.sync({"theirs/x": b"1", "ours/y/z": b"1", "data/.keep": b""})
    lay_out(node.root, {"data/db": b"precious"})

    node.sync({})

    assert node.tree() == {"theirs": None, "data/db": b"precious"}


def test_a_running_program_is_replaced_though_it_cannot_be_written(node: Node) -> None:
    node.sync({"prog": Program(Path("/bin/sleep").read_bytes())})
    pid = os.spawnv(os.P_NOWAIT, node.root / "prog", ["prog", "60"])
    try:
        node.sync({"prog": Program(b"new")})
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)

    assert node.tree() == {"prog": Program(b"new")}


def test_two_services_cannot_have_one_project(node: Node) -> None:
    node.sync({"a": b"1"})

    with pytest.raises(Conflict) as caught:
        node.sync({"a": b"1"}, service="other")

    assert told(caught.value) == (
        Conflict,
        "the Compose project web belongs to service web on this node",
        "service other",
        "give it a project_name of its own, or take web down first",
    )
    node.workspaces.free_project("web")
    node.sync({"a": b"1"}, service="other")
    with pytest.raises(Conflict, match="belongs to service other"):
        node.sync({"a": b"1"})


def test_a_sync_that_changes_nothing_writes_nothing(node: Node) -> None:
    points: list[str] = []
    node.restart(points.append)
    node.sync({"a": b"1"})
    assert points == ["sync.begun", "truncated", "written", "touched", "sync.changed"]
    points.clear()

    node.sync({"a": b"1"})

    assert points == []


def test_a_name_that_is_no_service_is_refused(node: Node) -> None:
    with pytest.raises(Invalid):
        node.sync({"a": b"1"}, service="../web")


def test_what_the_system_refuses_is_told_with_the_whole_path(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.sync({"d/e/a": b"1"})

    def refuse(descriptor: int, mode: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "fchmod", refuse)
    with pytest.raises(PermissionError) as caught:
        node.sync({"d/e/a": b"2"})

    assert caught.value.filename == "d/e/a"


def test_files_that_find_no_room_are_not_begun(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.sync({"a": b"1"})
    monkeypatch.setattr(workspace, "_free", lambda root: 3)
    node.sync({"a": b"1234"})
    with pytest.raises(Unavailable) as caught:
        node.sync({"a": b"12", "b": b"1234"})

    assert (caught.value.message, caught.value.where) == (
        "no room for the files: they need 0.0 MiB more, 0.0 are free",
        str(node.root),
    )
    assert read_tree(node.root) == {"a": b"1234"}
    assert node.records.of("web").begun == ()
