"""An agent and a server talk: who says what, when, and what comes of it when the line breaks."""

import logging
from dataclasses import replace

import anyio
import pytest

from composia.core.node import Workspace
from composia.core.release import Release
from composia.core.session import (
    Accepted,
    Acknowledged,
    Attempt,
    Cancel,
    Fenced,
    Finished,
    Goodbye,
    Heartbeat,
    HeartbeatReply,
    Hello,
    Report,
    StepReport,
)
from composia.core.task import StepName, StepState, TaskError, TaskKind, TaskState
from composia.errors import Unauthenticated, Unavailable
from composia.plugins.executor import Outcome
from composia.plugins.transport import Target
from tests.agent.line import Line
from tests.agent.making import Files, make_container, make_digest, make_order, make_run, read_tree
from tests.agent.puppet import FACTS
from tests.agent.waiting import eventually

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
    async with line.agent():
        first, second = (await line.server.until(lambda: line.server.heartbeats[1:2] and line.server.heartbeats))[:2]
        line.puppet.containers = ()
        changed = await line.server.until(
            lambda: next((beat for beat in line.server.heartbeats if beat.containers == ()), None)
        )
        line.server.send(HeartbeatReply(number=1, want_inventory=True))
        count = len(line.server.heartbeats)
        wanted = await line.server.until(
            lambda: next((beat for beat in line.server.heartbeats[count:] if beat.containers is not None), None)
        )

    assert (first.number, first.containers, first.workspaces) == (1, (container,), ())
    assert second == replace(second, number=2, inventory=first.inventory, containers=None, workspaces=None)
    assert changed.inventory != first.inventory
    assert (wanted.inventory, wanted.containers, wanted.workspaces) == (changed.inventory, (), ())
    assert first.status.memory_available_bytes > 0
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
        line.puppet.containers = (make_container(),)
        line.puppet.end(attempt)
        await line.server.ended(attempt)

    kinds = [
        type(m.body) if isinstance(m, Report) else m.containers for m in line.server.said if not isinstance(m, Hello)
    ]
    assert kinds == [(), Accepted, (make_container(),), Finished]


async def test_heartbeats_name_the_attempts_in_work(line: Line) -> None:
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.server.until(lambda: line.server.heartbeats and line.server.heartbeats[-1].attempts == (attempt,))
        line.puppet.end(attempt)
        await line.server.until(lambda: line.server.heartbeats[-1].attempts == ())


async def test_edited_files_are_reported(line: Line) -> None:
    line.server.hold(FILES)
    line.puppet.outcomes["web"] = Outcome()
    async with line.agent():
        await line.server.ended(line.server.run(make_run(make_order(files=FILES))))
        (line.data / "services/web/compose.yaml").write_bytes(b"by hand")
        workspaces = await line.server.until(
            lambda: next(
                (b.workspaces for b in line.server.heartbeats if b.workspaces and b.workspaces[0].edited), None
            )
        )

    assert workspaces == (
        Workspace(service="web", project="web", revision="r1", bundle=make_digest(FILES), edited=("compose.yaml",)),
    )


async def test_the_same_attempt_given_twice_is_run_once(line: Line) -> None:
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        line.server.run(make_run(STOP))
        later = line.server.run(make_run(make_order("other", kind=TaskKind.STOP), task="t2"))
        await line.puppet.until_working(attempt, later)
        line.puppet.end(attempt)
        await line.server.ended(attempt)

    assert [work.attempt for work in line.puppet.begun] == [attempt, later]
    assert line.server.bodies(attempt) == [Accepted(), Finished(state=TaskState.SUCCEEDED)]


async def test_at_most_so_many_attempts_are_in_work_and_one_a_service(line: Line) -> None:
    line.settings = replace(line.settings, capacity=2)
    async with line.agent():
        runs = [make_run(make_order(name, kind=TaskKind.STOP), task=f"t{n}") for n, name in enumerate("aabc")]
        first, same, other, third = (line.server.run(run) for run in runs)
        await line.server.until(lambda: len(line.server.applied) == 4)
        await line.puppet.until_working(first, other)
        await anyio.sleep(0.2)
        assert line.puppet.working.keys() == {first, other}
        line.puppet.end(other)
        await line.puppet.until_working(first, third)
        line.puppet.end(first)
        await line.puppet.until_working(same, third)

    assert line.puppet.most_at_once == 2


