"""What happens to simulated containers, told as an engine tells it."""

from collections.abc import AsyncGenerator, Iterator, Mapping

import anyio

from composia.builtin_plugins.simulated.world import World
from composia.clock import Clock
from composia.core.container import Container
from composia.plugins.executor_seeing import EngineEvent


async def follow(world: World, clock: Clock) -> AsyncGenerator[EngineEvent]:
    """Each event as it comes, after an empty one that says that it listens."""
    changed, looked_ms = world.changed, clock.now_ms()
    before = _by_id(world, looked_ms)
    yield EngineEvent()
    while True:
        turn_ms = world.next_turn_ms(looked_ms)
        with anyio.move_on_after(None if turn_ms is None else max(0, turn_ms - clock.now_ms()) / 1000):
            await changed.wait()
        changed, looked_ms = world.changed, clock.now_ms()
        after = _by_id(world, looked_ms)
        for container, action in _happened(before, after):
            ended = after.get(container, before.get(container)) if action == "die" else None
            yield EngineEvent(
                container=container,
                action=action,
                at_ns=looked_ms * 1_000_000,
                exit_code=ended.exit_code if ended else 0,
            )
        before = after


def _by_id(world: World, now_ms: int) -> dict[str, Container]:
    return {container.id: container for container in world.containers(now_ms)}


def _happened(before: Mapping[str, Container], after: Mapping[str, Container]) -> Iterator[tuple[str, str]]:
    for id_, was in before.items():
        if id_ not in after:
            if was.state.is_up:
                yield id_, "die"
            yield id_, "destroy"
    for id_, now in after.items():
        old = before.get(id_)
        if old is None:
            yield id_, "create"
        yield from ((id_, action) for action in _became(old, now))


def _became(was: Container | None, now: Container) -> Iterator[str]:
    is_new_start = was is None or (now.started_ms, now.state.is_up) != (was.started_ms, was.state.is_up)
    if was is not None and was.state.is_up and is_new_start:
        yield "die"
    if now.started_ms and (was is None or now.started_ms != was.started_ms):
        yield "start"
        if not now.state.is_up:
            yield "die"
    if was is not None and not is_new_start and now.health is not was.health:
        yield f"health_status: {now.health}"
