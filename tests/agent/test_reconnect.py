"""What comes of it when the line breaks or the agent is restarted: nothing is lost, nothing is done twice."""

import logging
import threading
from dataclasses import replace
from typing import Any

import anyio
import pytest

from composia.agent.attempts import Attempts
from composia.agent.journal import AttemptJournal
from composia.agent.session import MISSED_HEARTBEATS
from composia.clock import SystemClock
from composia.core.session import (
    Accepted,
    Acknowledged,
    Cancel,
    Fenced,
    Finished,
    Goodbye,
    Heartbeat,
    Report,
)
from composia.core.task import TaskKind, TaskState
from composia.errors import Unauthenticated
from composia.plugins.executor import Outcome
from tests.agent.line import Line
from tests.agent.making import Files, make_order, make_run
from tests.agent.waiting import eventually

pytestmark = pytest.mark.anyio

FILES: Files = {"compose.yaml": b"services: {}"}
STOP = make_order(kind=TaskKind.STOP)


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


async def test_a_server_that_does_not_answer_heartbeats_is_given_up(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composia.agent.session.MISSED_HEARTBEATS", MISSED_HEARTBEATS)  # as it is without tests
    line.server.heartbeat_s = 0.5
    since = anyio.current_time()
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)
        line.server.replies = False
        count = len(line.server.heartbeats)
        await line.server.until(lambda: len(line.server.hellos) == 2)
        given_up_after_s = anyio.current_time() - since

    assert len(line.server.heartbeats) - count <= 4
    assert given_up_after_s >= MISSED_HEARTBEATS * 0.5


async def test_time_that_the_agent_takes_itself_is_not_the_servers_silence(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composia.agent.session.MISSED_HEARTBEATS", MISSED_HEARTBEATS)
    acknowledge = Attempts.acknowledge

    async def slowly(attempts: Attempts, message: Acknowledged) -> None:
        await anyio.sleep((MISSED_HEARTBEATS + 2) * line.server.heartbeat_s)  # on a slow disk
        await acknowledge(attempts, message)

    monkeypatch.setattr(Attempts, "acknowledge", slowly)
    line.server.heartbeat_s = 0.5
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        beats = len(line.server.heartbeats)
        await line.server.until(lambda: len(line.server.heartbeats) > beats + MISSED_HEARTBEATS + 2)

    assert line.server.connections == 1


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
        await line.server.until(lambda: line.server.bodies(again))

    assert [hello.attempts for hello in line.server.hellos] == [(), (done, working), ()]
    firsts = [reports[0] for reports in line.server.applied.values()]
    assert firsts == [Report(attempt=again, number=1, body=Accepted())]


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


async def test_what_had_begun_before_a_restart_has_its_place_before_what_waited(line: Line) -> None:
    line.settings = replace(line.settings, capacity=1)
    waited = make_run(make_order("other", kind=TaskKind.STOP), task="t1")
    now_ms = SystemClock().now_ms()
    for given_ms, run in ((now_ms - 1, waited), (now_ms, make_run(STOP, task="t2"))):
        journal = AttemptJournal.create(line.data / "attempts" / str(run.attempt), run, given_ms)
    journal.begin(None)
    async with line.agent():
        await line.puppet.until_working(journal.attempt)
        line.puppet.end(journal.attempt)
        await line.puppet.until_working(waited.attempt)

    assert [work.attempt for work in line.puppet.begun] == [journal.attempt, waited.attempt]


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
        await line.server.until(lambda: line.server.bodies(attempt))
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


async def test_an_order_that_is_just_being_written_down_is_in_the_next_hello(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, written, go_on = AttemptJournal.create, threading.Event(), threading.Event()

    def slow(*arguments: Any) -> AttemptJournal:
        written.set()
        go_on.wait(100)
        return create(*arguments)

    monkeypatch.setattr(AttemptJournal, "create", slow)
    line.puppet.outcomes["web"] = Outcome()
    async with line.agent():
        attempt = line.server.run(make_run(make_order(kind=TaskKind.STOP)))
        await eventually(written.is_set)
        hellos = len(line.server.hellos)
        line.server.cut()
        await line.server.until(lambda: len(line.server.hellos) > hellos)
        go_on.set()
        await line.server.ended(attempt)

    assert line.server.hellos[hellos].attempts == (attempt,)
