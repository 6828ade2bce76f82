"""The contract of a queue: what becomes of attempts and of their deployments. Promises 4 and 6."""

# ruff: noqa: D102 - the name of a test is its sentence

from dataclasses import replace

import pytest

from composia.core.attempt import Retries
from composia.core.deployment import DeploymentState
from composia.core.service import OnFailure, RolloutPolicy
from composia.core.session import Accepted, Attempt, Finished, Report, StepReport
from composia.core.step import Step, StepName, StepState
from composia.core.task import TaskError, TaskKind, TaskState
from composia.errors import Conflict, Invalid, NotFound
from composia.plugins.queue import Queue
from composia.plugins.testing.work import (
    LEASE_MS,
    NOW,
    RETRIES,
    attempt,
    claimed,
    deployment,
    everything,
    finished,
    put,
    put_task,
    release,
    report,
    succeeded,
    sweep,
)

CRASHED = TaskError(code="not_possible", message="app: exited (3)", where="container web-app-1", hint="see its log")
WENT_AWAY = TaskError(code="unavailable", message="node-a went away")


class ReportContract:
    """Promise 4."""

    async def test_reports_tell_a_task_from_acceptance_to_its_end(self, queue: Queue) -> None:
        live = await claimed(queue, await put_task(queue, "r1", deployment()))

        accepted = await queue.report(report(live, 1), RETRIES, NOW + 10)
        assert accepted == replace(live, state=TaskState.RUNNING, reported=1)

        begun = await queue.report(
            report(live, 2, StepReport(name=StepName.PULL, state=StepState.RUNNING, elapsed_ms=100)),
            RETRIES,
            NOW + 1000,
        )
        pull = Step(name=StepName.PULL, state=StepState.RUNNING, started_ms=NOW + 900)
        assert begun == replace(accepted, reported=2, steps=(pull,))

        ended = await queue.report(
            report(live, 3, StepReport(name=StepName.PULL, state=StepState.SKIPPED, elapsed_ms=600, note="all there")),
            RETRIES,
            NOW + 1500,
        )
        pulled = Step(
            name=StepName.PULL, state=StepState.SKIPPED, started_ms=NOW + 900, duration_ms=600, note="all there"
        )
        assert ended == replace(begun, reported=3, steps=(pulled,))

        done = await queue.report(report(live, 4, succeeded(live)), RETRIES, NOW + 2000)
        assert done == replace(
            ended, state=TaskState.SUCCEEDED, reported=4, ended_ms=NOW + 2000, lease_until_ms=0, outputs=(42,)
        )
        assert await queue.task(live.id) == done
        assert await queue.live() == ()

    async def test_an_end_may_come_before_the_acceptance(self, queue: Queue) -> None:
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        done = await queue.report(report(live, 2, Finished(state=TaskState.FAILED, error=CRASHED)), RETRIES, NOW + 5)
        assert (done.state, done.error, done.ended_ms) == (TaskState.FAILED, CRASHED, NOW + 5)

    async def test_a_step_may_come_before_the_acceptance(self, queue: Queue) -> None:
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        task = await queue.report(report(live, 2, StepReport(name=StepName.UP, state=StepState.RUNNING)), RETRIES, NOW)
        assert task.state is TaskState.RUNNING

    async def test_an_attempt_ends_only_as_succeeded_failed_or_cancelled(self, queue: Queue) -> None:
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        before = await everything(queue)
        for state in set(TaskState) - {TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED}:
            with pytest.raises(Invalid):
                await queue.report(report(live, 1, Finished(state=state)), RETRIES, NOW)
        assert await everything(queue) == before

    async def test_reports_that_come_together_are_one_change_that_tells_when_each_came_about(
        self, queue: Queue
    ) -> None:
        """Promises 4 and 6."""
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        before = await queue.last_change()
        said: tuple[tuple[Accepted | StepReport, int], ...] = (
            (Accepted(), 60),
            (StepReport(name=StepName.PULL, state=StepState.RUNNING), 40),
            (StepReport(name=StepName.PULL, state=StepState.SUCCEEDED, elapsed_ms=30), 10),
            (StepReport(name=StepName.UP, state=StepState.RUNNING), 0),
        )
        together = tuple(
            Report(attempt=attempt(live), number=number, body=body, ago_ms=ago_ms)
            for number, (body, ago_ms) in enumerate(said, 1)
        )

        running = await queue.report(together, RETRIES, NOW)

        pull = Step(name=StepName.PULL, state=StepState.SUCCEEDED, started_ms=NOW - 40, duration_ms=30)
        up = Step(name=StepName.UP, state=StepState.RUNNING, started_ms=NOW)
        assert running == replace(live, state=TaskState.RUNNING, reported=4, steps=(pull, up))
        assert await queue.last_change() == before + 1

    async def test_reports_that_are_refused_together_change_nothing(self, queue: Queue) -> None:
        """Promise 4."""
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        before = await everything(queue)
        wrong = Finished(state=TaskState.LOST)
        with pytest.raises(Invalid):
            await queue.report((*report(live, 1), *report(live, 2, wrong)), RETRIES, NOW)
        assert await everything(queue) == before

    async def test_a_report_of_another_attempt_is_refused_and_changes_nothing(self, queue: Queue) -> None:
        """Promise 4."""
        old = await claimed(queue, await put_task(queue, "r1", deployment()))
        await queue.release_lease(attempt(old), WENT_AWAY, RETRIES, NOW)
        new = await claimed(queue, old.id)
        await queue.report(report(new, 1), RETRIES, NOW)
        before = await everything(queue)
        for number in (old.attempt, new.attempt + 1, 0):
            stranger = Attempt(task=old.id, number=number)
            for body in (Accepted(), succeeded(old)):
                with pytest.raises(Conflict):
                    await queue.report([Report(attempt=stranger, number=2, body=body)], RETRIES, NOW)
        assert await everything(queue) == before
        assert await queue.releases() == ()

    async def test_a_report_on_a_task_that_waits_or_has_ended_is_refused(self, queue: Queue) -> None:
        """Promise 4."""
        task = await put_task(queue, "r1", deployment())
        with pytest.raises(Conflict):
            await queue.report(report(task, 1), RETRIES, NOW)
        live = await claimed(queue, task)
        await queue.release_lease(attempt(live), WENT_AWAY, RETRIES, NOW)
        with pytest.raises(Conflict):
            await queue.report(report(live, 1), RETRIES, NOW)
        done = await finished(queue, task)
        before = await everything(queue)
        with pytest.raises(Conflict):
            await queue.report(report(done, 2, Finished(state=TaskState.FAILED)), RETRIES, NOW)
        assert await everything(queue) == before

    async def test_a_report_on_an_unknown_task_is_not_found(self, queue: Queue) -> None:
        task = await put_task(queue, "r1", deployment())
        with pytest.raises(NotFound):
            await queue.report(report(replace(task, id="t2", attempt=1), 1), RETRIES, NOW)

    async def test_a_repeated_report_changes_nothing(self, queue: Queue) -> None:
        """Promise 4."""
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        await queue.report(report(live, 1), RETRIES, NOW)
        running = await queue.report(
            report(live, 2, StepReport(name=StepName.UP, state=StepState.RUNNING)), RETRIES, NOW
        )
        before = await everything(queue)
        assert await queue.report(report(live, 1), RETRIES, NOW + 50) == running
        assert await queue.report(report(live, 2, succeeded(live)), RETRIES, NOW + 50) == running
        assert await everything(queue) == before
        assert await queue.releases() == ()

    async def test_an_end_that_is_reported_again_is_answered_as_it_was(self, queue: Queue) -> None:
        """Promise 4: the agent repeats it until it is acknowledged."""
        done = await finished(queue, await put_task(queue, "r1", deployment()))
        before = await everything(queue)
        assert await queue.report(report(done, 1, succeeded(done)), RETRIES, NOW + 50) == done
        assert await everything(queue) == before

    async def test_the_release_comes_with_the_end_and_belongs_to_the_tasks_instance(self, queue: Queue) -> None:
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        said = replace(release(live), service="other", node="node-z", task="t99", recorded_ms=5)
        await queue.report(report(live, 1, Finished(state=TaskState.SUCCEEDED, release=said)), RETRIES, NOW + 9)
        assert await queue.releases() == (replace(release(live), recorded_ms=NOW + 9),)

    async def test_the_last_and_the_last_good_release_of_each_instance_are_told_apart(self, queue: Queue) -> None:
        kept = {}
        for number, (service, node, good) in enumerate(
            [("web", "node-b", True), ("web", "node-a", True), ("db", "node-a", False), ("web", "node-a", False)]
        ):
            task = await put_task(queue, f"r{number}", deployment(node, service=service))
            recorded = replace(release(task, good=good), recorded_ms=NOW)
            state = TaskState.SUCCEEDED if good else TaskState.FAILED
            await finished(queue, task, Finished(state=state, release=release(task, good=good)))
            kept[number] = recorded
        assert await queue.releases() == (kept[2], kept[3], kept[0])
        assert await queue.good_releases() == (kept[1], kept[0])
        assert await queue.releases("db") == (kept[2],)
        assert await queue.good_releases("db") == ()


