"""An agent and a server talk: hello, orders, heartbeats, and what is seen of the node."""

from dataclasses import replace

import anyio
import pytest

from composia.agent import attempts
from composia.core.container import ContainerState
from composia.core.node import NodeFacts, Workspace
from composia.core.release import Release
from composia.core.session import (
    Accepted,
    Attempt,
    Changes,
    Finished,
    Heartbeat,
    HeartbeatReply,
    Hello,
    Report,
    StepReport,
)
from composia.core.step import StepName, StepState
from composia.core.task import TaskError, TaskKind, TaskState
from composia.errors import Unavailable
from composia.plugins.executor import Outcome
from composia.plugins.executor_seeing import EngineEvent
from composia.plugins.transport import Target
from tests.agent.line import Line
from tests.agent.making import Files, make_container, make_digest, make_order, make_run, read_tree
from tests.agent.puppet import FACTS

pytestmark = pytest.mark.anyio

FILES: Files = {"compose.yaml": b"services: {}"}
STOP = make_order(kind=TaskKind.STOP)


async def test_hello_says_who_the_agent_is_and_its_id_stays(line: Line) -> None:
    for _ in range(2):
        async with line.agent():
            await line.server.until(lambda: line.server.heartbeats)
            line.server.heartbeats.clear()

    first, second = line.server.hellos
    assert first == second
    assert first == Hello(
        node="n1",
        agent_id=first.agent_id,
        labels=(("zone", "a"),),
        facts=replace(FACTS, version="1.2.3"),
    )
    assert len(first.agent_id) == 32
    assert line.transport.targets == [Target(url="https://server:8443", token="secret", ca=b"pem")] * 2
    assert "secret" not in repr(line.settings)


async def test_an_engine_that_has_come_is_said_in_a_hello_of_its_own(line: Line) -> None:
    line.puppet.silence, line.puppet.host = Unavailable("no engine"), NodeFacts(cpus=2)
    async with line.agent():
        await line.server.until(lambda: [h for h in line.server.heartbeats if h.status.problem == "no engine"])
        line.puppet.silence, line.puppet.host = None, FACTS
        await line.server.until(lambda: len(line.server.hellos) == 2)
        await line.server.until(lambda: not line.server.heartbeats[-1].status.problem)
        line.server.cut()
        await line.server.until(lambda: len(line.server.hellos) == 3)

    assert [hello.facts.docker_version for hello in line.server.hellos] == ["", "28", "28"]


async def test_an_engine_that_is_back_as_it_was_ends_no_session(line: Line) -> None:
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)
        line.puppet.silence = Unavailable("no engine")
        await line.server.until(lambda: line.server.heartbeats[-1].status.problem == "no engine")
        line.puppet.silence = None
        await line.server.until(lambda: line.server.heartbeats[-1].status.problem == "")
        beats = line.server.heartbeats[-1].number
        await line.server.until(lambda: line.server.heartbeats[-1].number > beats)

    assert len(line.server.hellos) == 1


async def test_an_order_becomes_reports_in_order_output_and_an_empty_journal(line: Line) -> None:
    line.server.hold(FILES)
    release = Release(
        service="web", node="n1", task="t1", revision="r1", bundle=make_digest(FILES), project="web", recorded_ms=1
    )
    async with line.agent():
        attempt = line.server.run(make_run(make_order(files=FILES)))
        await line.puppet.until_working(attempt)
        supervision = line.puppet.working[attempt]
        async with supervision.step(StepName.UP):
            supervision.say("hello ☃")
        await supervision.skip(StepName.HEALTH, "nothing to wait for")
        line.puppet.end(attempt, Outcome(release=release))
        await line.server.ended(attempt)
        await line.until_settled()

    bodies = [replace(b, elapsed_ms=0) if isinstance(b, StepReport) else b for b in line.server.bodies(attempt)]
    assert bodies == [
        Accepted(),
        StepReport(name=StepName.FETCH, state=StepState.RUNNING),
        StepReport(name=StepName.FETCH, state=StepState.SUCCEEDED),
        StepReport(name=StepName.SYNC, state=StepState.RUNNING),
        StepReport(name=StepName.SYNC, state=StepState.SUCCEEDED),
        StepReport(name=StepName.UP, state=StepState.RUNNING),
        StepReport(name=StepName.UP, state=StepState.SUCCEEDED),
        StepReport(name=StepName.HEALTH, state=StepState.SKIPPED, note="nothing to wait for"),
        Finished(state=TaskState.SUCCEEDED, output_bytes=len("hello ☃\n".encode()), release=release),
    ]
    assert [report.number for report in line.server.applied[attempt]] == list(range(1, 10))
    assert line.server.output == {attempt: "hello ☃\n".encode()}
    work = line.puppet.begun[0]
    assert (work.project, work.directory, work.bundle_files, work.last) == (
        "web",
        line.data / "services" / "web",
        ("compose.yaml",),
        None,
    )
    assert read_tree(work.directory) == FILES


