"""A cancel comes at any moment: the attempt ends once, as it truly ended, and says what was left."""

import logging
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from composia.agent.journal import AttemptJournal
from composia.agent.workspace import Workspaces
from composia.core.session import Accepted, Cancel, Finished, StepReport
from composia.core.step import StepName, StepState
from composia.core.task import TaskError, TaskKind, TaskState
from composia.errors import Unavailable
from tests.agent.line import Line
from tests.agent.making import Files, make_order, make_run, read_tree
from tests.agent.waiting import eventually

pytestmark = pytest.mark.anyio

FILES: Files = {"compose.yaml": b"services: {}", "conf": b"1"}
STOP = make_order(kind=TaskKind.STOP)

UNTOUCHED = "ended before the work began; nothing on the node was changed"


def cancelled(message: str) -> Finished:
    return Finished(state=TaskState.CANCELLED, error=TaskError(code="cancelled", message=message))


class Held:
    """A function that blocks its thread, when it is called, until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        real = getattr(owner, name)

        def held(*arguments: Any) -> Any:
            self.reached.set()
            assert self.go_on.wait(100)
            return real(*arguments)

        monkeypatch.setattr(owner, name, staticmethod(held) if owner is AttemptJournal else held)


async def heard(caplog: pytest.LogCaptureFixture) -> None:
    """The agent has heard that an attempt is to be ended."""
    await eventually(lambda: any(r.message == "attempt to be ended" for r in caplog.records))


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


async def test_before_the_order_is_written_down(
    line: Line, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    writing = Held(monkeypatch, AttemptJournal, "create")
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await eventually(writing.reached.is_set)
        line.server.send(Cancel(attempt=attempt))
        await heard(caplog)
        assert line.server.bodies(attempt) == []
        writing.go_on.set()
        await line.server.ended(attempt)

    assert line.server.bodies(attempt) == [Accepted(), cancelled(UNTOUCHED)]
    assert line.puppet.begun == []


async def test_while_others_take_all_the_room_there_is(line: Line) -> None:
    line.settings = replace(line.settings, capacity=1)
    async with line.agent():
        busy = line.server.run(make_run(STOP))
        await line.puppet.until_working(busy)
        attempt = line.server.run(make_run(make_order("other", kind=TaskKind.STOP), task="t2"))
        line.server.send(Cancel(attempt=attempt))
        assert await line.server.ended(attempt) == cancelled(UNTOUCHED)
        line.puppet.end(busy)
        await line.server.ended(busy)
        after = line.server.run(make_run(STOP, task="t3"))  # the room is not lost
        await line.puppet.until_working(after)

    assert [work.attempt for work in line.puppet.begun] == [busy, after]


async def test_while_the_bundle_cannot_be_had(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(digest: str) -> AsyncIterator[bytes]:
        line.server.fetched.append(digest)
        line.server._note()
        raise Unavailable("no bundles today", where=digest)
        yield b""

    monkeypatch.setattr(line.server, "fetch_bundle", fails)
    async with line.agent():
        attempt = line.server.run(make_run(make_order(files=FILES)))
        await line.server.until(lambda: line.server.fetched)
        line.server.send(Cancel(attempt=attempt))
        assert await line.server.ended(attempt) == cancelled(UNTOUCHED)

    assert line.puppet.begun == []
    assert not (line.data / "services").exists()


async def test_a_fetch_without_a_server_ends_when_its_time_is_up(line: Line) -> None:
    line.server.hold(FILES)
    line.server.stalls_bundles = True
    journal = line.data / "attempts" / "t1.1" / "journal.jsonl"
    async with line.agent():
        attempt = line.server.run(make_run(make_order(files=FILES, timeout_s=6.0)))
        await line.server.until(lambda: line.server.stalled)
        line.transport.down = True
        line.server.cut()
        await eventually(lambda: b'"finished"' in journal.read_bytes())
        line.transport.down = False
        finished = await line.server.ended(attempt)

    assert finished == Finished(
        state=TaskState.FAILED, error=TaskError(code="timed_out", message=f"not done within 6 s; {UNTOUCHED}")
    )


async def test_a_sync_is_not_cut_short_and_nothing_follows_it(
    line: Line, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    line.server.hold(FILES)
    syncing = Held(monkeypatch, Workspaces, "sync")
    async with line.agent():
        attempt = line.server.run(make_run(make_order(files=FILES)))
        await eventually(syncing.reached.is_set)
        line.server.send(Cancel(attempt=attempt))
        await heard(caplog)
        assert line.server.end(attempt) is None
        syncing.go_on.set()
        finished = await line.server.ended(attempt)

    assert finished == cancelled("ended after sync; the files are in place, no container was changed")
    assert read_tree(line.data / "services" / "web") == FILES
    assert line.puppet.begun == []
    steps = {body.name: body.state for body in line.server.bodies(attempt) if isinstance(body, StepReport)}
    assert steps == {StepName.FETCH: StepState.SUCCEEDED, StepName.SYNC: StepState.SUCCEEDED}


async def test_after_the_end_nothing_is_changed_by_it(line: Line) -> None:
    line.server.acknowledges = False
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        line.puppet.end(attempt)
        await line.server.ended(attempt)
        line.server.send(Cancel(attempt=attempt))
        line.server.send(Cancel(attempt=replace(attempt, task="t9")))
        beats = len(line.server.heartbeats)
        await line.server.until(lambda: len(line.server.heartbeats) > beats + 1)
        assert b'"stopped"' not in (line.data / "attempts" / "t1.1" / "journal.jsonl").read_bytes()
        line.server.acknowledges = True
        line.server.cut()
        await line.until_settled()

    assert line.server.bodies(attempt) == [Accepted(), Finished(state=TaskState.SUCCEEDED)]
