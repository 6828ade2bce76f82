"""What an interrupted `up` leaves behind, or the engine still removes for it, keeps the next one from working; it goes first."""

import re
from collections.abc import Iterable

import anyio

from composia.builtin_plugins.compose.calls import Result
from composia.builtin_plugins.compose.job import Job
from composia.builtin_plugins.compose.seen import Inspected
from composia.core.container import ContainerState

_TEMPORARY = re.compile(r"[0-9a-f]{12}_.+")
"""The name of a container that waits for the one it replaces to go."""
_WRECKAGE = re.compile(
    r'container name "/[0-9a-f]{12}_[^"]+" is already in use|task [0-9a-f]{64}: already exists|id already in use'
    r"|removal of container \S+ is already in progress|(?<!namespace of container: )No such container: [0-9a-f]{64}"
)
REMOVING_S = 10.0
"""How long the engine is waited for that is removing a container."""

AGAIN_S = 0.2

_NOT_RUNNING = (ContainerState.CREATED, ContainerState.EXITED, ContainerState.DEAD)


def left_wreckage(result: Result) -> bool:
    """Whether a call was interrupted, or failed over what an interrupted one had left."""
    return result.exit_code is None or (not result.good and _WRECKAGE.search(result.text) is not None)


async def settled(job: Job, seen: tuple[Inspected, ...]) -> tuple[Inspected, ...]:
    """The project's containers, as just seen, or as they are once the engine has removed what it is removing."""
    until = anyio.current_time() + REMOVING_S
    while any(one.container.state is ContainerState.REMOVING for one in seen) and anyio.current_time() < until:
        await anyio.sleep(AGAIN_S)
        seen = await job.engine.inspect(job.work.project)
    return seen


async def clear(job: Job, seen: Iterable[Inspected], *, thoroughly: bool) -> None:
    """Remove half-made replacements among the project's containers as just seen; `thoroughly` also every one that does not
    run."""
    broken = [one for one in seen if _is_broken(one, thoroughly=thoroughly)]
    for one in broken:
        job.say(f"repair: {one.container.name} ({one.container.state}) is removed, an earlier call left it unfinished")
        if one.anonymous_volumes:
            job.say(
                f"warning: {one.container.name} had {one.anonymous_volumes} volumes without a name; they stay behind"
            )
    if broken:
        await job.engine.remove([one.container for one in broken])


def _is_broken(one: Inspected, *, thoroughly: bool) -> bool:
    container = one.container
    return _TEMPORARY.fullmatch(container.name) is not None or (thoroughly and container.state in _NOT_RUNNING)
