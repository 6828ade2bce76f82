"""The contract of an executor. Subclass it, give it a fixture `bench`, and pytest runs every promise:

    class TestMine(ExecutorContract):
        @pytest.fixture
        def bench(self, tmp_path):
            return Bench(plugin="my_plugin", config={}, root=tmp_path, …)

Where the promises of `composia.plugins.executor.Executor` are tested; each test says its number:

1. AgainContract
2. EndContract; and what an implementation adds about its process groups
3. FailureContract
4. OperateContract
5. HungContract, for an executor with an engine that may hang: it has to give a fixture `hung` too
6. LimitContract
7. LeftContract
8. PruneContract
"""

import signal
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import anyio
import pytest

from composia.core.container import ContainerState, Port
from composia.core.service import HealthPolicy
from composia.core.step import StepName, StepState
from composia.core.task import TaskKind
from composia.errors import Invalid, NotPossible, TimedOut, Unavailable
from composia.plugins.testing.executor_bench import (
    LAST_WORDS,
    PUBLISHED,
    SECRET,
    Behaviour,
    Bench,
    Contract,
    Supervisor,
    done,
    own,
    released,
)
from composia.plugins.testing.executor_ends import (
    CANCELLED_WITHIN_S,
    EndContract,
    LeftContract,
    LimitContract,
    PruneContract,
)


class AgainContract(Contract):
    """Promise 1: an attempt that is taken up again comes to its true end, and nothing is called twice."""

    @pytest.mark.parametrize(
        ("behaviour", "state"),
        [(Behaviour.SLOW, ContainerState.RUNNING), (Behaviour.SLOW_EXITS, ContainerState.EXITED)],
    )
    async def test_1_after_a_kill_in_the_middle_the_true_end_is_reported(
        self, bench: Bench, behaviour: Behaviour, state: ContainerState
    ) -> None:
        """Whether it is a good one or not."""
        work = bench.work(behaviour=behaviour)
        agent = bench.in_another_process(work)
        await bench.until(lambda: bench.coming_up(work))
        agent.send_signal(signal.SIGKILL)
        agent.wait()

        async with bench.opened() as executor:
            outcome = await done(executor, work)
            seen = await own(executor, bench)

        assert {service: container.state for service, container in seen.items() if service == "web"} == {"web": state}
        assert (outcome.error is None) == (state is ContainerState.RUNNING)
        assert outcome.error is None or "exited with 3" in outcome.error.message
        assert outcome.release is not None
        assert outcome.release.good == (outcome.error is None)
        assert bench.ups() == 1

    async def test_1_an_attempt_that_had_ended_ends_the_same_again(self, bench: Bench) -> None:
        """The agent was killed before it could write the end down."""
        work = bench.work(behaviour=Behaviour.RUNS)
        async with bench.opened() as executor:
            first = await released(executor, work)
            before = await own(executor, bench)
        async with bench.opened() as executor:
            second = await released(executor, work)
            after = await own(executor, bench)

        assert second.containers == first.containers
        assert after == before
        assert bench.ups() == 1

    async def test_1_a_restart_is_not_made_twice(self, bench: Bench) -> None:
        """Nobody could tell whether it had happened."""
        async with bench.opened() as executor:
            release = await released(executor, bench.work(behaviour=Behaviour.RUNS))
            work = bench.work(TaskKind.RESTART, last=release)
            assert (await done(executor, work)).error is None
            before = await own(executor, bench)
        async with bench.opened() as executor:
            assert (await done(executor, work)).error is None

            assert await own(executor, bench) == before


class FailureContract(Contract):
    """Promise 3: a failure is an outcome that says what is to blame."""

    async def test_3_a_container_that_exits_is_named_with_its_code_and_last_lines(self, bench: Bench) -> None:
        """And no secret is in them."""
        async with bench.opened() as executor:
            outcome = await done(executor, bench.work(behaviour=Behaviour.EXITS))
            name = (await own(executor, bench))["web"].name

        assert outcome.error is not None
        assert (outcome.error.code, outcome.error.where) == (NotPossible.code, f"container {name}")
        assert "exited with 3" in outcome.error.message
        assert LAST_WORDS in outcome.error.message
        assert SECRET not in repr(outcome)
        assert outcome.release is not None
        assert not outcome.release.good

    async def test_3_a_crash_loop_is_found_before_the_deadline(self, bench: Bench) -> None:
        """Although the engine restarts it for ever."""
        async with bench.opened() as executor:
            outcome = await done(executor, bench.work(behaviour=Behaviour.CRASHES))

        assert outcome.error is not None
        assert outcome.error.code == NotPossible.code
        assert "again and again" in outcome.error.message
        assert "exit code is 3" in outcome.error.message
        assert LAST_WORDS in outcome.error.message

    async def test_3_what_does_not_become_healthy_fails_at_the_deadline(self, bench: Bench) -> None:
        """It may still be about to."""
        impatient = HealthPolicy(deadline_s=15.0, stable_for_s=0.5)
        async with bench.opened() as executor:
            outcome = await done(executor, bench.work(behaviour=Behaviour.UNHEALTHY, health=impatient))

        assert outcome.error is not None
        assert outcome.error.code == TimedOut.code
        assert "unhealthy" in outcome.error.message
        assert "15 s" in outcome.error.message

    async def test_3_files_that_are_wrong_fail_before_anything_changes(self, bench: Bench) -> None:
        """There is no release then."""
        async with bench.opened() as executor:
            outcome = await done(executor, bench.work(behaviour=Behaviour.BROKEN))

            assert await own(executor, bench) == {}
        assert outcome.error is not None
        assert outcome.error.code == Invalid.code
        assert outcome.release is None

    async def test_3_what_is_not_there_cannot_be_started(self, bench: Bench) -> None:
        """It has to be deployed."""
        async with bench.opened() as executor:
            outcome = await done(executor, bench.work(TaskKind.START, Behaviour.RUNS))

        assert outcome.error is not None
        assert outcome.error.code == NotPossible.code