async def test_a_cancelled_attempt_is_reported_so_once_its_work_has_ended(line: Line) -> None:
    line.puppet.lingers_s = 0.3
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        line.server.send(Cancel(attempt=attempt))
        line.server.send(Cancel(attempt=attempt))
        finished = await line.server.ended(attempt)
        assert line.puppet.working == {}

    assert finished == Finished(
        state=TaskState.CANCELLED, error=TaskError(code="cancelled", message="a person ended it", where="web")
    )


async def test_a_cancelled_attempt_that_waits_ends_without_having_worked(line: Line) -> None:
    async with line.agent():
        first = line.server.run(make_run(STOP))
        second = line.server.run(make_run(STOP, task="t2"))
        await line.puppet.until_working(first)
        line.server.send(Cancel(attempt=second))
        finished = await line.server.ended(second)

    assert finished == Finished(
        state=TaskState.CANCELLED, error=TaskError(code="cancelled", message="ended before the work began")
    )
    assert [work.attempt for work in line.puppet.begun] == [first]


async def test_work_that_ends_well_before_it_could_be_cancelled_has_succeeded(line: Line) -> None:
    line.puppet.outcomes["web"] = Outcome()
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        line.server.send(Cancel(attempt=attempt))
        finished = await line.server.ended(attempt)

    assert finished in (
        Finished(state=TaskState.SUCCEEDED),
        Finished(state=TaskState.CANCELLED, error=TaskError(code="cancelled", message="ended before the work began")),
    )


async def test_an_order_that_takes_too_long_is_ended_and_has_failed(line: Line) -> None:
    async with line.agent():
        attempt = line.server.run(make_run(make_order(kind=TaskKind.STOP, timeout_s=0.3)))
        finished = await line.server.ended(attempt)

    assert finished == Finished(
        state=TaskState.FAILED, error=TaskError(code="timed_out", message="not done within 0.3 s", where="web")
    )


async def test_a_fenced_attempt_ends_and_nothing_more_is_said_of_it(line: Line) -> None:
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        line.server.send(Fenced(attempt=attempt))
        again = line.server.run(make_run(STOP, number=2))
        await line.puppet.until_working(again)
        await eventually(lambda: line.journals() == ["t1.2"])

    assert line.server.bodies(attempt) == [Accepted()]


async def test_a_fence_that_comes_too_late_leaves_the_output(line: Line) -> None:
    line.server.acknowledges = line.server.keeps_output = False
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        line.puppet.working[attempt].say("words")
        line.puppet.end(attempt)
        await line.server.ended(attempt)
        line.server.send(Fenced(attempt=attempt))
        line.server.keeps_output = True
        await line.until_settled()

    assert line.server.output[attempt] == b"words\n"


