"""Calls that are interrupted: what they leave is cleared, and the work comes to its end."""

import json
import os
import re
import signal
from typing import Any

import anyio
import anyio.to_thread
import pytest

from composia.builtin_plugins.compose.process import Process
from composia.core.container import ContainerState
from composia.core.release import Release
from composia.core.task import TaskKind
from composia.errors import Unavailable
from composia.plugins.executor import Executor, Outcome, Work
from composia.plugins.testing.executor_bench import Behaviour, Bench, Supervisor
from tests.e2e.executor.definitions import SLEEP, compose
from tests.e2e.testbed.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]
MANY = range(5)


def many(image: str, **environment: str) -> str:
    """A chain of services, each of which waits for the one before."""
    services: dict[str, Any] = {f"s{n}": {"command": SLEEP, "environment": environment} for n in MANY}
    for n in MANY[1:]:
        services[f"s{n}"]["depends_on"] = [f"s{n - 1}"]
    return compose(image, **services)


def given(bench: Bench, text: str, last: Release | None = None) -> Work:
    work = bench.work(last=last)
    (work.directory / "compose.yaml").write_text(text)
    return work


def kill_call(work: Work, name: str) -> None:
    """As if the machine had lost power for that call alone."""
    process = Process.parsed((work.journal / name / "process").read_text())
    os.killpg(process.group, signal.SIGKILL)


async def interrupted(executor: Executor, bench: Bench, work: Work, after_s: float) -> Outcome:
    """The outcome of a work whose `up` is killed some time after it began."""
    outcomes: list[Outcome] = []

    async def run() -> None:
        outcomes.append(await executor.run(work, Supervisor()))

    async with anyio.create_task_group() as group:
        group.start_soon(run)
        await bench.until(lambda: bench.coming_up(work))
        await anyio.sleep(after_s)
        kill_call(work, "up")
    return outcomes[0]


@pytest.mark.parametrize("after_s", [0.1, 0.4, 0.7, 1.0])
async def test_an_up_that_is_killed_while_it_recreates_is_made_once_more_and_converges(
    bench: Bench, image: str, after_s: float
) -> None:
    async with bench.opened() as executor:
        first = await executor.run(given(bench, many(image)), Supervisor())
        assert first.release is not None
        work = given(bench, many(image, A="b"), first.release)
        outcome = await interrupted(executor, bench, work, after_s)
        seen = [c for c in await executor.inventory() if c.project == bench.project]

    assert outcome.error is None
    assert [container.name for container in seen] == [f"{bench.project}-s{n}-1" for n in MANY]
    assert {container.state for container in seen} == {ContainerState.RUNNING}
    assert {container.config_hash for container in seen}.isdisjoint(c.config_hash for c in first.release.containers)
    ends = [file.read_text() for file in sorted(work.journal.glob("up-again-*/exit"))]
    assert ends[-1:] == ["0\n"]


async def test_a_half_made_replacement_is_removed_before_the_next_up(
    bench: Bench, engine_a: Engine, image: str
) -> None:
    text = compose(image, web={"command": SLEEP})
    async with bench.opened() as executor:
        first = await executor.run(given(bench, text), Supervisor())
        old = engine_a.docker("inspect", f"{bench.project}-web-1", "--format", "{{.Id}} {{json .Config.Labels}}")
        identity, _, labels = old.partition(" ")
        flags = [f"--label={key}={value}" for key, value in json.loads(labels).items()]
        temporary = f"{identity[:12]}_{bench.project}-web-1"
        engine_a.docker("create", "--name", temporary, *flags, image)
        supervisor = Supervisor()
        outcome = await executor.run(
            given(bench, compose(image, web={"command": SLEEP, "environment": {"A": "b"}}), first.release), supervisor
        )
        names = [c.name for c in await executor.inventory() if c.project == bench.project]

    assert outcome.error is None
    assert names == [f"{bench.project}-web-1"]
    assert any(re.match(f"repair: {temporary} .* is removed", line) for line in supervisor.lines)


async def test_after_an_engine_that_crashed_in_the_middle_the_next_attempt_converges(
    bench: Bench, engine_a: Engine, image: str
) -> None:
    work, outcomes = given(bench, many(image)), list[Outcome]()
    async with bench.opened() as executor:

        async def run() -> None:
            outcomes.append(await executor.run(work, Supervisor()))

        async with anyio.create_task_group() as group:
            group.start_soon(run)
            await bench.until(lambda: bench.coming_up(work))
            await anyio.sleep(0.5)
            await anyio.to_thread.run_sync(engine_a.kill)
        assert outcomes[0].error is not None
        assert outcomes[0].error.code == Unavailable.code
        await anyio.to_thread.run_sync(engine_a.start)

        again = await executor.run(given(bench, many(image), outcomes[0].release), Supervisor())
        states = [c.state for c in await executor.inventory() if c.project == bench.project]

    assert again.error is None
    assert states == [ContainerState.RUNNING] * len(MANY)


@pytest.mark.parametrize(
    ("kind", "calls", "code"),
    [(TaskKind.STOP, 2, None), (TaskKind.RESTART, 1, Unavailable.code)],
)
async def test_an_interrupted_call_is_made_again_only_where_it_may_be_repeated(
    bench: Bench, image: str, kind: TaskKind, calls: int, code: str | None
) -> None:
    slow = compose(image, web={"command": ["sh", "-c", "trap '' TERM; sleep 100"], "stop_grace_period": "2s"})
    async with bench.opened() as executor:
        first = await executor.run(given(bench, slow), Supervisor())
        work, outcomes = bench.work(kind, last=first.release), list[Outcome]()

        async def run() -> None:
            outcomes.append(await executor.run(work, Supervisor()))

        async with anyio.create_task_group() as group:
            group.start_soon(run)
            await bench.until((work.journal / kind / "process").exists)
            await anyio.sleep(0.3)
            kill_call(work, kind)

    [outcome] = outcomes
    assert (outcome.error.code if outcome.error else None) == code
    assert sum(1 for _ in work.journal.glob(f"{kind}*/process")) == calls


async def test_a_cancelled_call_that_ignores_term_is_killed_after_its_grace(
    bench: Bench,
) -> None:
    deaf = bench.root / "deaf"
    deaf.write_text(
        f"#!/bin/sh\ncase \" $* \" in *' up '*) trap '' TERM; sleep 1000 & sleep 1000;; esac\nexec {bench.config['compose']} \"$@\"\n"
    )
    deaf.chmod(0o755)
    bench.config = {**bench.config, "compose": str(deaf), "stop_grace_s": 0.5}
    work, supervisor, outcomes = bench.work(behaviour=Behaviour.RUNS), Supervisor(), list[Outcome]()
    async with bench.opened() as executor:

        async def run() -> None:
            outcomes.append(await executor.run(work, supervisor))

        with anyio.fail_after(60):
            async with anyio.create_task_group() as group:
                group.start_soon(run)
                await bench.until(lambda: bench.coming_up(work))
                await anyio.sleep(0.2)
                supervisor.cancel()

    [outcome] = outcomes
    assert outcome.error is not None
    assert outcome.error.code == "cancelled"
    assert Process.parsed((work.journal / "up" / "process").read_text()).members() == ()
