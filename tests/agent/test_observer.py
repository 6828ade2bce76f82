"""What an agent sees of its node, and at which cost."""

import os
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from composia.agent.bell import Bell
from composia.agent.edits import SETTLED_NS, Edits
from composia.agent.filesystems import Filesystems
from composia.agent.host import Host
from composia.agent.manifest import Records
from composia.agent.observer import QUIET_S, STORM_S, Observer
from composia.agent.picture import Picture
from composia.agent.tree import Tree
from composia.clock import SystemClock
from composia.core.node import NodeStatus, Workspace
from composia.core.session import Changes
from composia.core.task import TaskError
from composia.core.usage import HostUsage
from composia.errors import Unavailable
from composia.plugins.executor import Outcome, Seen
from composia.plugins.executor_seeing import EngineEvent
from tests.agent.making import Files, Program, make_container, make_digest, make_order
from tests.agent.puppet import FACTS, Puppet
from tests.agent.test_workspace import Node
from tests.agent.waiting import eventually

FILES: Files = {"a": b"1", "d/b": b"2", "p": Program(b"3")}


def make_workspace(*edited: str, project: str = "web") -> Workspace:
    return Workspace(service="web", project=project, revision="r", bundle=make_digest(FILES), edited=edited)


def make_host(data: Path) -> Host:
    return Host(Filesystems(data), SystemClock())


@pytest.fixture
def node(tmp_path: Path) -> Node:
    node = Node(tmp_path)
    node.sync(FILES)
    return node


@pytest.fixture
def edits(node: Node) -> Edits:
    return Edits(node.records, node.workspaces)


def test_files_that_were_edited_removed_or_replaced_are_named(node: Node, edits: Edits, tmp_path: Path) -> None:
    assert edits.look() == (make_workspace(),)
    (node.root / "a").write_bytes(b"2")
    (node.root / "beside").write_bytes(b"data")
    assert edits.look() == (make_workspace("a"),)
    (node.root / "p").chmod(0o644)
    assert edits.look() == (make_workspace("a", "p"),)
    (node.root / "d/b").unlink()
    assert edits.look() == (make_workspace("a", "d/b", "p"),)
    (node.root / "a").write_bytes(b"1")
    (node.root / "d/b").symlink_to("a")
    assert edits.look() == (make_workspace("d/b", "p"),)

    node.root.rename(tmp_path / "elsewhere")
    assert edits.look() == (make_workspace("a", "d/b", "p"),)


def test_a_service_that_was_taken_down_has_no_project(node: Node, edits: Edits) -> None:
    node.workspaces.free_project("web")

    assert edits.look() == (make_workspace(project=""),)