class LeaseContract:
    """Leases: renewed, expired, given up; and deadlines."""

    async def test_a_renewed_lease_begins_again(self, queue: Queue) -> None:
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        assert await queue.renew("node-a", [attempt(live)], LEASE_MS, NOW + 20_000) == ()
        assert await queue.task(live.id) == replace(live, lease_until_ms=NOW + 20_000 + LEASE_MS)
        assert await sweep(queue, NOW + LEASE_MS) == ()

    async def test_a_renewal_names_the_attempts_that_are_not_live_on_that_node(self, queue: Queue) -> None:
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        elsewhere = await claimed(queue, await put_task(queue, "r2", deployment("node-b")))
        ended = await finished(queue, await put_task(queue, "r3", deployment(service="db")))
        older = Attempt(task=live.id, number=live.attempt - 1)
        unknown = Attempt(task="t99", number=1)
        nonsense = Attempt(task="?", number=1)
        asked = [older, attempt(live), attempt(elsewhere), attempt(ended), unknown, nonsense]
        gone = await queue.renew("node-a", asked, LEASE_MS, NOW + 5)
        assert gone == (older, attempt(elsewhere), attempt(ended), unknown, nonsense)
        assert (await queue.task(live.id)).lease_until_ms == NOW + 5 + LEASE_MS
        assert await queue.task(elsewhere.id) == elsewhere

    async def test_a_deploy_whose_lease_ran_out_waits_again_and_longer_each_time(self, queue: Queue) -> None:
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        await queue.report(report(live, 1), RETRIES, NOW)
        (waiting,) = await sweep(queue, NOW + LEASE_MS)
        assert (waiting.state, waiting.not_before_ms) == (TaskState.PENDING, NOW + LEASE_MS + 1000)
        assert (waiting.lease_until_ms, waiting.started_ms, waiting.server) == (0, 0, "")
        assert waiting.error == TaskError(
            code="unavailable", message="node-a was not heard from until the lease of attempt 1 ran out"
        )
        assert await queue.waiting() == (waiting,)
        second = await claimed(queue, live.id, NOW + 2 * LEASE_MS)
        assert second.attempt == 2
        (waiting,) = await sweep(queue, NOW + 3 * LEASE_MS)
        assert waiting.not_before_ms == NOW + 3 * LEASE_MS + 2000

    async def test_a_deploy_is_lost_after_its_last_attempt(self, queue: Queue) -> None:
        task = await put_task(queue, "r1", deployment())
        for number in range(2):
            await claimed(queue, task, NOW + number * 2 * LEASE_MS)
            (swept,) = await sweep(queue, NOW + (number * 2 + 1) * LEASE_MS, Retries(attempts=2, backoff_ms=1_000))
        assert (swept.state, swept.attempt, swept.ended_ms) == (TaskState.LOST, 2, NOW + 3 * LEASE_MS)
        paused = await queue.deployment("d1")
        assert (paused.state, paused.reason) == (
            DeploymentState.PAUSED,
            "what became of t1 on node-a is not known",
        )

    async def test_a_restart_whose_lease_ran_out_is_lost(self, queue: Queue) -> None:
        live = await claimed(queue, await put_task(queue, "r1", deployment(kind=TaskKind.RESTART)))
        (lost,) = await sweep(queue, NOW + LEASE_MS)
        assert (lost.state, lost.ended_ms, lost.lease_until_ms) == (TaskState.LOST, NOW + LEASE_MS, 0)
        assert lost.error is not None
        assert await queue.task(live.id) == lost

    async def test_what_waited_past_its_deadline_fails(self, queue: Queue) -> None:
        task = await put_task(queue, "r1", deployment(wait_s=60))
        assert await sweep(queue, NOW + 59_999) == ()
        (late,) = await sweep(queue, NOW + 60_000)
        assert late == replace(
            task,
            state=TaskState.FAILED,
            ended_ms=NOW + 60_000,
            error=TaskError(code="timed_out", message="waited 60 s without being able to start"),
        )
        assert (await queue.deployment("d1")).state is DeploymentState.FAILED
        assert await sweep(queue, NOW + 60_000) == ()

    async def test_an_attempt_that_was_never_accepted_waits_again_at_once_whatever_its_kind(self, queue: Queue) -> None:
        live = await claimed(queue, await put_task(queue, "r1", deployment(kind=TaskKind.RESTART)))
        waiting = await queue.release_lease(attempt(live), WENT_AWAY, RETRIES, NOW + 5)
        assert (waiting.state, waiting.error, waiting.not_before_ms) == (TaskState.PENDING, WENT_AWAY, NOW + 5)
        assert await queue.claimable("node-a", NOW + 5) == (waiting,)

    async def test_an_accepted_deploy_that_is_given_up_waits_again_after_a_while(self, queue: Queue) -> None:
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        await queue.report(report(live, 1), RETRIES, NOW)
        waiting = await queue.release_lease(attempt(live), WENT_AWAY, RETRIES, NOW + 5)
        assert (waiting.state, waiting.not_before_ms, waiting.outputs) == (TaskState.PENDING, NOW + 1_005, (-1,))

    async def test_an_accepted_restart_that_is_given_up_is_lost(self, queue: Queue) -> None:
        live = await claimed(queue, await put_task(queue, "r1", deployment(kind=TaskKind.RESTART)))
        await queue.report(report(live, 1), RETRIES, NOW)
        lost = await queue.release_lease(attempt(live), WENT_AWAY, RETRIES, NOW + 5)
        assert (lost.state, lost.error, lost.ended_ms) == (TaskState.LOST, WENT_AWAY, NOW + 5)

    async def test_only_a_live_attempt_can_be_given_up(self, queue: Queue) -> None:
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        with pytest.raises(Conflict):
            await queue.release_lease(Attempt(task=live.id, number=2), WENT_AWAY, RETRIES, NOW)
        await queue.release_lease(attempt(live), WENT_AWAY, RETRIES, NOW)
        with pytest.raises(Conflict):
            await queue.release_lease(attempt(live), WENT_AWAY, RETRIES, NOW)
        with pytest.raises(NotFound):
            await queue.release_lease(Attempt(task="t9", number=1), WENT_AWAY, RETRIES, NOW)