async def test_a_refused_step_and_an_unexpected_error_are_the_end_of_the_attempt_alone(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.puppet.outcomes["web"] = RuntimeError("secret detail")
    async with line.agent():
        unknown = await line.server.ended(line.server.run(make_run(make_order(files=FILES), task="t1")))
        broken = await line.server.ended(line.server.run(make_run(STOP, task="t2")))
        alive = line.server.run(make_run(make_order("other", kind=TaskKind.STOP), task="t3"))
        await line.puppet.until_working(alive)

    assert unknown == Finished(
        state=TaskState.FAILED,
        error=TaskError(code="not_found", message="no such bundle for this node", where=make_digest(FILES)),
    )
    assert broken.error is not None
    assert (broken.error.code, broken.error.message[:15]) == ("internal", "internal error ")
    identity = broken.error.message.removeprefix("internal error ")
    assert [r.exc_info is not None for r in caplog.records if getattr(r, "id", "") == identity] == [True]


async def test_a_fetch_that_breaks_goes_on_once_the_server_is_back(line: Line) -> None:
    line.server.hold(FILES)
    line.server.stalls_bundles = True
    line.puppet.outcomes["web"] = Outcome()
    async with line.agent():
        attempt = line.server.run(make_run(make_order(files=FILES)))
        await line.server.until(lambda: line.server.stalled)
        line.server.stalls_bundles = False
        line.server.cut()
        assert await line.server.ended(attempt) == Finished(state=TaskState.SUCCEEDED)

    assert line.server.fetched == [make_digest(FILES)] * 2


async def test_a_fetch_is_ended_by_a_cancel(line: Line) -> None:
    line.server.hold(FILES)
    line.server.stalls_bundles = True
    async with line.agent():
        attempt = line.server.run(make_run(make_order(files=FILES)))
        await line.server.until(lambda: line.server.fetched)
        line.server.send(Cancel(attempt=attempt))
        await line.server.ended(attempt)

    reason = "ended before the work began"
    bodies = [replace(b, elapsed_ms=0) if isinstance(b, StepReport) else b for b in line.server.bodies(attempt)]
    assert bodies == [
        Accepted(),
        StepReport(name=StepName.FETCH, state=StepState.RUNNING),
        StepReport(name=StepName.FETCH, state=StepState.FAILED, note=reason),
        Finished(state=TaskState.CANCELLED, error=TaskError(code="cancelled", message=reason)),
    ]
    assert line.puppet.begun == []


async def test_only_bundles_of_what_lies_here_are_kept(line: Line) -> None:
    line.puppet.outcomes["web"] = Outcome()
    async with line.agent():
        for number in range(3):
            files: Files = {"compose.yaml": b"%d" % number}
            line.server.hold(files)
            await line.server.ended(line.server.run(make_run(make_order(files=files), task=f"t{number}")))
        await eventually(lambda: len(list((line.data / "bundles").iterdir())) == 2)
        assert {path.name for path in (line.data / "bundles").iterdir()} == {"arriving", make_digest(files)[7:]}


async def test_a_name_that_is_no_service_touches_nothing(line: Line) -> None:
    async with line.agent():
        await line.server.until(lambda: line.server.hellos)
        (line.data / "releases").mkdir()
        (line.data / "web.json").write_text("beside the releases")
        finished = await line.server.ended(line.server.run(make_run(make_order("../web", kind=TaskKind.STOP))))

    assert finished.error == TaskError(code="invalid", message="not the name of a service", where="../web")
    assert line.puppet.begun == []


async def test_reports_that_were_not_acknowledged_come_again_after_a_reconnect(line: Line) -> None:
    line.server.acknowledges = False
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        line.puppet.end(attempt)
        await line.server.ended(attempt)
        line.server.cut()
        await line.server.until(lambda: len(line.server.hellos) == 2)
        assert line.server.hellos[1].attempts == (attempt,)
        line.server.acknowledges = True
        line.server.cut()
        await line.until_settled()

    sent = [(message.number, message.body) for message in line.server.said if isinstance(message, Report)]
    once = [(1, Accepted()), (2, Finished(state=TaskState.SUCCEEDED))]
    assert sent[:4] == once * 2
    assert line.server.bodies(attempt) == [Accepted(), Finished(state=TaskState.SUCCEEDED)]


async def test_work_goes_on_without_a_server_and_its_end_is_reported_later(line: Line) -> None:
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        line.transport.down = True
        line.server.cut()
        tried = line.server.connections
        line.puppet.end(attempt)
        await line.server.until(lambda: line.server.connections > tried + 1)
        line.transport.down = False
        assert await line.server.ended(attempt) == Finished(state=TaskState.SUCCEEDED)


async def test_a_server_that_does_not_answer_heartbeats_is_given_up(line: Line) -> None:
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)
        line.server.replies = False
        count = len(line.server.heartbeats)
        await line.server.until(lambda: len(line.server.hellos) == 2)

    assert 2 <= len(line.server.heartbeats) - count <= 4


async def test_a_server_that_says_goodbye_is_called_again(line: Line) -> None:
    async with line.agent():
        line.server.send(Goodbye(reason="the server stops"))
        await line.server.until(lambda: len(line.server.hellos) == 2)

    assert line.server.connections == 2