class ChangeContract(Contract):
    """A deploy changes what has to be changed and nothing else."""

    @pytest.mark.parametrize("behaviour", [Behaviour.RUNS, Behaviour.HEALTHY])
    async def test_a_deploy_brings_a_service_up(self, bench: Bench, behaviour: Behaviour) -> None:
        """And says what it left."""
        work, supervisor = bench.work(behaviour=behaviour), Supervisor()
        async with bench.opened() as executor:
            outcome = await executor.run(work, supervisor)
            container = (await own(executor, bench))["web"]

        assert outcome.error is None
        assert container.state is ContainerState.RUNNING
        release = outcome.release
        assert release is not None
        assert (release.service, release.node, release.task) == ("bench", "node-a", "task-1")
        assert (release.revision, release.bundle, release.project) == ("4f1c", "sha256:b0", bench.project)
        [made] = release.containers
        assert (made.service, made.config_hash, made.image_id) == ("web", container.config_hash, container.image_id)
        assert (StepName.UP, StepState.SUCCEEDED) in supervisor.steps
        assert (StepName.HEALTH, StepState.SUCCEEDED) in supervisor.steps

    async def test_a_job_that_finishes_is_up(self, bench: Bench) -> None:
        """Its release says that it ends by design, and it is not run again."""
        async with bench.opened() as executor:
            release = await released(executor, bench.work(behaviour=Behaviour.FINISHES))
            before = await own(executor, bench)
            await released(executor, bench.work(behaviour=Behaviour.FINISHES, last=release))

            assert await own(executor, bench) == before
        assert [container.one_shot for container in release.containers] == [True]

    async def test_a_release_says_how_many_containers_a_service_has(self, bench: Bench) -> None:
        """So that it is noticed when one of them is gone."""
        async with bench.opened() as executor:
            thrice = await released(executor, bench.work(behaviour=Behaviour.THRICE))
            there = [c.service for c in await executor.inventory() if c.project == bench.project]
            once = await released(executor, bench.work(behaviour=Behaviour.RUNS, last=thrice))

        assert there == ["web", "web", "web"]
        assert [container.count for container in thrice.containers] == [3]
        assert [container.count for container in once.containers] == [1]

    async def test_what_has_not_changed_is_left_alone(self, bench: Bench) -> None:
        """The container stays the same."""
        async with bench.opened() as executor:
            release = await released(executor, bench.work(behaviour=Behaviour.RUNS))
            before = await own(executor, bench)
            supervisor = Supervisor()
            await executor.run(bench.work(behaviour=Behaviour.RUNS, last=release), supervisor)

            assert await own(executor, bench) == before
        assert "plan: web: keep" in supervisor.lines

    async def test_another_configuration_makes_another_container(self, bench: Bench) -> None:
        """And the plan says why."""
        async with bench.opened() as executor:
            release = await released(executor, bench.work(behaviour=Behaviour.RUNS))
            before = await own(executor, bench)
            supervisor = Supervisor()
            await executor.run(bench.work(behaviour=Behaviour.RUNS_CHANGED, last=release), supervisor)

            assert (await own(executor, bench))["web"].id != before["web"].id
        assert "plan: web: recreate, its configuration changed" in supervisor.lines

    async def test_other_content_of_a_mounted_file_makes_another_container(self, bench: Bench) -> None:
        """Although its configuration is the same."""
        async with bench.opened() as executor:
            release = await released(executor, bench.work(behaviour=Behaviour.RUNS))
            before = await own(executor, bench)
            supervisor, work = Supervisor(), bench.work(last=release)
            (work.directory / "page.txt").write_text("another page\n")
            await executor.run(work, supervisor)

            after = await own(executor, bench)
        assert after["web"].id != before["web"].id
        assert after["web"].state is ContainerState.RUNNING
        assert "plan: web: remount, the content of mounted files changed" in supervisor.lines


