"""Work whose end comes from outside, in each step: a person, a limit, an engine that hangs or dies."""

import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress

import anyio
import anyio.to_thread
import pytest

from composia.builtin_plugins.compose.known_errors import REACH
from composia.builtin_plugins.compose.process import Process
from composia.core.container import ContainerState
from composia.core.service import HealthPolicy
from composia.core.step import StepName
from composia.core.task import TaskError
from composia.errors import Cancelled, TimedOut, Unavailable
from composia.plugins.executor import Executor, Outcome, Work
from composia.plugins.testing.executor_bench import Behaviour, Bench, Supervisor, done, own
from tests.e2e.executor.definitions import HUNG_S, SLEEP, compose
from tests.e2e.testbed.engine import Engine
from tests.relay import Relay

pytestmark = [pytest.mark.engine, pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

Strike = Callable[[Supervisor], None]
MARK = ["sh", "-c", "echo $$TURN >>/data/marks; fixture sleep"]


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench(stop_grace_s=2.0)


async def struck(executor: Executor, bench: Bench, work: Work, step: StepName, strike: Strike) -> TaskError:
    """The error of a work that is struck in the middle of a step; nothing of its calls runs any more."""
    supervisor, outcomes = Supervisor(), list[Outcome]()

    async def run() -> None:
        outcomes.append(await executor.run(work, supervisor))

    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            group.start_soon(run)
            await bench.until(lambda: supervisor.running is step and in_the_middle(work, step))
            await anyio.to_thread.run_sync(strike, supervisor)
    [outcome] = outcomes
    assert outcome.error is not None
    for file in work.journal.glob("*/process"):
        assert Process.parsed(file.read_text()).members() == ()
    return outcome.error


def in_the_middle(work: Work, step: StepName) -> bool:
    return step is StepName.HEALTH or (work.journal / step / "process").exists()


def pulling(bench: Bench, slow_registry: Relay, **limits: float) -> Work:
    work = bench.work(behaviour=Behaviour.RUNS, limits={StepName(name): limit for name, limit in limits.items()})
    (work.directory / "compose.yaml").write_text(compose(f"{slow_registry.address}/fixture:1", web={"command": SLEEP}))
    return work


def healing(bench: Bench, image: str) -> Work:
    """It is in the step `health` for a long time."""
    work = bench.work(behaviour=Behaviour.HEALTHY, health=HealthPolicy(deadline_s=60, stable_for_s=30))
    (work.directory / "compose.yaml").write_text(compose(image, web={"command": SLEEP}))
    return work


async def test_a_pull_that_is_cancelled_has_changed_no_container(bench: Bench, slow_registry: Relay) -> None:
    def cancel(supervisor: Supervisor) -> None:
        assert slow_registry.asked.wait(30)
        supervisor.cancel()

    async with bench.opened() as executor:
        error = await struck(executor, bench, pulling(bench, slow_registry), StepName.PULL, cancel)

        assert await own(executor, bench) == {}
    assert error == TaskError(code=Cancelled.code, message="ended during pull; no container was changed")


async def test_a_pull_has_a_limit_of_its_own(bench: Bench, slow_registry: Relay) -> None:
    async with bench.opened() as executor:
        outcome = await done(executor, pulling(bench, slow_registry, pull=1.5))

    message = f"pull did not end within 1.5 s, {slow_registry.address}/fixture:1 has not come; no container was changed"
    error = TaskError(code=TimedOut.code, message=message, where="service web", hint=REACH)
    assert outcome == Outcome(error=error)


async def test_a_health_gate_that_is_cancelled_says_what_runs(bench: Bench, image: str) -> None:
    async with bench.opened() as executor:
        error = await struck(executor, bench, healing(bench, image), StepName.HEALTH, Supervisor.cancel)

    left = f"{bench.project}-web-1 running (new)"
    assert error == TaskError(code=Cancelled.code, message=f"ended during health; left: {left}")


@pytest.mark.parametrize("step", [StepName.PULL, StepName.HEALTH])
async def test_an_engine_that_hangs_is_as_one_that_is_away_in_each_step(
    make_bench: Callable[..., Bench], engine_a: Engine, image: str, slow_registry: Relay, step: StepName
) -> None:
    bench = make_bench(engine_deadline_s=HUNG_S, stop_grace_s=2.0)
    work = pulling(bench, slow_registry) if step is StepName.PULL else healing(bench, image)
    async with bench.opened() as executor:
        error = await struck(executor, bench, work, step, lambda _: engine_a.hang())
        await anyio.to_thread.run_sync(engine_a.resume)

    assert error.code == Unavailable.code
    assert f"the Docker engine does not answer within {HUNG_S:g} s" in error.message


async def test_a_child_that_was_stopped_ends_at_the_limit_of_its_step(bench: Bench) -> None:
    work = bench.work(behaviour=Behaviour.SLOW, limits={StepName.UP: 2.0})

    def stop(_: Supervisor) -> None:
        process = Process.parsed((work.journal / "up" / "process").read_text())
        for member in process.members():
            with suppress(ProcessLookupError):  # a short-lived one, as of `docker compose version`
                os.kill(member.pid, signal.SIGSTOP)

    async with bench.opened() as executor:
        error = await struck(executor, bench, work, StepName.UP, stop)

    assert error.code == TimedOut.code
    assert error.message.startswith("up did not end within 2 s; left: ")


def marking(bench: Bench, image: str, turn: int) -> str:
    """A chain of services with data; s0 leaves a mark each time it starts."""
    services = {f"s{n}": {"command": SLEEP, "environment": {"TURN": str(turn)}} for n in range(4)}
    services["s0"] |= {"command": MARK, "volumes": ["data:/data"]}
    for n in range(1, 4):
        services[f"s{n}"]["depends_on"] = [f"s{n - 1}"]
    return json.dumps(json.loads(compose(image, **services)) | {"volumes": {"data": {}}})


@pytest.mark.parametrize("step", [StepName.PULL, StepName.UP, StepName.HEALTH])
async def test_after_an_engine_that_was_killed_in_any_step_the_next_attempt_does_it_all(
    bench: Bench, engine_a: Engine, image: str, slow_registry: Relay, step: StepName
) -> None:
    def die(_: Supervisor) -> None:
        if step is StepName.PULL:
            assert slow_registry.asked.wait(30)
        engine_a.kill()
        engine_a.start()  # at once, as an init system would

    first = bench.work(behaviour=Behaviour.RUNS)
    (first.directory / "compose.yaml").write_text(marking(bench, image, 1))
    patient = HealthPolicy(deadline_s=60, stable_for_s=30 if step is StepName.HEALTH else 0.5)
    async with bench.opened() as executor:
        last = (await done(executor, first)).release
        work = bench.work(last=last, health=patient)
        wanted = f"{slow_registry.address}/fixture:1" if step is StepName.PULL else image
        (work.directory / "compose.yaml").write_text(marking(bench, wanted, 2))
        error = await struck(executor, bench, work, step, die)
        slow_registry.let_go()
        outcome = await done(executor, bench.work(last=last))
        seen = [c for c in await executor.inventory() if c.project == bench.project]

    assert error.code == Unavailable.code
    assert outcome.error is None
    assert [(c.name, c.state) for c in seen] == [(f"{bench.project}-s{n}-1", ContainerState.RUNNING) for n in range(4)]
    marks = engine_a.docker("exec", f"{bench.project}-s0-1", "cat", "/data/marks").split()
    assert (marks[0], marks[-1]) == ("1", "2")


async def test_what_is_planned_is_said_once_however_often_the_attempt_is_taken_up_again(
    bench: Bench, slow_registry: Relay
) -> None:
    work, supervisors = pulling(bench, slow_registry), [Supervisor(), Supervisor()]
    async with bench.opened() as executor, anyio.create_task_group() as agent:
        agent.start_soon(executor.run, work, supervisors[0])
        assert await anyio.to_thread.run_sync(slow_registry.asked.wait, 30)
        agent.cancel_scope.cancel()
    slow_registry.let_go()
    async with bench.opened() as executor:
        outcome = await executor.run(work, supervisors[1])

    assert outcome.error is None
    said = [line for supervisor in supervisors for line in supervisor.lines if line.startswith("plan: ")]
    assert said == ["plan: web: create, not there"]
