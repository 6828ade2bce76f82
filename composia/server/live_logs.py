"""Logs straight from the containers, through a tunnel to each: when no sink keeps them, or when somebody wants
those."""

import asyncio
import heapq
import re
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack, aclosing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from composia.core.container_log import LogEntry, LogPage, LogSource, LogsQuery
from composia.core.log_match import matcher
from composia.core.status import StatusReport
from composia.core.tunnel import Exited, LogsTarget
from composia.errors import ComposiaError, NotPossible
from composia.server.logs import KEEPALIVE_S, check_query
from composia.server.tunnels import Tunnels

MAX_CONTAINERS = 200
"""How many tunnels one question may open."""

LONGEST = 1024 * 1024
"""Bytes of a line; a longer one comes in pieces."""

PAGE = 200
FIRST_S = 1.0
"""After what time whoever follows containers that say nothing is told that he follows them."""

QUIET_S = 5.0
"""After what time without a line nothing more is expected of what was there before somebody began to follow."""

AT_HAND = 64
"""How many lines of a container are at hand."""

_TIME = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z ")


_Said = LogEntry | str
"""A line, or what there is to say of a container."""


@dataclass(frozen=True, kw_only=True)
class Printing:
    """A container whose log is asked for."""

    node: str
    source: LogSource


def printing(report: StatusReport, query: LogsQuery) -> tuple[Printing, ...]:
    """The containers that a question is about. `NotPossible` when there is none, or too many."""
    found = tuple(
        Printing(
            node=instance.node,
            source=LogSource(service=service.name, container=container.service, name=container.name, id=container.id),
        )
        for service in report.services
        for instance in service.instances
        for container in instance.containers
        if instance.node in (query.nodes or (instance.node,))
        and container.service in (query.containers or (container.service,))
    )
    if not found:
        raise NotPossible("there is no container to ask", hint="composia status")
    if len(found) > MAX_CONTAINERS:
        hint = "name services, --node or --container"
        raise NotPossible(f"{len(found)} containers are too many to ask at once", hint=hint)
    return found


async def read_live(
    tunnels: Tunnels, query: LogsQuery, containers: tuple[Printing, ...]
) -> AsyncGenerator[LogPage, None]:
    """The lines of all of them: by time, or with `follow` as they come. A container that cannot be asked is a note. Of lines over
    16 KiB the last ones may be fewer than `tail`, and the first without its beginning, as `LogsTarget` says."""
    check_query(query)
    past = _Past(query.tail, len(containers)) if query.follow and query.tail and query.grep else None
    streams = [
        anyio.create_memory_object_stream[_Said](AT_HAND) for _ in (containers[:1] if query.follow else containers)
    ]
    sends = [streams[0][0].clone() for _ in containers[1:]] if query.follow else []
    sends += [send for send, _ in streams]
    receives = [receive for _, receive in streams]
    listening = [
        asyncio.create_task(_listen(tunnels, query, container, send, past), name=f"listen to {container.source.name}")
        for container, send in zip(containers, sends, strict=True)
    ]
    if past is not None:
        listening.append(asyncio.create_task(past.end_in_silence(sends[0].clone()), name="end of the past"))
    said = _as_they_come(receives[0]) if query.follow else _by_time(receives)
    try:
        async with aclosing(_paged(said, 0 if query.follow else query.tail)) as pages:
            async for page in pages:
                yield page
        await asyncio.gather(*listening)
    finally:
        for one in listening:
            one.cancel()
        await asyncio.gather(*listening, return_exceptions=True)


async def _listen(
    tunnels: Tunnels, query: LogsQuery, container: Printing, send: MemoryObjectSendStream[_Said], past: "_Past | None"
) -> None:
    """Pass on what a container says, or in a line why it cannot be asked. Of what is `past`, that decides."""
    find = matcher(query)
    target = LogsTarget(
        container_id=container.source.id,
        since_ms=query.since_ms,
        until_ms=query.until_ms,
        tail=0 if find else query.tail,
        follow=query.follow,
    )
    now_ns = 0
    with send, suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        try:
            if past is not None:
                now_ns = await _last_at(tunnels, container, target)
                if not now_ns:
                    await past.end(send)
                    past = None
            async with aclosing(_printed(tunnels, container, target)) as lines:
                async for line in lines:
                    if past is not None and not past.goes_on():
                        past = None
                    if find is None or any(find(line.data + b"\n")):
                        if past is None:
                            await send.send(line)
                        else:
                            past.add(line)
                    if past is not None and line.at_ns >= now_ns:
                        await past.end(send)
                        past = None
        except ComposiaError as error:
            await send.send(f"{container.source.name} on {container.node}: {error}")
        if past is not None:
            await past.end(send)


async def _last_at(tunnels: Tunnels, container: Printing, target: LogsTarget) -> int:
    """When it printed its last line, in nanoseconds; 0 when it has printed none."""
    at_ns = 0
    async with aclosing(_printed(tunnels, container, replace(target, tail=1, follow=False))) as last:
        async for line in last:
            at_ns = line.at_ns
    return at_ns


async def _printed(tunnels: Tunnels, container: Printing, target: LogsTarget) -> AsyncGenerator[LogEntry, None]:
    """The lines that a tunnel to it brings, to their end."""
    cut = (_Lines(container, stderr=False), _Lines(container, stderr=True))
    async with tunnels.open(container.node, target) as tunnel, aclosing(tunnel.received()) as outputs:
        async for output in outputs:
            if isinstance(output, Exited):
                lines = [*cut[0].end(), *cut[1].end()]
            else:
                lines = [*cut[output.stderr].add(output.data)]
            for line in lines:
                yield line