class RolloutContract:
    """Promise 6."""

    async def test_a_deployment_runs_with_its_first_claim_and_ends_with_its_last_task(self, queue: Queue) -> None:
        """Promise 6."""
        first, second = (await put(queue, "r1", deployment("node-a", "node-b"))).tasks
        await claimed(queue, first)
        assert (await queue.deployment("d1")).state is DeploymentState.RUNNING
        await finished(queue, second, now_ms=NOW + 5)
        assert (await queue.deployment("d1")).state is DeploymentState.RUNNING
        await queue.report(report(await queue.task(first.id), 1, succeeded(first)), RETRIES, NOW + 9)
        ended = await queue.deployment("d1")
        assert (ended.state, ended.ended_ms) == (DeploymentState.SUCCEEDED, NOW + 9)

    async def test_a_failed_batch_pauses_the_deployment_and_says_why(self, queue: Queue) -> None:
        """Promise 6."""
        first, _ = (await put(queue, "r1", deployment("node-a", "node-b", batches=(0, 1)))).tasks
        await finished(queue, first, Finished(state=TaskState.FAILED, error=CRASHED))
        paused = await queue.deployment("d1")
        assert (paused.state, paused.batch, paused.reason) == (
            DeploymentState.PAUSED,
            0,
            "stopped after node-a failed",
        )

    async def test_a_deployment_goes_on_after_a_failure_where_its_policy_says_so(self, queue: Queue) -> None:
        """Promise 6."""
        new = deployment("node-a", "node-b", batches=(0, 1), rollout=RolloutPolicy(on_failure=OnFailure.CONTINUE))
        first, second = (await put(queue, "r1", new)).tasks
        await finished(queue, first, Finished(state=TaskState.FAILED, error=CRASHED))
        assert (await queue.deployment("d1")).batch == 1
        await finished(queue, second)
        ended = await queue.deployment("d1")
        assert (ended.state, ended.reason) == (DeploymentState.FAILED, f"node-a: {CRASHED}")

    async def test_a_pause_between_batches_is_over_with_the_first_sweep_after_it(self, queue: Queue) -> None:
        """Promise 6."""
        new = deployment("node-a", "node-b", batches=(0, 1), rollout=RolloutPolicy(pause_s=20))
        first, second = (await put(queue, "r1", new)).tasks
        await finished(queue, first)
        assert (await queue.deployment("d1")).resume_ms == NOW + 20_000
        assert await sweep(queue, NOW + 19_999) == ()
        assert await queue.claimable("node-b", NOW + 19_999) == ()
        assert await sweep(queue, NOW + 20_000) == ()
        resumed = await queue.deployment("d1")
        assert (resumed.batch, resumed.resume_ms) == (1, 0)
        assert await queue.claimable("node-b", NOW + 20_000) == (second,)

    async def test_a_batch_that_was_superseded_meanwhile_is_passed_over(self, queue: Queue) -> None:
        """Promise 6."""
        new = deployment("node-a", "node-b", "node-c", batches=(0, 1, 2))
        first, _, third = (await put(queue, "r1", new)).tasks
        await put(queue, "r2", deployment("node-b"))
        await finished(queue, first)
        assert (await queue.deployment("d1")).batch == 2
        assert await queue.claimable("node-c", NOW) == (third,)
