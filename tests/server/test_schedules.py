"""Schedules: due by the clock of their time zone, once each, and what was not done is told with the reason."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from composia.core.schedule import Missed, RunOutcome, Schedule
from composia.core.task import Priority, PruneTarget, TaskKind
from composia.errors import Invalid, NotFound
from composia.plugins.api import ScheduleView, Started
from composia.plugins.queue import TaskFilter
from composia.server.cron import check_times, due_after, with_jitter
from composia.server.scheduled import carry_out
from composia.server.schedules import Schedules
from tests.server.world import World

pytestmark = pytest.mark.anyio

HOUR_S = 3600


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def hourly(kind: TaskKind = TaskKind.DEPLOY, **said: object) -> Schedule:
    return Schedule(name="hourly", cron="0 * * * *", timezone="UTC", kind=kind, **said)  # type: ignore[arg-type]


async def begun(world: World, *schedules: Schedule) -> Schedules:
    """As after a start of the server."""
    found = Schedules(schedules, world.plane.queue, world.clock)
    await found.load()
    return found


async def after(world: World, schedules: Schedules, seconds: float) -> ScheduleView:
    world.clock.advance(seconds)
    await schedules.tick(partial(carry_out, world.plane))
    return schedules.views()[0]


async def due(world: World, schedules: Schedules) -> ScheduleView:
    """Let it be due."""
    return await after(world, schedules, (schedules.views()[0].next_ms - world.clock.now_ms()) / 1000)


async def orders(world: World) -> Sequence[tuple[TaskKind, str, str]]:
    tasks = (await world.plane.queue.tasks(TaskFilter(), 100)).items
    return [(task.kind, task.service, task.node) for task in reversed(tasks)]


@pytest.mark.parametrize(
    ("cron", "timezone", "at", "due"),
    [
        pytest.param("30 3 * * *", "UTC", "2026-11-26T03:29:59", "2026-11-26T03:30:00", id="the same day"),
        pytest.param("30 3 * * *", "UTC", "2026-11-26T03:30:00", "2026-11-27T03:30:00", id="never twice"),
        pytest.param("30 3 * * *", "Asia/Tokyo", "2026-11-26T00:00:00", "2026-11-26T18:30:00", id="by its own clock"),
        pytest.param("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00", "2026-03-29T01:00:00", id="a skipped hour"),
        pytest.param("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00", "2026-10-26T01:30:00", id="a repeated hour"),
        pytest.param("30 2 * * *", "Europe/Berlin", "2026-10-25T01:00:00", "2026-10-26T01:30:00", id="as it begins"),
        pytest.param("@weekly", "UTC", "2026-11-26T00:00:00", "2026-11-29T00:00:00", id="by name"),
        pytest.param("0 0 29 2 *", "UTC", "2026-11-26T00:00:00", "2028-02-29T00:00:00", id="in years"),
    ],
)
def test_it_is_due_by_the_clock_of_its_time_zone(cron: str, timezone: str, at: str, due: str) -> None:
    schedule = Schedule(name="s", cron=cron, timezone=timezone, kind=TaskKind.DEPLOY)
    assert due_after(schedule, ms(at)) == ms(due)


@pytest.mark.parametrize(
    ("cron", "timezone", "says"),
    [
        ("61 * * * *", "UTC", "61 * * * * is no cron expression: bad minute"),
        ("every day", "UTC", "every day is no cron expression: wrong number of fields"),
        ("0 0 30 2 *", "UTC", "0 0 30 2 * is no cron expression: bad day-of-month"),
        ("0 0 * * *", "Europe/Berln", "there is no time zone Europe/Berln"),
        ("0 0 * * *", "../etc/passwd", "there is no time zone ../etc/passwd"),
        ("0 0 * * *", "", "there is no time zone (nothing)"),
    ],
)
def test_what_cannot_be_read_is_refused(cron: str, timezone: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_times(cron, timezone)
    assert refused.value.message == says
    assert refused.value.hint


def test_jitter_is_another_one_each_time_but_the_same_after_a_restart() -> None:
    schedule = hourly(jitter_s=600.0)
    drawn = [with_jitter(schedule, due) - due for due in range(0, 100 * HOUR_S * 1000, HOUR_S * 1000)]
    assert drawn == [with_jitter(schedule, due) - due for due in range(0, 100 * HOUR_S * 1000, HOUR_S * 1000)]
    assert len(set(drawn)) > 90
    assert 0 <= min(drawn) < 100_000
    assert 500_000 < max(drawn) <= 600_000


async def test_a_deploy_of_what_changed_is_stored_once_it_is_due_and_then_planned_again(world: World) -> None:
    await world.commit("web", "a")
    async with world.agent("a"):
        schedules = await begun(world, hourly())
        when = schedules.views()[0].next_ms
        early = await after(world, schedules, (when - world.clock.now_ms()) / 1000 - 1)
        assert await orders(world) == []
        view = await after(world, schedules, 1)
        (task,) = (await world.plane.queue.tasks(TaskFilter(), 10)).items
        deployment = await world.plane.queue.deployment(task.deployment)

    assert early.last is None
    assert (view.last, view.last_ms, view.deployments) == (RunOutcome.STARTED, when, (deployment.id,))
    assert view.next_ms == when + HOUR_S * 1000
    assert (task.kind, task.priority) == (TaskKind.DEPLOY, Priority.SCHEDULE)
    assert deployment.created_by == "schedule hourly"


async def test_it_is_skipped_while_what_it_began_the_last_time_goes_on_and_says_so(world: World) -> None:
    await world.commit("web", "a")
    async with world.agent("a") as agent:
        schedules = await begun(world, hourly(services=("web",)))
        world.clock.advance((schedules.views()[0].next_ms - world.clock.now_ms()) / 1000)
        await agent.see()
        first = await after(world, schedules, 0)
        run = await agent.hear_run()
        second = await due(world, schedules)
        await agent.finish(run)
        third = await due(world, schedules)

    assert first.last is RunOutcome.STARTED
    assert (second.last, second.reason) == (
        RunOutcome.SKIPPED,
        f"{first.deployments[0]} of the last time has not ended",
    )
    assert (third.last, third.reason) == (RunOutcome.STARTED, "")


@pytest.mark.parametrize(
    ("missed", "outcome", "runs"), [(Missed.SKIP, RunOutcome.SKIPPED, 0), (Missed.ONCE, RunOutcome.STARTED, 1)]
)
async def test_times_that_passed_while_the_server_was_away_are_skipped_or_made_up_for_once(
    world: World, missed: Missed, outcome: RunOutcome, runs: int
) -> None:
    await world.commit("web", "a")
    async with world.agent("a"):
        schedule = hourly(services=("web",), missed=missed)
        before = (await begun(world, schedule)).views()[0]
        world.clock.advance(5 * HOUR_S)
        again = await begun(world, schedule)
        view = await after(world, again, 0)
        await after(world, again, 0)

    assert len(await orders(world)) == runs
    assert (view.last, view.last_ms) == (outcome, before.next_ms)
    assert view.reason == ("its time passed while the server was away" if missed is Missed.SKIP else "")
    assert world.clock.now_ms() < view.next_ms <= world.clock.now_ms() + HOUR_S * 1000


async def test_what_became_due_while_others_had_their_turn_was_not_missed(world: World) -> None:
    """However long that takes: in the same look, and in the one after it."""

    async def slowly(schedule: Schedule, request_id: str, by: str) -> Started:
        if schedule.name == "hourly":
            world.clock.advance(180)
        return await carry_out(world.plane, schedule, request_id, by)

    await world.commit("web", "a")
    async with world.agent("a"):
        beside = Schedule(name="beside", cron="0 * * * *", timezone="UTC", kind=TaskKind.RESTART)
        schedules = await begun(world, hourly(), beside, replace(beside, name="next", jitter_s=60.0))
        last = schedules.views()[-1]
        world.clock.advance((schedules.views()[0].next_ms - world.clock.now_ms()) / 1000)
        assert world.clock.now_ms() < last.next_ms <= world.clock.now_ms() + 60_000
        await schedules.tick(slowly)
        first, second, third = schedules.views()
        assert third.last is None
        await schedules.tick(slowly)
        third = schedules.views()[-1]
        world.clock.advance(2 * HOUR_S)
        await schedules.tick(slowly)

    assert first.last is RunOutcome.STARTED
    assert (second.last, second.reason) == (RunOutcome.SKIPPED, "nothing is to be done")
    assert (third.last_ms, third.reason) == (last.next_ms, "nothing is to be done")
    assert {view.reason for view in schedules.views()} == {"its time passed while the server was away"}


async def test_a_crash_between_the_work_and_its_note_asks_for_it_only_once(world: World) -> None:
    await world.commit("web", "a")
    async with world.agent("a"):
        schedule = hourly(services=("web",))
        schedules = await begun(world, schedule)
        state = schedules._states["hourly"]
        view = await due(world, schedules)
        await world.plane.queue.save_schedule(state)  # as it was before
        again = await after(world, await begun(world, schedule), 0)

    assert await orders(world) == [(TaskKind.DEPLOY, "web", "a")]
    assert again.deployments == view.deployments


async def test_a_restart_of_the_server_does_not_move_its_time_but_another_expression_does(world: World) -> None:
    schedules = await begun(world, hourly())
    await due(world, schedules)
    when = schedules.views()[0].next_ms
    world.clock.advance(60)
    assert (await begun(world, hourly())).views()[0].next_ms == when
    daily = Schedule(name="hourly", cron="0 12 * * *", timezone="UTC", kind=TaskKind.DEPLOY)
    assert (await begun(world, daily)).views()[0].next_ms > when


DAY_S = 24 * HOUR_S


@pytest.mark.parametrize("restarted", [False, True], ids=["while it runs", "at a start"])
@pytest.mark.parametrize(
    ("missed", "jitter_s", "is_run", "at_h"),
    [
        pytest.param(Missed.SKIP, 0.0, False, 1, id="what was skipped for the wrong time comes yet"),
        pytest.param(Missed.ONCE, 0.0, True, 2, id="what was made up for does not come again"),
        pytest.param(Missed.ONCE, 600.0, True, 2, id="with jitter"),
    ],
)
async def test_once_a_clock_that_was_ahead_is_right_again_it_is_due_again(
    world: World, missed: Missed, jitter_s: float, restarted: bool, is_run: bool, at_h: int
) -> None:
    await world.commit("web", "a")
    async with world.agent("a"):
        schedule = hourly(services=("web",), missed=missed, jitter_s=jitter_s)
        schedules = await begun(world, schedule)
        first_ms = schedules._states["hourly"].due_ms
        world.clock.set_wall(10 * DAY_S)
        ahead = await after(world, schedules, 0)
        world.clock.set_wall(-10 * DAY_S)
        view = (await begun(world, schedule)).views()[0] if restarted else await after(world, schedules, 1)
        again = await begun(world, schedule)

    assert ahead.next_ms > first_ms + 9 * DAY_S * 1000
    assert len(await orders(world)) == is_run
    due_ms = first_ms + (at_h - 1) * HOUR_S * 1000
    assert view.next_ms == with_jitter(schedule, due_ms)
    assert (view.last, view.last_ms) == (ahead.last, ahead.last_ms)
    assert again.views()[0] == view


async def test_what_it_did_while_the_clock_was_ahead_is_not_done_again(world: World) -> None:
    await world.commit("web", "a")
    async with world.agent("a") as agent:
        schedules = await begun(world, hourly(services=("web",)))

        async def done() -> ScheduleView:
            world.clock.advance((schedules.views()[0].next_ms - world.clock.now_ms()) / 1000)
            await agent.see()
            view = await after(world, schedules, 0)
            await agent.finish(await agent.hear_run())
            return view

        first = await done()
        world.clock.set_wall(-1)
        a_second_back = await after(world, schedules, 0)
        second = await done()
        world.clock.set_wall(-1.5 * HOUR_S)
        far_back = await after(world, schedules, 0)
        again = await due(world, schedules)

    assert a_second_back.next_ms == first.next_ms == second.last_ms
    assert far_back.next_ms == first.last_ms
    assert again.deployments == first.deployments != second.deployments
    assert len(await orders(world)) == 2


async def test_a_clock_that_is_right_leaves_the_time_as_it_is(world: World) -> None:
    schedule = hourly(jitter_s=5400.0)
    schedules = await begun(world, schedule)
    for _ in range(5):
        when = schedules.views()[0].next_ms
        while world.clock.now_ms() + 300_000 < when:
            assert (await after(world, schedules, 300)).next_ms == when
        view = await due(world, schedules)
        assert view.last_ms == when
        assert view.next_ms > when


async def test_what_is_refused_of_one_service_keeps_the_others_from_nothing(world: World) -> None:
    await world.commit("web", "a")
    async with world.agent("a") as agent:
        await world.people.deploy(world.request("web"))
        await agent.finish(await agent.hear_run())
        schedules = await begun(world, hourly(TaskKind.RESTART, services=("wbe", "web")))
        view = await due(world, schedules)

    assert (await orders(world))[1:] == [(TaskKind.RESTART, "web", "a")]
    assert (view.last, view.reason) == (RunOutcome.STARTED, "wbe: no service named wbe")


async def test_what_fails_as_a_whole_is_told(world: World) -> None:
    await world.commit("web", "a")
    async with world.agent("a"):
        view = await due(world, await begun(world, hourly(services=("wbe",))))
    assert (view.last, view.deployments) == (RunOutcome.FAILED, ())
    assert "no service named wbe" in view.reason


async def test_nothing_to_do_is_a_run_that_was_skipped(world: World) -> None:
    view = await due(world, await begun(world, hourly()))
    assert (view.last, view.reason) == (RunOutcome.SKIPPED, "nothing is to be done")


async def test_a_prune_without_nodes_is_of_all(world: World) -> None:
    async with world.agent("a"), world.agent("b"):
        what = (PruneTarget.UNUSED_IMAGES,)
        await due(world, await begun(world, hourly(TaskKind.PRUNE, prune=what)))
        tasks = (await world.plane.queue.tasks(TaskFilter(), 10)).items
    assert sorted((task.node, task.order.prune) for task in tasks) == [("a", what), ("b", what)]


async def test_a_run_by_hand_leaves_the_next_time_as_it_was(world: World) -> None:
    await world.commit("web", "a")
    async with world.agent("a"):
        schedules = await begun(world, hourly(services=("web",)))
        before = schedules.views()[0]
        view = await schedules.run_now("hourly", partial(carry_out, world.plane), "ada")
        with pytest.raises(NotFound) as refused:
            await schedules.run_now("hurly", partial(carry_out, world.plane), "ada")

    assert await orders(world) == [(TaskKind.DEPLOY, "web", "a")]
    assert (view.next_ms, view.last, view.last_ms) == (before.next_ms, RunOutcome.STARTED, world.clock.now_ms())
    assert refused.value.hint == "did you mean hourly?"


async def test_what_was_begun_by_hand_while_it_became_due_counts_as_the_last_time(world: World) -> None:
    await world.commit("web", "a")
    begins, may_go_on = asyncio.Event(), asyncio.Event()

    async def slowly(schedule: Schedule, request_id: str, by: str) -> Started:
        begins.set()
        await may_go_on.wait()
        return await carry_out(world.plane, schedule, request_id, by)

    async with world.agent("a"):
        schedules = await begun(world, hourly(services=("web",)))
        by_hand = asyncio.create_task(schedules.run_now("hourly", slowly, "ada"))
        await begins.wait()
        by_itself = asyncio.create_task(due(world, schedules))
        await asyncio.sleep(0)  # it is due, and waits for its turn
        may_go_on.set()
        (begun_by_hand,) = (await by_hand).deployments
        view = await by_itself

    assert (view.last, view.reason) == (RunOutcome.SKIPPED, f"{begun_by_hand} of the last time has not ended")
    assert await orders(world) == [(TaskKind.DEPLOY, "web", "a")]


async def test_a_run_by_hand_with_nothing_to_do_does_not_forget_what_still_goes_on(world: World) -> None:
    async def nothing(schedule: Schedule, request_id: str, by: str) -> Started:
        return Started(deployments=())

    await world.commit("web", "a")
    async with world.agent("a"):
        schedules = await begun(world, hourly(services=("web",)))
        first = await due(world, schedules)
        await schedules.run_now("hourly", nothing, "ada")
        second = await due(world, schedules)

    assert second.reason == f"{first.deployments[0]} of the last time has not ended"