@pytest.mark.parametrize("what", ["token", "protocol"])
async def test_a_refusal_is_logged_once_and_not_hurried(
    line: Line, caplog: pytest.LogCaptureFixture, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composia.agent.main.REFUSED_S", 0.05)
    if what == "token":
        line.server.refusal = Unauthenticated("no such token", hint="composia token create")
    else:
        line.server.protocol = 7
    with caplog.at_level(logging.ERROR):
        async with line.agent():
            await line.server.until(lambda: len(line.server.hellos) == 4)

    reason = "no such token" if what == "token" else "the server speaks protocol 7, this agent 1 to 1"
    hint = "composia token create" if what == "token" else "use Composia 9 on both sides"
    assert [(r.message, vars(r)["reason"], vars(r)["hint"]) for r in caplog.records] == [
        ("the server refuses this agent", reason, hint)
    ]


async def test_journals_of_another_database_are_put_aside(line: Line) -> None:
    line.server.acknowledges = False
    async with line.agent():
        done = line.server.run(make_run(STOP))
        await line.puppet.until_working(done)
        line.puppet.end(done)
        await line.server.ended(done)
        working = line.server.run(make_run(STOP, task="t2"))
        await line.puppet.until_working(working)
        line.server.database = "db-2"
        line.server.applied.clear()
        line.server.cut()
        await line.server.until(lambda: len(line.server.hellos) == 3)
        await line.puppet.until_working()
        assert [path.name for path in (line.data / "aside").iterdir()] == ["t1.1"]
        assert not (line.data / "attempts").exists()
        again = line.server.run(make_run(STOP))
        await line.puppet.until_working(again)

    assert [hello.attempts for hello in line.server.hellos] == [(), (done, working), ()]
    assert line.server.applied == {again: [Report(attempt=again, number=1, body=Accepted())]}


async def test_unfinished_attempts_are_taken_up_again_after_a_restart(line: Line) -> None:
    line.server.hold(FILES)
    order = make_order(files=FILES)
    async with line.agent():
        attempt = line.server.run(make_run(order))
        await line.puppet.until_working(attempt)
    line.puppet._ends.clear()
    async with line.agent():
        await line.puppet.until_working(attempt)
        line.puppet.end(attempt)
        await line.server.ended(attempt)
        await line.until_settled()

    first, second = line.puppet.begun
    assert first == second
    assert line.server.hellos[1].attempts == (attempt,)
    assert [report.number for report in line.server.applied[attempt]][-1] == 1001


@pytest.mark.parametrize("message", [Cancel, Fenced])
async def test_what_was_to_be_ended_is_ended_after_a_restart(line: Line, message: type[Cancel] | type[Fenced]) -> None:
    line.puppet.lingers_s = 60.0
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        line.server.send(message(attempt=attempt))
        await eventually(lambda: b"stopped" in (line.data / "attempts/t1.1/journal.jsonl").read_bytes())
    line.puppet.lingers_s = 0.0
    line.transport.down = True
    async with line.agent():
        if message is Cancel:
            await eventually(lambda: b'"state":"cancelled"' in (line.data / "attempts/t1.1/journal.jsonl").read_bytes())
        else:
            await line.until_settled()

    assert [work.attempt for work in line.puppet.begun] == [attempt, attempt]


async def test_an_end_that_was_reported_but_not_acknowledged_is_reported_by_the_next_life(line: Line) -> None:
    line.server.acknowledges = False
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        line.puppet.end(attempt)
        await line.server.ended(attempt)
    line.server.acknowledges = True
    line.server.said.clear()
    async with line.agent():
        await line.until_settled()

    assert [(m.number, m.body) for m in line.server.said if isinstance(m, Report)] == [
        (1, Accepted()),
        (2, Finished(state=TaskState.SUCCEEDED)),
    ]
    assert len(line.puppet.begun) == 1


async def test_nothing_is_lost_when_only_a_part_is_acknowledged(line: Line) -> None:
    line.server.acknowledges = False
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        line.server.send(Acknowledged(attempt=attempt, number=1))
        line.puppet.end(attempt)
        await line.server.ended(attempt)
        line.server.said.clear()
        line.server.acknowledges = True
        line.server.cut()
        await line.until_settled()

    assert [(m.number, m.body) for m in line.server.said if isinstance(m, Report)] == [
        (2, Finished(state=TaskState.SUCCEEDED))
    ]


async def test_heartbeats_are_numbered_anew_in_each_session(line: Line) -> None:
    async with line.agent():
        await line.server.until(lambda: len(line.server.heartbeats) >= 3)
        line.server.cut()
        line.server.heartbeats.clear()
        beats: list[Heartbeat] = await line.server.until(lambda: line.server.heartbeats)

    assert (beats[0].number, beats[0].containers) == (1, ())
