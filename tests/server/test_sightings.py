"""Sightings: what agents report is kept as it was said, and only what is known is built upon."""

from dataclasses import replace

import pytest

from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.clock import ManualClock
from composia.core.container import Container, ContainerState
from composia.core.node import NodeStatus, Seen
from composia.core.session import Changes, Heartbeat
from composia.core.usage import ContainerUsages, HostUsage, NodeUsage
from composia.server.sightings import Sightings
from tests.server.world import container

WEB, DB = container("web"), container("db")
FULL = Heartbeat(number=1, status=NodeStatus(), inventory="i1", containers=(WEB, DB), workspaces=())
STOPPED = replace(WEB, state=ContainerState.EXITED)


@pytest.fixture
def sightings() -> Sightings:
    made = Sightings(ManualClock())
    assert made.take("a", FULL)
    return made


def seen(sightings: Sightings) -> tuple[Container, ...]:
    return sightings.seen("a").containers


def test_changes_of_a_known_inventory_are_what_it_is_from_then_on(sightings: Sightings) -> None:
    new = container("new")
    taken = sightings.take_changes(
        "a", Changes(before="i1", inventory="i2", containers=(STOPPED, new), gone=("db-id",))
    )
    beat = sightings.take("a", Heartbeat(number=2, status=NodeStatus(), inventory="i2"))

    assert (taken, beat, seen(sightings)) == (True, True, (new, STOPPED))


@pytest.mark.parametrize(("node", "before"), [("a", "i0"), ("b", "i1"), ("b", "")])
def test_changes_of_what_is_not_known_are_refused_and_change_nothing(
    node: str, before: str, sightings: Sightings
) -> None:
    taken = sightings.take_changes(node, Changes(before=before, inventory="i2", containers=(STOPPED,)))

    assert (taken, seen(sightings), sightings.of("b")) == (False, (DB, WEB), None)
    assert sightings.take("a", Heartbeat(number=2, status=NodeStatus(), inventory="i1"))


def test_it_is_told_of_what_is_other_than_before_and_not_of_load(sightings: Sightings) -> None:
    told: list[str] = []
    sightings.on_change = told.append
    load = NodeStatus(now_ms=7, host=HostUsage(load_1m=2.0))
    sightings.take("a", Heartbeat(number=2, status=load, inventory="i1"))
    sightings.take("a", replace(FULL, number=3))
    quiet = list(told)
    sightings.take("a", Heartbeat(number=4, status=NodeStatus(problem="a full disk"), inventory="i1"))
    sightings.take("a", replace(FULL, number=5, status=NodeStatus(problem="a full disk"), containers=(WEB,)))
    sightings.take_changes("a", Changes(before="i1", inventory="i2", containers=(STOPPED,)))
    sightings.take("b", FULL)

    assert (quiet, told) == ([], ["a", "a", "a", "b"])


def test_the_last_readings_of_containers_stay_between_two_of_them_and_grow_old() -> None:
    clock = ManualClock()
    sightings = Sightings(clock)
    read = ContainerUsages(names=("web-main-1",), memory_bytes=(7,))
    told: list[str] = []
    sightings.on_usage = told.append
    sightings.take("a", replace(FULL, usage=read))
    clock.advance(5)
    host = HostUsage(load_1m=2.0)
    sightings.take("a", Heartbeat(number=2, status=NodeStatus(host=host), inventory="i1"))

    assert sightings.usage("a") == NodeUsage(node="a", host=host, containers=read, containers_age_s=5.0)
    assert (sightings.usage("b"), told) == (None, ["a", "a"])


def test_readings_of_containers_that_are_old_are_told_no_more_though_the_host_goes_on() -> None:
    clock = ManualClock()
    sightings = Sightings(clock)
    sightings.take("a", FULL)
    never = sightings.usage("a")
    read = ContainerUsages(names=("web-main-1",), memory_bytes=(7,))
    sightings.take("a", replace(FULL, usage=read))
    clock.advance(60)
    sightings.take("a", Heartbeat(number=2, status=NodeStatus(), inventory="i1"))
    last = sightings.usage("a")
    clock.advance(0.125)
    old = sightings.usage("a")
    clock.advance(6.875)

    told = NodeUsage(node="a", host=HostUsage(), containers=None)
    assert never == told
    assert last == replace(told, containers=read, containers_age_s=60.0)
    assert old == replace(told, containers_age_s=60.125, host_age_s=0.125)
    assert sightings.usage("a") == replace(told, containers_age_s=67.0, host_age_s=7.0)


class Saved(MemoryQueue):
    """Notes what is saved."""

    def __init__(self) -> None:
        super().__init__()
        self.saved: list[list[str]] = []

    async def save_seen(self, seen: dict[str, Seen]) -> None:
        self.saved.append(sorted(seen))
        await super().save_seen(seen)


@pytest.mark.anyio
async def test_only_pictures_that_changed_are_saved_each_time_the_others_now_and_then_and_all_in_the_end() -> None:
    clock, queue = ManualClock(), Saved()
    sightings = Sightings(clock)
    for node in ("a", "b"):
        sightings.take(node, FULL)
    await sightings.save(queue)
    clock.advance(5)
    sightings.take("a", Heartbeat(number=2, status=NodeStatus(now_ms=5), inventory="i1"))
    sightings.take_changes("b", Changes(before="i1", inventory="i2", containers=(STOPPED,)))
    await sightings.save(queue)
    clock.advance(300)
    sightings.take("a", Heartbeat(number=3, status=NodeStatus(now_ms=6), inventory="i1"))
    await sightings.save(queue)
    clock.advance(5)
    sightings.take("a", Heartbeat(number=4, status=NodeStatus(now_ms=7), inventory="i1"))
    await sightings.save(queue)
    await sightings.save(queue, all_heard=True)

    assert queue.saved == [["a", "b"], ["b"], ["a"], ["a"]]
    assert (await queue.seen())["a"].status.now_ms == 7
