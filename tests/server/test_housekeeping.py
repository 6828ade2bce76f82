"""What has ended is kept for a time, and what is needed for as long as it is."""

import os
from dataclasses import replace

import anyio
import pytest

from composia.core.attempt import Retries
from composia.core.session import Accepted, Attempt, Finished, LogBatch, Report
from composia.core.task import TaskError, TaskState
from composia.errors import Unavailable
from composia.plugins.api import RetryRequest
from composia.plugins.queue import TaskFilter
from composia.server import housekeeping
from composia.server.housekeeping import Keeping, tidy
from tests.server.world import World

pytestmark = pytest.mark.anyio

DAY_S = 86_400


async def deploy(world: World, service: str = "web") -> str:
    """Deploy to the end, with a line of output; the task."""
    await world.commit(service, "a")
    async with world.agent("a") as agent:
        await world.people.deploy(world.request(service))
        run = await agent.hear_run()
        await agent.finish(run)
    await world.plane.output.append(
        LogBatch(attempt=Attempt(task=run.attempt.task, number=1), offset=0, data=b"line\n")
    )
    return run.attempt.task


async def tasks(world: World) -> set[str]:
    return {task.id for task in (await world.plane.queue.tasks(TaskFilter(), 100)).items}


def outputs(world: World) -> set[str]:
    return {path.name for path in world.plane.output._directory.iterdir()}


async def test_work_that_ended_long_ago_goes_with_its_output_and_the_rest_stays(world: World) -> None:
    old = await deploy(world)
    world.clock.advance(50 * DAY_S)
    new = await deploy(world)
    world.clock.advance(50 * DAY_S)

    await tidy(world.plane, Keeping(deployments_days=90))

    assert await tasks(world) == {new}
    assert outputs(world) == {f"{new}.1"}
    assert old != new


async def test_bundles_go_that_no_release_and_no_open_task_has_unless_they_are_fresh(world: World) -> None:
    await deploy(world)
    bundles = world.repo.parent / "bundles"
    (first,) = bundles.iterdir()
    os.utime(first, (0, 0))
    await world.commit("web", "a", image="newer")
    await world.people.deploy(world.request("web"))  # it waits, for nobody is connected
    for path in bundles.iterdir():
        os.utime(path, (0, 0))
    unused = bundles / f"{'a' * 64}.tar.gz"
    unused.touch()
    os.utime(unused, (0, 0))
    fresh = bundles / f"{'b' * 64}.tar.gz"
    fresh.touch()

    await tidy(world.plane, Keeping())

    assert first.exists()
    assert fresh.exists()
    assert not unused.exists()
    assert len(list(bundles.iterdir())) == 3


async def test_the_bundle_of_what_did_not_succeed_stays_for_its_retry(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        run = await agent.hear_run()
        await agent.send(Report(attempt=run.attempt, number=1, body=Finished(state=TaskState.FAILED)))
        await agent.hear()
        (bundle,) = (world.repo.parent / "bundles").iterdir()
        os.utime(bundle, (0, 0))

        await tidy(world.plane, Keeping())
        await world.people.retry(RetryRequest(request_id="again", task=run.attempt.task))

        assert (await agent.hear_run()).order == run.order
        assert bundle.exists()


async def test_the_bundle_of_what_is_retried_meanwhile_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = world.plane.queue
    kept_bundles = queue.kept_bundles

    async def kept_and_then_retried() -> frozenset[str]:
        kept = await kept_bundles()
        await world.people.retry(RetryRequest(request_id="again", task=run.attempt.task))
        return kept

    monkeypatch.setattr(queue, "kept_bundles", kept_and_then_retried)
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        run = await agent.hear_run()
        await agent.send(Report(attempt=run.attempt, number=1, body=Accepted()))
        await agent.hear()
        error = TaskError(code=Unavailable.code, message="it is gone")
        lost = await queue.release_lease(run.attempt, error, Retries(attempts=1), world.clock.now_ms())
        assert lost.state is TaskState.LOST
        (bundle,) = (world.repo.parent / "bundles").iterdir()
        os.utime(bundle, (0, 0))

        await tidy(world.plane, Keeping())

        assert bundle.exists()


async def test_files_that_cannot_be_removed_are_tried_again_and_the_server_lives(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    async def stubborn(*_: object, **__: object) -> int:
        nonlocal tries
        tries += 1
        if tries > 1:
            raise Unavailable("the store does not answer")  # what is of the queue ends it
        raise PermissionError(1, "no")

    monkeypatch.setattr(housekeeping, "EVERY_S", 0.0)
    monkeypatch.setattr(world.plane.output, "trim", stubborn)
    with pytest.raises(Unavailable), anyio.fail_after(60):
        await housekeeping.keep_house(world.plane, Keeping())

    assert tries == 2


async def test_a_large_backlog_is_forgotten_in_bites(world: World) -> None:
    for _ in range(4):
        last = await deploy(world)
    world.clock.advance(400 * DAY_S)
    bites: list[int] = []
    queue = world.plane.queue
    forget = queue.forget

    async def bite(keep: object, limit: int) -> object:
        bites.append(limit)
        return await forget(keep, 1)  # type: ignore[arg-type]

    world.plane = replace(world.plane)
    queue.forget = bite  # type: ignore[assignment, method-assign]
    await tidy(world.plane, Keeping(deployments_days=1))

    assert await tasks(world) == {last}
    assert len(bites) == 4
