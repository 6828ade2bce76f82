"""The contract of an executor, continued: how work ends before its end, and what a prune removes."""

import re

import anyio

from composia.core.container import ContainerState
from composia.core.step import StepName, StepState
from composia.core.task import PruneTarget, TaskKind
from composia.errors import Cancelled, TimedOut
from composia.plugins.executor import Executor, Outcome
from composia.plugins.testing.executor_bench import Behaviour, Bench, Contract, Supervisor, done, own, released

CANCELLED_WITHIN_S = 60.0


def lasting(name: str) -> str:
    """The name of a container for good. While it takes the place of another one it may have a prefix, and an engine that
    was asked to rename it does so also when who asked is ended."""
    return re.sub(r"^[0-9a-f]{12}_", "", name)


class EndContract(Contract):
    """Promise 2: work goes on when the agent stops, and ends when a person asks for it."""

    async def test_2_work_goes_on_when_the_agent_stops(self, bench: Bench) -> None:
        """`run` is cancelled, and called again by the next agent."""
        work = bench.work(behaviour=Behaviour.SLOW)
        async with bench.opened() as executor, anyio.create_task_group() as agent:
            agent.start_soon(executor.run, work, Supervisor())
            await bench.until(lambda: bench.coming_up(work))
            agent.cancel_scope.cancel()

        async with bench.opened() as executor:
            await released(executor, work)

            assert {s: c.state for s, c in (await own(executor, bench)).items()}["web"] is ContainerState.RUNNING
        assert bench.ups() == 1

    async def test_2_a_person_ends_it(self, bench: Bench) -> None:
        """The attempt says so once it is over, and says the same when it is asked again."""
        work, supervisor = bench.work(behaviour=Behaviour.SLOWER), Supervisor()
        outcomes: list[Outcome] = []

        async with bench.opened() as executor:

            async def run() -> None:
                outcomes.append(await executor.run(work, supervisor))

            with anyio.fail_after(CANCELLED_WITHIN_S):
                async with anyio.create_task_group() as agent:
                    agent.start_soon(run)
                    await bench.until(lambda: bench.coming_up(work))
                    supervisor.cancel()

            [outcome] = outcomes
            assert outcome.error is not None
            assert outcome.error.code == Cancelled.code
            assert (StepName.UP, StepState.FAILED) in supervisor.steps
            again = await executor.run(work, supervisor)
            assert again.error is not None
            assert again.error.code == Cancelled.code
        assert bench.ups() <= 1


class LimitContract(Contract):
    """Promise 6: a step has its own limit."""

    async def test_6_a_step_that_takes_too_long_ends_at_its_limit(self, bench: Bench) -> None:
        """And says which step it was, and what the limit is."""
        work, supervisor = bench.work(behaviour=Behaviour.SLOWER, limits={StepName.UP: 1.0}), Supervisor()
        async with bench.opened() as executor:
            outcome = await executor.run(work, supervisor)

        assert outcome.error is not None
        assert outcome.error.code == TimedOut.code
        assert outcome.error.message.startswith("up did not end within 1 s; left: ")
        assert (StepName.UP, StepState.FAILED) in supervisor.steps

    async def test_6_a_step_that_is_taken_up_again_counts_from_the_start_of_its_work(self, bench: Bench) -> None:
        """Not from the start of the agent: with a limit that begins again it would come to its end."""
        work = bench.work(behaviour=Behaviour.SLOWER, limits={StepName.UP: 4.0})
        async with bench.opened() as executor, anyio.create_task_group() as agent:
            agent.start_soon(executor.run, work, Supervisor())
            await bench.until(lambda: bench.coming_up(work))
            agent.cancel_scope.cancel()
        await anyio.sleep(4.5)

        async with bench.opened() as executor:
            outcome = await done(executor, work)

        assert outcome.error is not None
        assert "up did not end within 4 s" in outcome.error.message

    async def test_6_a_step_within_its_limit_is_left_alone(self, bench: Bench) -> None:
        """And the limit of one step is not that of another."""
        limits = {StepName.RENDER: 10.0, StepName.HEALTH: 10.0}
        async with bench.opened() as executor:
            await released(executor, bench.work(behaviour=Behaviour.SLOWER, limits=limits))