class OperateContract(Contract):
    """Stop, start, restart and down; and promise 4."""

    async def test_an_instance_is_stopped_started_restarted_and_taken_down(self, bench: Bench) -> None:
        """By its project's name alone."""
        async with bench.opened() as executor:
            release = await released(executor, bench.work(behaviour=Behaviour.RUNS))
            states = []
            for kind in (TaskKind.STOP, TaskKind.START, TaskKind.RESTART, TaskKind.DOWN):
                work = bench.work(kind, last=release)
                (work.directory / "compose.yaml").unlink(missing_ok=True)
                assert (await done(executor, work)).error is None
                states.append([container.state for container in (await own(executor, bench)).values()])

        running, stopped = [ContainerState.RUNNING], [ContainerState.EXITED]
        assert states == [stopped, running, running, []]

    async def test_4_nothing_in_the_service_directory_is_touched(self, bench: Bench) -> None:
        """Whatever is done."""
        async with bench.opened() as executor:
            work = bench.work(behaviour=Behaviour.RUNS)
            before = tree(work.directory)
            release = await released(executor, work)
            for kind in (TaskKind.STOP, TaskKind.START, TaskKind.RESTART, TaskKind.DOWN):
                await done(executor, bench.work(kind, last=release))

        assert tree(work.directory) == before

    async def test_the_inventory_is_sorted_by_name(self, bench: Bench) -> None:
        """So that equal lists are equal."""
        async with bench.opened() as executor:
            await released(executor, bench.work(behaviour=Behaviour.RUNS))
            names = [container.name for container in await executor.inventory()]

        assert names == sorted(names)
        assert any(name.startswith(bench.project) for name in names)

    async def test_the_inventory_tells_what_is_published_while_it_runs(self, bench: Bench) -> None:
        """On which address, and by which protocol."""
        work, stop = bench.work(behaviour=Behaviour.PUBLISHES), bench.work(kind=TaskKind.STOP)
        async with bench.opened() as executor:
            await released(executor, work)
            running = (await own(executor, bench))["web"]
            await done(executor, stop)
            stopped = (await own(executor, bench))["web"]

        port = Port(number=PUBLISHED, protocol="tcp", address="127.0.0.1")
        assert running.ports == (port,)
        assert stopped.ports == ()

    async def test_facts_tell_the_size_of_the_host(self, bench: Bench) -> None:
        """And the versions of what runs there, and the name of the engine, which stays."""
        async with bench.opened() as executor:
            facts = await executor.facts()
        async with bench.opened() as executor:
            again = await executor.facts()

        assert min(facts.cpus, facts.memory_bytes) > 0
        assert all((facts.os, facts.architecture, facts.kernel, facts.docker_version, facts.compose_version))
        assert facts.engine_id
        assert again.engine_id == facts.engine_id


class HungContract(Contract):
    """Promise 5: nothing is waited for without end. `hung` is a context in which the engine does not answer."""

    async def test_5_a_hung_engine_is_an_error(
        self, bench: Bench, hung: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """Of the inventory and of an attempt."""
        async with bench.opened() as executor:
            work = bench.work(behaviour=Behaviour.RUNS)
            with hung(), anyio.fail_after(CANCELLED_WITHIN_S):
                with pytest.raises(Unavailable):
                    await executor.inventory()
                outcome = await done(executor, work)
                facts = await executor.facts()

        assert outcome.error is not None
        assert outcome.error.code == Unavailable.code
        assert "does not answer" in outcome.error.message
        assert facts.docker_version == ""
        assert facts.cpus > 0

    async def test_5_an_engine_that_hangs_in_the_middle_is_an_error(
        self, bench: Bench, hung: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """While Compose waits for it."""
        work = bench.work(behaviour=Behaviour.SLOW)
        async with bench.opened() as executor:
            with ExitStack() as hanging, anyio.fail_after(2 * CANCELLED_WITHIN_S):

                async def hang() -> None:
                    await bench.until(lambda: bench.coming_up(work))
                    hanging.enter_context(hung())

                async with anyio.create_task_group() as agent:
                    agent.start_soon(hang)
                    outcome = await done(executor, work)

        assert outcome.error is not None
        assert outcome.error.code == Unavailable.code
        assert "does not answer" in outcome.error.message


class ExecutorContract(
    AgainContract,
    EndContract,
    FailureContract,
    ChangeContract,
    OperateContract,
    LimitContract,
    LeftContract,
    PruneContract,
):
    """Every promise of an executor but the fifth."""


def tree(directory: Path) -> Mapping[str, tuple[int, int, bytes]]:
    """Every file below a directory: its inode, when it was last written, and its content."""
    files = (file for file in directory.rglob("*") if file.is_file())
    return {str(f.relative_to(directory)): (f.stat().st_ino, f.stat().st_mtime_ns, f.read_bytes()) for f in files}
