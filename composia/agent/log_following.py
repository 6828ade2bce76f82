"""Following the logs of the containers of this node's services, into the spool.

Docker keeps the logs itself. So when the spool is full, or its disk, nothing is thrown away: reading stops, and goes on later
at the position that was written with the last batch. Only what a container printed meanwhile is lost that is removed before
it is read; a line in its own log says so then.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf

import anyio
import anyio.abc

from composia.agent.backoff import Backoff
from composia.agent.bell import Bell
from composia.agent.log_gathering import Full, Gathering
from composia.agent.log_position import SECOND, LogPosition
from composia.agent.log_store import LogStore
from composia.agent.manifest import Records
from composia.agent.picture import Picture
from composia.clock import Clock
from composia.core.container import Container, ContainerState
from composia.core.container_log import LogSource
from composia.errors import ComposiaError, NotFound, NotPossible
from composia.plugins.executor_talking import LogLines, Remembering

log = logging.getLogger(__name__)

GATHER_S = 0.2
"""For how long lines are gathered into a batch."""

FIRST_LINES = 100_000
"""How much is taken of the log of a container that was there before its logs were followed at all."""

AGAIN_S = 0.2
"""How long it waits before it looks once more at a log that has ended twice."""

NOT_SEEN_S = 1.0
"""How long after the end of its log a container may still be seen to run."""


@dataclass(eq=False, kw_only=True)
class _Follower:
    """One container's. `life` is other in another run of it and once that has ended, `broken` says that its log was not read to
    its end the last time."""

    source: LogSource
    created_ms: int
    life: tuple[object, ...]
    is_up: bool
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    reading: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    gathering: Gathering | None = None
    broken: bool = False
    gone: bool = False


class LogFollowing:
    """One follower a container whose service's rule collects, as far as `picture` shows it. `bell` rings when another one does."""

    def __init__(
        self,
        executor: Remembering,
        store: LogStore,
        records: Records,
        picture: Callable[[], Picture],
        bell: Bell,
        clock: Clock,
    ) -> None:
        self._executor = executor
        self._store = store
        self._records = records
        self._picture = picture
        self._bell = bell
        self._clock = clock
        self._followers: dict[str, _Follower] = {}
        self._compared = Bell()
        self._gathered = anyio.Event()
        self._tasks: anyio.abc.TaskGroup

    async def run(self) -> None:
        """Follow for ever."""
        await self._store.open()
        compared: Picture | None = None
        async with anyio.create_task_group() as self._tasks:
            self._tasks.start_soon(self._put_again_and_again, name="gathered logs")
            while True:
                rung = self._bell.next
                # rules change only with work, and at its end there is another picture
                if (picture := self._picture()) is not compared:
                    compared = picture
                    self._compare(picture)
                    self._compared.ring()
                await rung.wait()

    def _compare(self, picture: Picture) -> None:
        """Begin to follow what has come, and no longer follow what is not to be collected. The log of a container that is gone
        is read to its end."""
        seen = {container.id for container in picture.containers}
        wanted = self._wanted(picture.containers)
        for id_, (source, container) in wanted.items():
            life, is_up = _life(container), container.state.is_up
            follower = self._followers.get(id_)
            if follower is None:
                follower = _Follower(source=source, created_ms=container.created_ms, life=life, is_up=is_up)
                self._followers[id_] = follower
                self._tasks.start_soon(self._follow, follower, name=f"log of {source.name}")
            follower.life, follower.is_up = life, is_up
        for id_, follower in self._followers.items():
            follower.gone = id_ not in seen
            if id_ in seen and id_ not in wanted:
                follower.scope.cancel()
        if not picture.status.problem:  # else they may be there, and only not be seen
            known = self._store.containers
            self._store.forget([id_ for id_ in known if id_ not in seen and id_ not in self._followers])

    def _wanted(self, containers: Iterable[Container]) -> dict[str, tuple[LogSource, Container]]:
        """What is to be followed, by id. What was never started has printed nothing, and of what bears a project's label only, but
        no service's, nobody could ask for the lines."""
        records = {record.project: record for record in self._records.all() if record.project}
        found = {}
        for container in containers:
            if container.state is ContainerState.CREATED or not container.service:
                continue
            record = records.get(container.project)
            if record is not None and record.logs.collect and container.service not in record.logs.without:
                service = record.manifest.service
                source = LogSource(service=service, container=container.service, name=container.name, id=container.id)
                found[container.id] = (source, container)
        return found

    async def _follow(self, follower: _Follower) -> None:
        with follower.scope:
            await self._read_all(follower)
        if follower.gathering is not None:
            with anyio.CancelScope(shield=True):
                await follower.gathering.finish()
        del self._followers[follower.source.id]

    async def _read_all(self, follower: _Follower) -> None:
        """Until the container is no more."""
        backoff, name, refused = Backoff(), follower.source.name, ""
        while True:
            life = follower.life
            try:
                await self._read(follower)
                follower.broken = False
                backoff.reset()
                if follower.is_up:  # else by the time that its end is seen it may have been removed, as by Compose
                    with suppress(NotPossible):  # it is being removed
                        await self._read(follower)
                await self._until_it_may_say_more(follower, life)
            except NotFound:
                await self._end(follower)
                return
            except NotPossible as error:
                if str(error) != refused:
                    refused = str(error)
                    log.warning("log cannot be followed", extra={"reason": refused, "hint": error.hint})
                await self._until_it_may_say_more(follower, life, refused=True)
            except Full as full:
                follower.broken = True
                log.warning("log waits", extra={"container": name, "reason": str(full)})
                await self._store.until_room()
            except (ComposiaError, OSError) as error:
                follower.broken = True
                log.info("log interrupted", extra={"container": name, "reason": str(error)})
                await self._pause(backoff.next())
            except Exception:
                follower.broken = True
                log.exception(
                    "log not followed", extra={"container": name}
                )  # of one container; it must not end the agent
                await self._pause(backoff.next())

    async def _read(self, follower: _Follower) -> None:
        """Read the log from where it was left to its end."""
        if follower.gathering is not None:
            await follower.gathering.finish()
        await self._store.until_room()
        source = follower.source
        position = self._store.position(source.id)
        is_older = position is None and follower.created_ms < self._store.created_ms
        gathering = follower.gathering = Gathering(self._store, source)
        stream = self._executor.logs(
            source.id,
            since_ns=position.rung[0] if position else 0,
            tail=FIRST_LINES if is_older else 0,
            follow=True,
        )
        with anyio.CancelScope() as follower.reading:
            async with aclosing(stream):
                async for lines in stream:
                    if is_older:
                        gathering.begin_at(lines.at_ns[0] + 1)
                    gathering.add(lines)
                    if gathering.is_large:
                        await gathering.put()
                    elif not gathering.is_empty:
                        self._gathered.set()
            await gathering.put()
        if gathering.stopped is not None:
            raise gathering.stopped

    async def _until_it_may_say_more(
        self, follower: _Follower, life: tuple[object, ...], *, refused: bool = False
    ) -> None:
        """After its log has ended: until the container is seen to have ended, as engines such as 20.10 may end the log before its last
        lines; until it has been started again, or is no more; or is seen to run although its end has had the time to be seen."""
        await anyio.sleep(AGAIN_S)
        seen_at = anyio.current_time() + NOT_SEEN_S
        while True:
            compared = self._compared.next
            is_up = follower.is_up and not refused
            if follower.gone or follower.life != life or (is_up and anyio.current_time() >= seen_at):
                return
            with anyio.CancelScope(deadline=seen_at if is_up else inf):
                await compared.wait()

    async def _pause(self, longest_s: float) -> None:
        """For so long, but not much longer than until something else is seen: an engine that is back, for one."""
        await anyio.sleep(AGAIN_S)
        with anyio.move_on_after(longest_s):
            await self._compared.next.wait()

    async def _end(self, follower: _Follower) -> None:
        """The container is no more. If its log could not be read to the end, its own log says so."""
        source, now_ns = follower.source, self._clock.now_ms() * (SECOND // 1000)
        position = self._store.position(source.id)
        if follower.broken:
            log.warning("end of a log lost", extra={"container": source.name})
            since = datetime.fromtimestamp(position.last_ns / SECOND, UTC).isoformat() if position else "its beginning"
            text = (
                f"composia: what was printed after {since} is lost: the container was removed before it could be read"
            )
            lines = LogLines(
                at_ns=(now_ns,), stderr=(True,), partial=(False,), ends=(len(text),), data=text.encode("ascii")
            )
            try:
                await self._store.append(source, lines, (position or LogPosition()).after(lines.at_ns))
            except OSError as error:
                log.error("loss not written", extra={"container": source.name, "reason": str(error)})  # noqa: TRY400
        self._store.forget([source.id])

    async def _put_again_and_again(self) -> None:
        """Lines that come one by one are put after a while, those of all containers together."""
        while True:
            await self._gathered.wait()
            await anyio.sleep(GATHER_S)
            self._gathered = anyio.Event()
            for follower in tuple(self._followers.values()):
                gathering, reading = follower.gathering, follower.reading  # meanwhile another reading may begin
                if gathering is not None and not gathering.is_empty:
                    try:
                        await gathering.put()
                    except (OSError, Full):
                        reading.cancel()


def _life(container: Container) -> tuple[object, ...]:
    return container.state.is_up, container.started_ms, container.restarts