async def test_the_next_attempt_is_on_top_of_the_last_release_and_fetches_nothing_again(line: Line) -> None:
    line.server.hold(FILES)
    release = Release(service="web", node="n1", task="t1", revision="r1", bundle="sha256:b", project="web")
    line.puppet.outcomes["web"] = Outcome(release=release)
    async with line.agent():
        for number in (1, 2):
            await line.server.ended(line.server.run(make_run(make_order(files=FILES), task=f"t{number}")))

    assert [work.last for work in line.puppet.begun] == [None, release]
    assert line.server.fetched == [make_digest(FILES)]


async def test_a_down_frees_the_project_and_forgets_the_release(line: Line) -> None:
    line.server.hold(FILES)
    release = Release(service="web", node="n1", task="t1", revision="r1", bundle="sha256:b", project="web")
    line.puppet.outcomes["web"] = Outcome(release=release)
    line.puppet.outcomes["other"] = Outcome()
    other = replace(make_order("other", files=FILES), project="web")
    async with line.agent():
        await line.server.ended(line.server.run(make_run(make_order(files=FILES), task="t1")))
        refused = await line.server.ended(line.server.run(make_run(other, task="t2")))
        line.puppet.outcomes["web"] = Outcome()
        await line.server.ended(line.server.run(make_run(make_order(kind=TaskKind.DOWN), task="t3")))
        await line.server.ended(line.server.run(make_run(STOP, task="t3", number=2)))
        allowed = await line.server.ended(line.server.run(make_run(other, task="t4")))
        await line.server.ended(line.server.run(make_run(STOP, task="t5")))

    assert refused == Finished(
        state=TaskState.FAILED,
        error=TaskError(
            code="conflict",
            message="the Compose project web belongs to service web on this node",
            where="service other",
            hint="give it a project_name of its own, or take web down first",
        ),
    )
    assert allowed == Finished(state=TaskState.SUCCEEDED)
    assert [(str(work.attempt), work.last) for work in line.puppet.begun] == [
        ("t1.1", None),
        ("t3.1", release),
        ("t3.2", None),
        ("t4.1", None),
    ]
    assert line.server.bodies(Attempt(task="t5", number=1))[-1] == replace(
        refused,
        error=TaskError(
            code="conflict",
            message="the Compose project web belongs to service other on this node",
            where="service web",
            hint="give it a project_name of its own, or take other down first",
        ),
    )


async def test_the_full_lists_come_first_when_they_changed_and_when_they_are_wanted(line: Line) -> None:
    container = make_container()
    line.puppet.containers = (container,)
    line.server.heartbeat_s = 1.0
    async with line.agent():
        await line.puppet.until_listened_to()
        first, second = (await line.server.until(lambda: line.server.heartbeats[1:2] and line.server.heartbeats))[:2]
        line.puppet.containers = ()
        # so that it comes before the next heartbeat
        line.puppet.tell(EngineEvent(container="1", action="destroy", at_ns=1))
        changed = await line.server.until(lambda: next((m for m in line.server.said if isinstance(m, Changes)), None))
        line.server.send(HeartbeatReply(number=1, want_inventory=True))
        count = len(line.server.heartbeats)
        wanted = await line.server.until(
            lambda: next((beat for beat in line.server.heartbeats[count:] if beat.containers is not None), None)
        )

    assert (first.number, first.containers, first.workspaces) == (1, (container,), ())
    assert second == replace(second, number=2, inventory=first.inventory, containers=None, workspaces=None)
    assert changed == Changes(before=first.inventory, inventory=changed.inventory, gone=(container.id,))
    assert changed.inventory != first.inventory
    assert (wanted.inventory, wanted.containers, wanted.workspaces) == (changed.inventory, (), ())
    assert first.status.host.memory_available_bytes > 0
    assert first.status.problem == ""


async def test_full_lists_that_are_wanted_do_not_wait_for_the_next_heartbeat(line: Line) -> None:
    line.server.heartbeat_s = 30.0
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)
        line.server.send(HeartbeatReply(number=1, want_inventory=True))
        second = await line.server.until(lambda: line.server.heartbeats[1:])

    assert [(beat.number, beat.containers) for beat in second] == [(2, ())]