def test_a_file_is_read_again_only_when_it_was_touched(
    node: Node, edits: Edits, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    look = Tree.look

    def counted(tree: Tree, path: str) -> object:
        looked.append(path)
        return look(tree, path)

    monkeypatch.setattr(Tree, "look", counted)
    now_ns = time.time_ns()
    monkeypatch.setattr("composia.agent.edits.time.time_ns", lambda: now_ns + 2 * SETTLED_NS)
    edits.look()
    assert looked == ["a", "d/b", "p"]
    looked.clear()
    edits.look()
    assert looked == []
    os.utime(node.root / "d/b")
    edits.look()
    assert looked == ["d/b"]


def test_a_file_that_was_touched_just_now_is_not_taken_for_settled(node: Node, edits: Edits) -> None:
    status = (node.root / "a").stat()
    edits.look()
    (node.root / "a").write_bytes(b"9")
    os.utime(node.root / "a", ns=(status.st_atime_ns, status.st_mtime_ns))

    assert edits.look() == (make_workspace("a"),)


def test_while_a_sync_is_cut_short_what_it_may_have_put_is_not_an_edit(node: Node) -> None:
    class Crash(Exception):
        pass

    def reached(point: str) -> None:
        if point == "sync.changed":
            raise Crash

    node.restart(reached)
    with pytest.raises(Crash):
        node.sync({"a": b"11", "new": b"1"})
    node.restart()

    assert Edits(node.records, node.workspaces).look() == (make_workspace(),)


def test_records_outlive_the_agent(node: Node) -> None:
    records = Records(directory=node.data / "records")
    records.load()

    assert records.all() == node.records.all()


@pytest.mark.anyio
async def test_the_bell_rings_only_for_what_a_server_wants_to_know(edits: Edits, tmp_path: Path) -> None:
    puppet, bell = Puppet(), Bell()
    observer = Observer(puppet, edits, make_host(tmp_path), bell, "", tmp_path)
    rings = []
    some, hangs = (make_container(),), Unavailable("docker hangs")
    for containers, silence in (((), None), ((), None), (some, None), (some, hangs), (some, None), (some, None)):
        puppet.containers, puppet.silence = containers, silence
        rung = bell.next
        await observer.look()
        rings.append(rung.is_set())

    assert rings == [True, False, True, True, True, False]
    assert (observer.picture.containers, observer.picture.workspaces) == ((make_container(),), (make_workspace(),))


@pytest.mark.anyio
async def test_what_keeps_a_host_from_working_is_told_once_and_its_facts_are_asked_for_when_it_has_passed(
    edits: Edits, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level("INFO")
    puppet = Puppet()
    observer = Observer(puppet, edits, make_host(tmp_path), Bell(), "", tmp_path)
    problems = []
    gone = Unavailable("no engine", where="unix:///x", hint="start it")
    for silence, lacking in ((gone, ""), (gone, ""), (None, "no Compose"), (None, "no Compose"), (None, "")):
        puppet.silence, puppet.lacking = silence, lacking
        await observer.look()
        problems.append(observer.picture.status.problem)
        assert observer.news_of_host() == (None if problems[-1] else FACTS)

    told = "unix:///x: no engine; start it"
    assert problems == [told, told, "no Compose", "no Compose", ""]
    assert [(r.message, getattr(r, "reason", "")) for r in caplog.records] == [
        ("nothing can be deployed here", told),
        ("nothing can be deployed here", "no Compose"),
        ("deploys are possible again", ""),
    ]
    assert observer.news_of_host() is None


def test_the_same_lists_have_the_same_digest() -> None:
    one = Picture(containers=(make_container(),))

    assert (
        one.inventory
        == Picture(status=NodeStatus(host=HostUsage(load_1m=1.0)), containers=(make_container(),)).inventory
    )
    assert one.inventory != Picture().inventory


@asynccontextmanager
async def watching(observer: Observer, puppet: Puppet) -> AsyncIterator[None]:
    """The observer at its work, looking by itself only when something is told."""
    observer.pace(3600.0)
    async with anyio.create_task_group() as tasks:
        await tasks.start(observer.run)
        await puppet.until_listened_to()
        await puppet.until_looked(2)
        yield
        tasks.cancel_scope.cancel()


@pytest.mark.anyio
async def test_what_work_has_seen_itself_is_shown_at_its_end_without_another_look(
    node: Node, edits: Edits, tmp_path: Path
) -> None:
    web, other = make_container(), replace(make_container("other"), id="2")
    puppet, bell = Puppet(containers=(other, replace(web, exit_code=1), replace(web, id="old"))), Bell()
    observer = Observer(puppet, edits, make_host(tmp_path), bell, "", tmp_path)
    await observer.look()
    node.sync({"a": b"new"})
    looked, rung = puppet.looked, bell.next

    await observer.see_end(make_order(), Outcome(seen=Seen(at_s=anyio.current_time(), containers=(web,))))

    assert observer.picture.containers == (other, web)
    assert observer.picture.workspaces == (replace(make_workspace(), bundle=make_digest({"a": b"new"})),)
    assert rung.is_set()
    assert puppet.looked == looked


@pytest.mark.anyio
async def test_a_look_at_directories_that_began_before_the_end_of_work_does_not_take_back_what_that_has_shown(
    node: Node, edits: Edits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    puppet = Puppet()
    observer = Observer(puppet, edits, make_host(tmp_path), Bell(), "", tmp_path)
    begun, go_on, look = threading.Event(), threading.Event(), edits.look

    def slow() -> tuple[Workspace, ...]:
        found = look()
        begun.set()
        assert go_on.wait(100)
        return found

    monkeypatch.setattr(edits, "look", slow)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(observer.look)
        await eventually(begun.is_set)
        node.sync({"a": b"new"})
        await observer.see_end(make_order(), Outcome(seen=Seen(at_s=anyio.current_time(), containers=())))
        shown = observer.picture.workspaces
        go_on.set()

    assert shown[0].bundle == make_digest({"a": b"new"})
    assert observer.picture.workspaces == shown


@pytest.mark.anyio
@pytest.mark.parametrize("error", [None, TaskError(code="internal", message="x")])
async def test_after_work_that_failed_or_has_seen_nothing_it_looks(
    edits: Edits, tmp_path: Path, error: TaskError | None
) -> None:
    puppet = Puppet(containers=(make_container(),))
    observer = Observer(puppet, edits, make_host(tmp_path), Bell(), "", tmp_path)
    seen = Seen(at_s=anyio.current_time(), containers=())

    await observer.see_end(make_order(), Outcome(error=error, seen=seen if error else None))

    assert observer.picture.containers == puppet.containers


@pytest.mark.anyio
async def test_after_work_that_saw_an_engine_that_nobody_saw_any_more_it_looks(edits: Edits, tmp_path: Path) -> None:
    puppet = Puppet(silence=Unavailable("no engine"))
    observer = Observer(puppet, edits, make_host(tmp_path), Bell(), "", tmp_path)
    await observer.look()
    assert observer.picture.status.blind_since_ms
    puppet.silence = None

    await observer.see_end(make_order(), Outcome(seen=Seen(at_s=anyio.current_time(), containers=())))

    assert observer.picture.status.blind_since_ms == 0


@pytest.mark.anyio
async def test_an_engine_that_is_slow_to_answer_has_a_rest_between_two_looks(edits: Edits, tmp_path: Path) -> None:
    puppet = Puppet(look_s=0.1)
    observer = Observer(puppet, edits, make_host(tmp_path), Bell(), "", tmp_path)
    async with watching(observer, puppet):
        began, looked = anyio.current_time(), puppet.looked
        while puppet.looked < looked + 4:
            puppet.tell(EngineEvent(container="1", action="die", at_ns=1))
            await anyio.sleep(0.01)

    assert anyio.current_time() - began >= 3 * 4 * puppet.look_s


@pytest.mark.anyio
async def test_in_a_storm_of_events_one_look_follows_another_with_a_pause_and_the_last_one_sees_the_end(
    edits: Edits, tmp_path: Path
) -> None:
    puppet = Puppet()
    observer = Observer(puppet, edits, make_host(tmp_path), Bell(), "", tmp_path)
    async with watching(observer, puppet):
        began, looked = anyio.current_time(), puppet.looked
        for number in range(200):
            puppet.containers = (replace(make_container(), exit_code=number),)
            puppet.tell(EngineEvent(container="1", action="die", at_ns=number))
            await anyio.sleep(0.001)
        last = puppet.containers
        await eventually(lambda: observer.picture.containers == last)
        passed_s = anyio.current_time() - began

    assert 1 <= puppet.looked - looked <= passed_s / STORM_S + 2


@pytest.mark.anyio
async def test_when_all_is_quiet_again_one_more_look_sees_what_the_engine_was_not_done_with(
    edits: Edits, tmp_path: Path
) -> None:
    puppet = Puppet()
    observer = Observer(puppet, edits, make_host(tmp_path), Bell(), "", tmp_path)
    async with watching(observer, puppet):
        await puppet.until_looked(3)  # after it has begun to listen
        puppet.tell(EngineEvent(container="1", action="die", at_ns=1))
        await puppet.until_looked(4)
        puppet.containers = (make_container(),)
        await eventually(lambda: observer.picture.containers == puppet.containers)
        with anyio.move_on_after(3 * QUIET_S):
            await anyio.sleep_forever()

    assert puppet.looked == 5


@pytest.mark.anyio
async def test_an_event_costs_no_look_at_directories(
    edits: Edits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(edits: Edits) -> tuple[Workspace, ...]:
        raise AssertionError("a look at directories")

    puppet = Puppet()
    observer = Observer(puppet, edits, make_host(tmp_path), Bell(), "", tmp_path)
    async with watching(observer, puppet):
        monkeypatch.setattr(Edits, "look", look)
        puppet.containers = (make_container(),)
        puppet.tell(EngineEvent(container="1", action="start", at_ns=1))
        await eventually(lambda: observer.picture.containers == puppet.containers)

    assert observer.picture.workspaces == (make_workspace(),)


@pytest.mark.anyio
async def test_an_engine_that_breaks_off_is_looked_at_at_once_and_again_once_it_tells_again(
    edits: Edits, tmp_path: Path
) -> None:
    puppet = Puppet(containers=(make_container(),))
    observer = Observer(puppet, edits, make_host(tmp_path), Bell(), "", tmp_path)
    async with watching(observer, puppet):
        puppet.silence = Unavailable("no engine")
        puppet.tell(Unavailable("the engine went away"))
        await eventually(lambda: observer.picture.status.problem == "no engine")
        since_ms = observer.picture.status.blind_since_ms
        seen = observer.picture.containers
        await observer.look()
        still_ms = observer.picture.status.blind_since_ms
        puppet.silence, puppet.containers = None, ()
        await eventually(lambda: not observer.picture.status.problem)

    assert since_ms == still_ms > 0
    assert seen == (make_container(),)
    assert (observer.picture.status.blind_since_ms, observer.picture.containers) == (0, ())


@pytest.mark.anyio
async def test_restarts_of_late_are_told_with_a_container(edits: Edits, tmp_path: Path) -> None:
    puppet = Puppet()
    observer = Observer(puppet, edits, make_host(tmp_path), Bell(), "", tmp_path)
    for restarts in (0, 1, 3):
        puppet.containers = (replace(make_container(), restarts=restarts, created_ms=1, ended_ms=1000 * restarts),)
        await observer.look()

    [container] = observer.picture.containers
    assert (container.recent_restarts, container.recent_ms) == (3, 2000)


def test_only_what_is_other_is_told_and_all_when_a_directory_is_no_more_or_the_host_is_other() -> None:
    web, db = make_container("web"), replace(make_container("db"), id="2")
    sick = replace(web, check="404")
    before, after = Picture(containers=(web, db)), Picture(containers=(sick,))

    assert after.changes_since(before) == Changes(
        before=before.inventory, inventory=after.inventory, containers=(sick,), gone=("2",)
    )
    edited = replace(after, workspaces=(make_workspace(),))
    told = edited.changes_since(before)
    assert told is not None
    assert (told.workspaces, told.inventory) == ((make_workspace(),), edited.inventory)
    assert after.changes_since(edited) is None
    assert replace(after, status=NodeStatus(problem="a full disk")).changes_since(before) is None
    assert replace(after, status=NodeStatus(blind_since_ms=1)).changes_since(before) is None
    assert replace(after, status=NodeStatus(now_ms=1)).changes_since(before) is not None