class _Past:
    """What was there when somebody began to follow what he searches for: only the last of it is wanted, and an engine's tail
    counts other lines, too. So all of it is read, on the same stream as what comes, up to the line that was a container's last
    when it was asked; the last ones of all go out once each container has come so far, and what comes waits for them. One that
    has begun a line and not ended it never comes so far by itself: the past of all is over, too, after a while of silence."""

    def __init__(self, tail: int, containers: int) -> None:
        self._tail = tail
        self._reading = containers
        self._last: list[tuple[int, int, LogEntry]] = []
        self._number = 0
        self._telling = asyncio.Lock()
        self._over = asyncio.Event()
        self._heard = anyio.current_time()

    def goes_on(self) -> bool:
        """Whether it is not over; asked with each line of it."""
        self._heard = anyio.current_time()
        return not self._over.is_set()

    def add(self, line: LogEntry) -> None:
        """One of those that match."""
        self._number += 1
        put = heapq.heappush if len(self._last) < self._tail else heapq.heappushpop
        put(self._last, (line.at_ns, self._number, line))

    async def end(self, send: MemoryObjectSendStream[_Said]) -> None:
        """That of a container is over; returns once that of all is."""
        self._reading -= 1
        if not self._reading:
            await self._tell(send)
        await self._over.wait()

    async def end_in_silence(self, send: MemoryObjectSendStream[_Said]) -> None:
        """Return once it is over, which it is when nothing more comes of it."""
        with send, suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            while not self._over.is_set():
                with anyio.CancelScope(deadline=self._heard + QUIET_S):
                    await self._over.wait()
                if anyio.current_time() >= self._heard + QUIET_S:
                    await self._tell(send)

    async def _tell(self, send: MemoryObjectSendStream[_Said]) -> None:
        async with self._telling:
            while self._last:  # more may be added while a slow reader is waited for
                last, self._last = sorted(self._last), []
                for _, _, line in last:
                    await send.send(line)
            self._over.set()


class _Lines:
    """Cuts what one stream of a container prints into lines."""

    def __init__(self, container: Printing, *, stderr: bool) -> None:
        self._container = container
        self._stderr = stderr
        self._rest = b""
        self._at_ns = 0

    def add(self, data: bytes) -> Iterator[LogEntry]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield self._entry(line)
        if len(self._rest) > LONGEST:
            piece, self._rest = self._rest, b""
            yield self._entry(piece, partial=True)

    def end(self) -> Iterator[LogEntry]:
        """What came last, without a newline."""
        if self._rest:
            yield self._entry(self._rest)

    def _entry(self, line: bytes, *, partial: bool = False) -> LogEntry:
        if found := _TIME.match(line):
            whole = datetime.fromisoformat(found[1].decode()).replace(tzinfo=UTC)
            self._at_ns = round(whole.timestamp()) * 1_000_000_000 + int((found[2] or b"").ljust(9, b"0"))
            line = line[found.end() :]
        return LogEntry(
            node=self._container.node,
            source=self._container.source,
            at_ns=self._at_ns,
            stderr=self._stderr,
            data=line,
            partial=partial,
        )


async def _as_they_come(receive: MemoryObjectReceiveStream[_Said]) -> AsyncGenerator[list[_Said], None]:
    """What is said, as it is said; nothing soon, if nothing is said, and then after each while of silence."""
    silence_s = FIRST_S
    with receive:
        while True:
            said: list[_Said] = []
            try:
                with anyio.move_on_after(silence_s):  # not asyncio's, which may drop what has just been received
                    said.append(await receive.receive())
                while said and len(said) < PAGE:
                    said.append(receive.receive_nowait())
            except anyio.WouldBlock:
                pass
            except anyio.EndOfStream:
                if not said:
                    return
            yield said
            silence_s = KEEPALIVE_S


async def _by_time(sources: list[MemoryObjectReceiveStream[_Said]]) -> AsyncGenerator[list[_Said], None]:
    """The earliest of what the containers say next, again and again."""
    heads: list[tuple[int, int, LogEntry]] = []
    said: list[_Said] = []

    async def advance(at: int) -> None:
        with suppress(anyio.EndOfStream):
            while isinstance(one := await sources[at].receive(), str):
                said.append(one)
            heapq.heappush(heads, (one.at_ns, at, one))

    with ExitStack() as stack:
        for source in sources:
            stack.enter_context(source)
        for at in range(len(sources)):
            await advance(at)
        while heads:
            _, at, entry = heapq.heappop(heads)
            said.append(entry)
            await advance(at)
            if len(said) >= PAGE:
                yield said.copy()
                said.clear()
        yield said


async def _paged(said: AsyncGenerator[list[_Said], None], tail: int) -> AsyncGenerator[LogPage, None]:
    """Pages of it, with `tail` of the last lines."""
    last: deque[LogEntry] = deque(maxlen=tail or None)
    async with aclosing(said):
        async for some in said:
            for note in some:
                if isinstance(note, str):
                    yield LogPage(note=note)
            last += (entry for entry in some if isinstance(entry, LogEntry))
            if not tail:
                yield LogPage(entries=tuple(last))
                last.clear()
    while last:
        yield LogPage(entries=tuple(last.popleft() for _ in range(min(PAGE, len(last)))))