async def test_an_engine_that_does_not_answer_is_a_problem_and_not_a_loss_of_containers(line: Line) -> None:
    line.puppet.containers = (make_container(),)
    async with line.agent():
        first = (await line.server.until(lambda: line.server.heartbeats))[0]
        line.puppet.silence = Unavailable("no such socket", where="docker")
        problem = await line.server.until(lambda: line.server.heartbeats[-1].status.problem)

    assert problem == "docker: no such socket"
    assert {beat.inventory for beat in line.server.heartbeats} == {first.inventory}


async def test_an_agent_with_a_prefix_speaks_only_of_its_own_projects(line: Line) -> None:
    line.puppet.containers = (make_container("a-web"), make_container("b-web"))
    line.settings = replace(line.settings, project_prefix="a-")
    async with line.agent():
        first = (await line.server.until(lambda: line.server.heartbeats))[0]
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)

    assert first.containers == (make_container("a-web"),)
    assert line.server.hellos[0].project_prefix == "a-"
    assert line.puppet.begun[0].project == "a-web"


async def test_what_a_task_did_is_seen_before_its_end_is_reported(line: Line) -> None:
    line.server.heartbeat_s = 30.0
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        await line.server.until(lambda: line.server.bodies(attempt))
        line.puppet.containers = (make_container(),)
        line.puppet.end(attempt)
        await line.server.ended(attempt)

    kinds = [
        type(m.body) if isinstance(m, Report) else m.containers
        for m in line.server.said
        if isinstance(m, Report | Heartbeat | Changes)
    ]
    assert kinds == [(), Accepted, (make_container(),), Finished]


async def test_news_of_an_attempt_wait_for_more_of_it_but_the_end_goes_at_once_with_all_that_waits(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With how long ago each came about, so that nothing is dated later for it."""
    monkeypatch.setattr(attempts, "GATHER_S", 3600.0)
    line.server.heartbeat_s = 30.0
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        await anyio.sleep(0.01)
        line.puppet.end(attempt)
        await line.server.ended(attempt)

    ((accepted, finished),) = line.server.together
    assert [type(report.body) for report in (accepted, finished)] == [Accepted, Finished]
    assert accepted.ago_ms > finished.ago_ms


async def test_what_happens_on_the_engine_is_told_at_once_and_no_more_than_that(line: Line) -> None:
    line.server.heartbeat_s = 30.0
    web, db = make_container("web"), replace(make_container("db"), id="2")
    line.puppet.containers = (web, db)
    dead = replace(db, state=ContainerState.EXITED, exit_code=3)
    async with line.agent():
        first = (await line.server.until(lambda: line.server.heartbeats))[0]
        await line.puppet.until_listened_to()
        line.puppet.containers = (web, dead)
        line.puppet.tell(EngineEvent(container="2", action="die", at_ns=1))
        one = await line.server.until(lambda: line.server.changes[:1])
        line.puppet.containers = (web,)
        line.puppet.tell(EngineEvent(container="2", action="destroy", at_ns=2))
        two = await line.server.until(lambda: line.server.changes[1:])

    middle = one[0].inventory
    assert one == [Changes(before=first.inventory, inventory=middle, containers=(dead,))]
    assert two == [Changes(before=middle, inventory=two[0].inventory, gone=("2",))]
    assert len(line.server.heartbeats) == 1


async def test_a_server_that_does_not_know_what_was_before_is_told_everything(line: Line) -> None:
    line.server.heartbeat_s = 30.0
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)
        await line.puppet.until_listened_to()
        line.puppet.containers = (make_container(),)
        line.puppet.tell(EngineEvent(container="1", action="start", at_ns=1))
        await line.server.until(lambda: line.server.changes)
        line.server.send(HeartbeatReply(number=0, want_inventory=True))
        second = (await line.server.until(lambda: line.server.heartbeats[1:]))[0]

    assert (second.number, second.containers) == (2, (make_container(),))


async def test_heartbeats_name_the_attempts_in_work(line: Line) -> None:
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.server.until(lambda: line.server.heartbeats and line.server.heartbeats[-1].attempts == (attempt,))
        line.puppet.end(attempt)
        await line.server.until(lambda: line.server.heartbeats[-1].attempts == ())


async def test_edited_files_are_reported(line: Line) -> None:
    def told() -> list[Changes | Heartbeat]:
        return [message for message in line.server.said if isinstance(message, Changes | Heartbeat)]

    line.server.hold(FILES)
    line.puppet.outcomes["web"] = Outcome()
    async with line.agent():
        await line.server.ended(line.server.run(make_run(make_order(files=FILES))))
        (line.data / "services/web/compose.yaml").write_bytes(b"by hand")
        workspaces = await line.server.until(
            lambda: next((m.workspaces for m in told() if m.workspaces and m.workspaces[0].edited), None)
        )

    assert workspaces == (
        Workspace(service="web", project="web", revision="r1", bundle=make_digest(FILES), edited=("compose.yaml",)),
    )