class LeftContract(Contract):
    """Promise 7: what was cut short says what it left."""

    async def test_7_ended_before_up_no_container_was_changed(self, bench: Bench) -> None:
        """Nor is there a release."""
        work, supervisor = bench.work(behaviour=Behaviour.SLOW), Supervisor()
        supervisor.cancel()
        async with bench.opened() as executor:
            outcome = await executor.run(work, supervisor)

            assert await own(executor, bench) == {}
        assert outcome.error is not None
        assert outcome.error.code == Cancelled.code
        assert outcome.error.message.endswith("; no container was changed")
        assert outcome.release is None
        assert bench.ups() == 0

    async def test_7_ended_in_up_the_containers_that_are_left_are_told(self, bench: Bench) -> None:
        """With their state, and whether they are new; the release is not a good one."""
        outcome = await self._ended_while_coming_up(bench, in_another_life=False)

        assert outcome.error is not None
        assert outcome.error.message.startswith("ended during up; left: ")

    async def test_7_what_was_begun_in_an_earlier_life_of_the_agent_ends_too(self, bench: Bench) -> None:
        """Asked for while no agent was there; the steps before are only passed."""
        outcome = await self._ended_while_coming_up(bench, in_another_life=True)

        assert outcome.error is not None
        assert outcome.error.message.startswith("ended during up; left: ")

    async def _ended_while_coming_up(self, bench: Bench, *, in_another_life: bool) -> Outcome:
        outcomes: list[Outcome] = []
        supervisor = Supervisor()
        async with bench.opened() as executor:
            before = await released(executor, bench.work(behaviour=Behaviour.RUNS))
            there, ups = await _names(executor, bench), bench.ups()
            work = bench.work(behaviour=Behaviour.SLOWER, last=before)

            async def run() -> None:
                outcomes.append(await executor.run(work, supervisor))

            async with anyio.create_task_group() as agent:
                agent.start_soon(run)
                await bench.until(lambda: bench.coming_up(work))
                if in_another_life:
                    agent.cancel_scope.cancel()
                supervisor.cancel()
        async with bench.opened() as executor:
            if in_another_life:
                await run()
            names = await _names(executor, bench)
            assert bench.ups() <= ups + 1
        [outcome] = outcomes
        assert outcome.error is not None
        assert outcome.error.code == Cancelled.code
        _, _, left = outcome.error.message.partition("left: ")
        told_of = {lasting(told.split(" ")[0]) for told in left.split(", ")}
        # an engine goes on to make what it was asked for, also when who asked is ended
        assert there <= told_of <= names, f"there were {there}, told is {left}, then there are {names}"
        assert all(told.endswith(("(new)", "(as before)")) for told in left.split(", "))
        assert outcome.release is not None
        assert not outcome.release.good
        return outcome


class PruneContract(Contract):
    """Promise 8: a prune removes what no container uses, and says so."""

    async def test_8_an_image_that_nothing_uses_goes_and_one_of_a_stopped_container_stays(self, bench: Bench) -> None:
        """It is said before, with its size; at the end it is said how much is free."""
        unused = bench.work(TaskKind.PRUNE, prune=(PruneTarget.UNUSED_IMAGES,))
        async with bench.opened() as executor:
            first = await released(executor, bench.work(behaviour=Behaviour.RUNS))
            second = await released(executor, bench.work(behaviour=Behaviour.RUNS_CHANGED, last=first))
            assert await done(executor, bench.work(TaskKind.STOP, last=second)) == Outcome()
            before = await own(executor, bench)
            used = {container.image_id for container in await executor.inventory()}  # by strangers too
            supervisor, again = Supervisor(), Supervisor()
            assert await executor.run(unused, supervisor) == Outcome()
            assert await executor.run(bench.work(TaskKind.PRUNE, prune=unused.order.prune), again) == Outcome()

            assert await own(executor, bench) == before
            assert (await done(executor, bench.work(TaskKind.START, last=second))).error is None
        planned = [line for line in supervisor.lines if line.startswith("plan: remove image ")]
        ((old,), (new,)) = first.containers, second.containers
        removed = [line.endswith(" MB") for line in planned if f" {old.image}, " in line]
        assert removed == ([] if old.image_id in used else [True])
        assert not any(f" {new.image}, " in line for line in planned)
        assert supervisor.lines[: len(planned)] == planned
        assert supervisor.lines[-1].endswith(" MB freed")
        assert supervisor.steps == [(StepName.PRUNE, StepState.SUCCEEDED)]
        assert not any(f" {old.image}, " in line for line in again.lines)

    async def test_8_what_was_not_asked_for_stays(self, bench: Bench) -> None:
        """An image with a name is not a dangling one."""
        supervisor = Supervisor()
        async with bench.opened() as executor:
            first = await released(executor, bench.work(behaviour=Behaviour.RUNS))
            await released(executor, bench.work(behaviour=Behaviour.RUNS_CHANGED, last=first))
            await executor.run(bench.work(TaskKind.PRUNE, prune=(PruneTarget.DANGLING_IMAGES,)), supervisor)

        assert not any(first.containers[0].image in line for line in supervisor.lines)


async def _names(executor: Executor, bench: Bench) -> set[str]:
    return {lasting(container.name) for container in (await own(executor, bench)).values()}
