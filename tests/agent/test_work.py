"""Attempts in work: cancelled, fenced, refused, out of time, each comes to one end."""

from dataclasses import replace

import anyio
import pytest

from composia.core.session import (
    Accepted,
    Cancel,
    Fenced,
    Finished,
    StepReport,
)
from composia.core.step import StepName, StepState
from composia.core.task import TaskError, TaskKind, TaskState
from composia.plugins.executor import Outcome
from tests.agent.line import Line
from tests.agent.making import Files, make_digest, make_order, make_run
from tests.agent.waiting import eventually

pytestmark = pytest.mark.anyio

FILES: Files = {"compose.yaml": b"services: {}"}
STOP = make_order(kind=TaskKind.STOP)


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
        state=TaskState.CANCELLED,
        error=TaskError(code="cancelled", message="ended before the work began; nothing on the node was changed"),
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
        Finished(
            state=TaskState.CANCELLED,
            error=TaskError(code="cancelled", message="ended before the work began; nothing on the node was changed"),
        ),
    )


async def test_an_order_that_takes_too_long_is_ended_and_has_failed(line: Line) -> None:
    async with line.agent():
        attempt = line.server.run(make_run(make_order(kind=TaskKind.STOP, timeout_s=6.0)))
        finished = await line.server.ended(attempt)

    assert finished == Finished(
        state=TaskState.FAILED,
        error=TaskError(code="timed_out", message="not done within 6 s; a person ended it", where="web"),
    )


async def test_a_fenced_attempt_ends_and_nothing_more_is_said_of_it(line: Line) -> None:
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        await line.server.until(lambda: line.server.bodies(attempt))
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

    reason = "ended before the work began; nothing on the node was changed"
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
