"""An agent in a process of its own is killed with -9 at every point of its work, and started again."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from composia.core.session import Accepted, Cancel, Finished, StepReport
from composia.core.step import StepName, StepState
from composia.core.task import TaskState
from tests.agent.host import COMMAND, Host
from tests.agent.making import Files, Link, Program, make_order, make_run, read_tree
from tests.agent.waiting import PATIENCE_S, eventually

pytestmark = pytest.mark.anyio

OLD: Files = {"compose.yaml": b"services: {}", "gone": b"1"}
NEW: Files = {"compose.yaml": b"services: {web: {}}", "conf/run": Program(b"#!/bin/sh"), "link": Link("conf")}
OUTPUT = b"".join(b"line %d\n" % n for n in range(1, 6))

POINTS = (
    ("accepted", 1),
    ("fetch begun", 1),
    ("fetch ended", 1),
    ("sync begun", 1),
    ("sync.begun", 1),
    ("truncated", 1),
    ("written", 1),
    *(("touched", n) for n in range(1, 6)),
    ("sync.changed", 1),
    ("sync ended", 1),
    ("up begun", 1),
    ("up ended", 1),
    ("ending", 1),
    ("finished", 1),
)


@asynccontextmanager
async def deployed(host: Host) -> AsyncIterator[None]:
    """A first deploy has gone well."""
    host.server.hold(OLD)
    async with host.agent():
        await host.server.ended(host.server.run(make_run(make_order(files=OLD))))
        await eventually(lambda: not host.journals())
    yield


@pytest.mark.parametrize(("point", "times"), POINTS)
async def test_killed_at_any_point_the_agent_brings_the_order_to_its_one_true_end(
    host: Host, point: str, times: int
) -> None:
    host.server.hold(NEW)
    async with deployed(host):
        attempt = host.server.run(make_run(make_order(files=NEW), task="t2"))
        async with host.agent(point, times) as process:
            await eventually(lambda: process.poll() is not None)
            passed = (host.root / "points").read_text().splitlines()
            assert (process.returncode, passed[-1], passed.count(point)) == (-signal.SIGKILL, point, times)
        async with host.agent():
            assert await host.server.ended(attempt) == Finished(state=TaskState.SUCCEEDED, output_bytes=len(OUTPUT))
            await eventually(lambda: not host.journals())

    assert host.server.output[attempt] == OUTPUT
    assert host.children() == ["begin t1.1", "end t1.1", "begin t2.1", "end t2.1"]
    assert read_tree(host.data / "services" / "web") == NEW
    bodies = host.server.bodies(attempt)
    assert bodies[0] == Accepted()
    assert [type(body) for body in bodies].count(Finished) == 1
    last = {body.name: body.state for body in bodies if isinstance(body, StepReport)}
    assert last == {
        StepName.FETCH: last[StepName.FETCH],
        StepName.SYNC: StepState.SUCCEEDED,
        StepName.UP: StepState.SUCCEEDED,
    }
    assert last[StepName.FETCH] in (StepState.SUCCEEDED, StepState.SKIPPED)


async def test_killed_before_an_order_is_written_down_the_agent_knows_nothing_of_it(host: Host) -> None:
    host.server.hold(NEW)
    lost = host.server.run(make_run(make_order(files=NEW)))
    async with host.agent("given") as process:
        await eventually(lambda: process.poll() is not None)
    assert (process.returncode, host.server.bodies(lost)) == (-signal.SIGKILL, [])
    again = host.server.run(make_run(make_order(files=NEW), number=2))
    async with host.agent():
        assert (await host.server.ended(again)).state is TaskState.SUCCEEDED

    assert host.server.hellos[-1].attempts == ()
    assert host.children() == ["begin t1.2", "end t1.2"]


async def test_killed_after_the_end_was_acknowledged_the_agent_still_brings_all_output(host: Host) -> None:
    host.server.hold(NEW)
    host.server.keeps_output = False
    attempt = host.server.run(make_run(make_order(files=NEW), task="t2"))
    async with host.agent("acknowledged") as process:
        await eventually(lambda: process.poll() is not None)
    assert (process.returncode, host.journals()) == (-signal.SIGKILL, ["t2.1"])
    host.server.keeps_output = True
    async with host.agent():
        await eventually(lambda: not host.journals())

    assert host.server.output[attempt] == OUTPUT
    assert host.server.hellos[-1].attempts == ()


async def test_a_terminated_agent_ends_at_once_and_its_children_go_on(host: Host) -> None:
    host.server.hold(NEW)
    attempt = host.server.run(make_run(make_order(files=NEW)))
    async with host.agent(pace_s=1.5) as process:
        await host.server.until(lambda: host.server.output[attempt])
        process.terminate()
        await eventually(lambda: process.poll() is not None)
        assert process.returncode == 0
    await eventually(lambda: host.children() == ["begin t1.1", "end t1.1"])
    assert host.server.end(attempt) is None
    async with host.agent():
        assert await host.server.ended(attempt) == Finished(state=TaskState.SUCCEEDED, output_bytes=len(OUTPUT))
        await eventually(lambda: not host.journals())

    assert host.server.output[attempt] == OUTPUT
    assert host.children() == ["begin t1.1", "end t1.1"]


async def test_a_cancel_that_came_before_a_kill_is_carried_out_after_it(host: Host) -> None:
    host.server.hold(NEW)
    attempt = host.server.run(make_run(make_order(files=NEW)))
    async with host.agent(pace_s=60.0):
        await host.server.until(lambda: host.server.output[attempt])
        host.server.acknowledges = False  # else its journal may be gone before it is looked at
        host.server.send(Cancel(attempt=attempt))
        await eventually(lambda: b"stopped" in (host.data / "attempts/t1.1/journal.jsonl").read_bytes())
    host.server.acknowledges = True
    async with host.agent():
        finished = await host.server.ended(attempt)

    assert finished.state is TaskState.CANCELLED
    assert host.children() == ["begin t1.1", "ended t1.1"]


async def test_a_second_agent_on_one_data_directory_is_refused(host: Host) -> None:
    async with host.agent():
        await host.server.until(lambda: host.server.heartbeats)
        command = [*COMMAND, str(host.data), str(host.root / "socket"), "0", "", "1"]
        with anyio.fail_after(PATIENCE_S):
            second = await anyio.run_process(command, check=False)

    assert second.returncode == 1
    assert second.stderr.decode().splitlines()[-1] == (
        f"composia.errors.NotPossible: {host.data}: another agent runs on this data directory"
    )
    async with host.agent():
        await host.server.until(lambda: len(host.server.hellos) == 2)
