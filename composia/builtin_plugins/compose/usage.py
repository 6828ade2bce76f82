"""What the running containers use: from the kernel where the agent sees the host's files, else as the engine tells it."""

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import anyio
import anyio.to_thread
import msgspec

from composia.builtin_plugins.compose.cgroup import Cgroups
from composia.builtin_plugins.compose.engine_stats import read_stats
from composia.builtin_plugins.compose.engine_stream import EngineStreams
from composia.builtin_plugins.compose.reading import Measured, Reading, in_columns
from composia.core.usage import ContainerUsages
from composia.errors import ComposiaError, NotFound, NotPossible

AT_ONCE = 32
"""How many questions the engine is asked side by side: old engines take a second for each answer about what is used."""

_SHORTEST_S = 0.5
"""Over less time than that, how busy a container was says nothing."""


class _HostConfig(msgspec.Struct, frozen=True, rename="pascal"):
    network_mode: str = ""


class _Listed(msgspec.Struct, frozen=True, rename="pascal"):
    id: str
    names: tuple[str, ...] | None = None
    host_config: _HostConfig = _HostConfig()

    @property
    def name(self) -> str:
        return (self.names or (self.id[:12],))[0].removeprefix("/")

    @property
    def has_own_network(self) -> bool:
        """Whether it is not in the network of the host or of another container, whose traffic it would show as its own."""
        mode = self.host_config.network_mode
        return mode != "host" and not mode.startswith("container:")


class _State(msgspec.Struct, frozen=True, rename="pascal"):
    pid: int = 0
    started_at: str = ""


class _Inspected(msgspec.Struct, frozen=True, rename="pascal"):
    state: _State


@dataclass(frozen=True, kw_only=True)
class _Life:
    """A container from one start of it to its end: its first process, and when that began (engine's time, seconds)."""

    pid: int
    began_s: float


@dataclass(frozen=True, kw_only=True)
class _Moment:
    """What a life had of the processors by then, by a clock of which only differences count."""

    life: _Life
    cpu_ns: int
    at_s: float
    percent: float


class UsageReader:
    """Reads what all running containers use. How busy one was is over the time since the last reading, or, at the first
    reading, since its start."""

    def __init__(self, streams: EngineStreams, cgroups: Callable[[], Cgroups] = Cgroups) -> None:
        self._streams = streams
        self._make_cgroups = cgroups
        self._cgroups: Cgroups | None = None
        self._lives: dict[str, _Life] = {}
        self._unseen: dict[str, _Life] = {}
        self._last: dict[str, _Moment] = {}

    async def read(self) -> ContainerUsages:
        """All of them. `Unavailable` when the engine does not answer."""
        running = msgspec.json.decode(await self._streams.ask("GET", "/containers/json"), type=list[_Listed])
        self._forget({one.id for one in running})
        await self._inspect(one for one in running if one.id not in self._lives)
        found = await self._from_files(running)
        # another life than the one that is known, or files that cannot be seen
        await self._inspect(one for one in running if one.id not in found and not self._is_unseen(one))
        again = [one for one in running if one.id not in found and not self._is_unseen(one)]
        found |= await self._from_files(again)
        self._unseen |= {one.id: self._lives[one.id] for one in again if one.id not in found and one.id in self._lives}
        found |= await self._from_engine([one for one in running if self._is_unseen(one)])
        return in_columns(found.values())

    def _is_unseen(self, one: _Listed) -> bool:
        return one.id in self._unseen

    def _forget(self, running: set[str]) -> None:
        for known in (self._lives, self._unseen, self._last):
            for id_ in known.keys() - running:
                del known[id_]

    async def _inspect(self, containers: Iterable[_Listed]) -> None:
        async def inspect(one: _Listed) -> None:
            try:
                answer = await self._streams.ask("GET", f"/containers/{one.id}/json")
            except (NotFound, NotPossible):  # it went meanwhile
                return
            state = msgspec.json.decode(answer, type=_Inspected).state
            if state.pid:
                self._lives[one.id] = _Life(pid=state.pid, began_s=_seconds(state.started_at))

        await _side_by_side(inspect, containers)

    async def _from_files(self, containers: Iterable[_Listed]) -> dict[str, Measured]:
        known = [(one, self._lives[one.id]) for one in containers if one.id in self._lives and not self._is_unseen(one)]
        return await anyio.to_thread.run_sync(self._read_files, known) if known else {}

    def _read_files(self, known: list[tuple[_Listed, _Life]]) -> dict[str, Measured]:
        if self._cgroups is None:
            self._cgroups = self._make_cgroups()
        found = {}
        for one, life in known:
            reading = self._cgroups.read(life.pid, one.id, own_network=one.has_own_network)
            if reading is not None:
                found[one.id] = self._measured(one, life, reading, time.monotonic(), time.time())
        return found

    async def _from_engine(self, containers: Iterable[_Listed]) -> dict[str, Measured]:
        found: dict[str, Measured] = {}

        async def ask(one: _Listed) -> None:
            try:
                stats = await read_stats(self._streams, one.id)
            except (NotFound, NotPossible):
                return
            if stats is None:  # it has just ended; if it comes again, its files may be seen
                self._unseen.pop(one.id, None)
                return
            now_s, reading = _seconds(stats.at), stats.reading
            if not one.has_own_network:
                reading = replace(reading, received_bytes=0, sent_bytes=0)
            found[one.id] = self._measured(one, self._unseen[one.id], reading, now_s, now_s)

        await _side_by_side(ask, containers)
        return found

    def _measured(self, one: _Listed, life: _Life, reading: Reading, at_s: float, now_s: float) -> Measured:
        last = self._last.get(one.id)
        if last is None or last.life != life or reading.cpu_ns < last.cpu_ns:
            percent = _percent(reading.cpu_ns, now_s - life.began_s)
        elif at_s - last.at_s < _SHORTEST_S:
            return Measured(name=one.name, cpu_percent=last.percent, reading=reading)
        else:
            percent = _percent(reading.cpu_ns - last.cpu_ns, at_s - last.at_s)
        self._last[one.id] = _Moment(life=life, cpu_ns=reading.cpu_ns, at_s=at_s, percent=percent)
        return Measured(name=one.name, cpu_percent=percent, reading=reading)


async def _side_by_side(ask: Callable[[_Listed], Awaitable[None]], containers: Iterable[_Listed]) -> None:
    """Ask about each, so many at once; the first that cannot be asked at all is raised, for the others cannot be either."""
    failed: list[ComposiaError] = []
    limit = anyio.Semaphore(AT_ONCE)

    async def one(container: _Listed) -> None:
        async with limit:
            try:
                await ask(container)
            except ComposiaError as error:
                failed.append(error)
                group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for container in containers:
            group.start_soon(one, container)
    if failed:
        raise failed[0]


def _percent(cpu_ns: int, seconds: float) -> float:
    if seconds <= 0:  # the clock was set back to before the container's start: nobody knows over what time it was
        return 0.0
    return round(cpu_ns / 1e7 / max(seconds, _SHORTEST_S), 2)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp() if moment and not moment.startswith("0001-") else 0.0
