"""Reading what the containers use, so often as somebody wants to know it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import fields, replace

import anyio

from composia.agent.bell import Bell
from composia.agent.host import Host
from composia.core.usage import ContainerUsages
from composia.errors import ComposiaError
from composia.plugins.executor_seeing import Seeing

log = logging.getLogger(__name__)

EVERY_S = 15.0
"""How often they are read while nobody looks."""

SHORTEST_S, LONGEST_S = 1.0, 300.0
"""What a server may ask for."""

DISK_EVERY_S = 300.0
"""How often Docker is asked what it takes of the disk."""


class Usage:
    """Keeps the last reading until a heartbeat takes it. `told` gives the names of the containers that the server is told
    of, None for all; `restarts` how often each that was seen had been started again, by name."""

    def __init__(
        self,
        executor: Seeing,
        host: Host,
        told: Callable[[], frozenset[str] | None],
        restarts: Callable[[], Mapping[str, int]],
    ) -> None:
        self._executor = executor
        self._host = host
        self._told = told
        self._restarts = restarts
        self._every_s = EVERY_S
        self._paced = Bell()
        self._reading: ContainerUsages | None = None
        self._failing: dict[str, str] = {}

    @property
    def every_s(self) -> float:
        """How often it reads now."""
        return self._every_s

    def pace(self, every_s: float) -> None:
        """Read so often from now on; the first time at once if that is more often."""
        every_s = min(LONGEST_S, max(SHORTEST_S, every_s))
        if every_s != self._every_s:
            self._every_s = every_s
            self._paced.ring()

    def unpaced(self) -> None:
        """The server that wanted to know more often is gone."""
        self.pace(EVERY_S)

    def take(self) -> ContainerUsages | None:
        """The last reading, if it was not taken yet."""
        reading, self._reading = self._reading, None
        return reading

    async def run(self) -> None:
        """Read again and again; and, seldom, how much of the disk Docker takes."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._read_disk)
            while True:
                paced = self._paced.next
                await self.read()
                with anyio.move_on_after(self._every_s):
                    await paced.wait()

    async def read(self) -> None:
        """Read now. An engine that does not answer leaves no reading; whoever deploys says why."""
        try:
            usages = await self._executor.usage()
        except Exception as error:  # noqa: BLE001 - nothing else depends on it
            self._say("containers", error)
            return
        told = self._told()
        usages = usages if told is None else only(usages, told)
        self._reading = with_restarts(usages, self._restarts())
        self._failing.pop("containers", None)

    async def _read_disk(self) -> None:
        while True:
            try:
                self._host.docker = await self._executor.disk()
                self._failing.pop("disk", None)
            except Exception as error:  # noqa: BLE001 - likewise
                self._say("disk", error)
            await anyio.sleep(DISK_EVERY_S)

    def _say(self, what: str, error: Exception) -> None:
        if self._failing.get(what) != str(error):
            self._failing[what] = str(error)
            odd = None if isinstance(error, ComposiaError) else error
            level = logging.ERROR if odd else logging.INFO
            log.log(level, "what is used cannot be read", exc_info=odd, extra={"what": what, "reason": str(error)})


def only(usages: ContainerUsages, names: frozenset[str]) -> ContainerUsages:
    """The containers of these names."""
    kept = [place for place, name in enumerate(usages.names) if name in names]
    columns = {field.name: getattr(usages, field.name) for field in fields(usages)}
    return ContainerUsages(
        **{name: tuple(column[i] for i in kept) if column else () for name, column in columns.items()}
    )


def with_restarts(usages: ContainerUsages, seen: Mapping[str, int]) -> ContainerUsages:
    """With how often each was started again; as they are while one of them was not seen yet."""
    if not seen.keys() >= set(usages.names):
        return usages
    return replace(usages, restarts=tuple(seen[name] for name in usages.names))
