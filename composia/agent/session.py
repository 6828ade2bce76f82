"""One stream to the server, from Hello to its end."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

import anyio

from composia.agent.attempts import Attempts
from composia.agent.link import Link
from composia.agent.observer import Observer
from composia.agent.picture import Picture
from composia.agent.queries import Queries
from composia.agent.tunnels import Tunnels
from composia.agent.usage import Usage
from composia.agent.workload import Workload
from composia.core.session import (
    PROTOCOL_MAX,
    PROTOCOL_MIN,
    Acknowledged,
    AgentMessage,
    Attempt,
    Cancel,
    Changes,
    CloseTunnel,
    Fenced,
    Goodbye,
    Heartbeat,
    HeartbeatReply,
    Hello,
    OpenTunnel,
    Pace,
    Query,
    Reports,
    Run,
    ServerMessage,
    Welcome,
)
from composia.errors import ComposiaError, NotPossible, TimedOut, Unavailable
from composia.plugins.api import AgentApi

log = logging.getLogger(__name__)

WELCOME_S = 30.0
"""How long a server may take to answer Hello."""

CLOSE_S = 2.0
"""How long the end of a stream may take."""

AT_ONCE = 100
"""Reports in one message at most."""

MISSED_HEARTBEATS = 3
"""Heartbeats without a reply after which the server counts as gone."""


@dataclass(kw_only=True)
class Desk:
    """What a session speaks for; it outlives sessions."""

    attempts: Attempts
    workload: Workload
    observer: Observer
    usage: Usage
    tunnels: Tunnels
    queries: Queries
    link: Link
    plan_renewal: Callable[[float | None], None]
    enter_database: Callable[[str], Awaitable[bool]]


class Session:
    """Reports and heartbeats go up, orders and acknowledgements come down, and neither waits for the other."""

    def __init__(self, api: AgentApi, hello: Hello, desk: Desk) -> None:
        self._api = api
        self._hello = hello
        self._desk = desk
        self._welcome: Welcome | None = None
        self._welcomed = anyio.Event()
        self._beat = 0
        self._interval_s = 0.0
        self._next_beat = 0.0
        self._answered = 0.0
        self._sent: dict[Attempt, int] = {}
        self._shown: Picture | None = None
        self._want_inventory = False

    @property
    def welcome(self) -> Welcome | None:
        """The server's welcome, once it has come."""
        return self._welcome

    async def run(self) -> str:
        """Speak until the stream ends; returns why. Raises what the server refuses with, or the transport."""
        stream = self._api.session(self._messages())
        try:
            return await self._speak(stream)
        finally:
            if isinstance(stream, AsyncGenerator):  # else whoever collects garbage would end it, at any time
                with anyio.move_on_after(CLOSE_S, shield=True):
                    await stream.aclose()

    async def _speak(self, stream: AsyncIterator[ServerMessage]) -> str:
        welcome = await self._hear(stream, anyio.current_time() + WELCOME_S)
        if not isinstance(welcome, Welcome):
            raise Unavailable("the server did not answer with welcome")
        _check_protocol(welcome)
        if not await self._desk.enter_database(welcome.database):
            return "the server has another database now"
        self._begin(welcome)
        try:
            return await self._listen(stream, welcome)
        finally:
            await self._desk.link.down()

    def _begin(self, welcome: Welcome) -> None:
        self._welcome = welcome
        self._interval_s = welcome.heartbeat_s
        self._answered = anyio.current_time()
        self._desk.observer.pace(welcome.heartbeat_s)
        self._desk.usage.unpaced()
        self._desk.queries.begin()
        self._desk.link.up(self._api)
        self._desk.plan_renewal(welcome.renew_s)
        self._welcomed.set()
        log.info("connected", extra={"version": welcome.version, "heartbeat_s": welcome.heartbeat_s})

    async def _listen(self, stream: AsyncIterator[ServerMessage], welcome: Welcome) -> str:
        while True:
            message = await self._hear(stream, self._answered + MISSED_HEARTBEATS * welcome.heartbeat_s)
            if message is None:
                return "the server ended the stream"
            if isinstance(message, Goodbye):
                return message.reason
            heard = anyio.current_time()
            await self._take(message)
            self._answered += anyio.current_time() - heard  # meanwhile nobody has read what it answered

    async def _take(self, message: ServerMessage) -> None:
        match message:
            case Run():
                self._desk.workload.give(message)
            case Cancel():
                self._desk.workload.cancel(message.attempt)
            case Fenced():
                self._desk.workload.fence(message.attempt)
            case Acknowledged():
                await self._desk.attempts.acknowledge(message)
            case HeartbeatReply():
                self._answered = anyio.current_time()
                if message.want_inventory:
                    self._want_inventory = True
                    self._desk.attempts.bell.ring()
            case Welcome() | Goodbye():
                raise Unavailable(f"the server sent {type(message).__name__} out of turn")
            case _:
                self._pass_on(message)

    def _pass_on(self, message: ServerMessage) -> None:
        """What people want of the host."""
        match message:
            case Query():
                self._desk.queries.ask(message)
            case OpenTunnel():
                self._desk.tunnels.open(message)
            case CloseTunnel():
                self._desk.tunnels.close(message.tunnel)
            case Pace():
                self._desk.usage.pace(message.usage_s)

    async def _hear(self, stream: AsyncIterator[ServerMessage], deadline: float) -> ServerMessage | None:
        """The next message, None at the end; `TimedOut` at the deadline."""
        with anyio.CancelScope(deadline=deadline) as scope:
            try:
                return await anext(stream, None)
            except ComposiaError:
                if not scope.cancel_called:  # else it is how the transport says that the wait was given up
                    raise
        raise TimedOut("the server does not answer")

    async def _messages(self) -> AsyncIterator[AgentMessage]:
        yield self._hello
        await self._welcomed.wait()
        while True:
            rung = self._desk.attempts.bell.next
            if self._is_another_host():
                log.info("the session ends, to say what this host has now")
                return
            if message := self._news():
                yield message
            self._sent = {attempt: n for attempt, n in self._sent.items() if self._desk.attempts.knows(attempt)}
            while reports := self._desk.attempts.reports(self._sent)[:AT_ONCE]:
                self._sent |= {report.attempt: report.number for report in reports}
                yield Reports(reports=reports)
            for answer in self._desk.queries.take():
                yield answer
            with anyio.CancelScope(deadline=self._next_beat):
                await rung.wait()

    def _is_another_host(self) -> bool:
        """Whether engine or Compose are others than hello said, as after an upgrade, or when there was none."""
        facts = self._desk.observer.news_of_host()
        return facts is not None and replace(facts, version=self._hello.facts.version) != self._hello.facts

    def _news(self) -> Heartbeat | Changes | None:
        """A heartbeat when its time has come; or what is seen to be other than before, so that it is known at once, and before
        the report of what did it."""
        picture = self._desk.observer.picture
        if anyio.current_time() >= self._next_beat or self._want_inventory or self._shown is None:
            return self._heartbeat()
        if not picture.differs(self._shown):
            return None
        if changes := picture.changes_since(self._shown):
            self._shown = picture
            return changes
        return self._heartbeat()

    def _heartbeat(self) -> Heartbeat:
        picture = self._desk.observer.picture
        full = self._want_inventory or self._shown is None or picture.inventory != self._shown.inventory
        self._shown = picture
        self._want_inventory = False
        self._beat += 1
        self._next_beat = anyio.current_time() + self._interval_s
        return Heartbeat(
            number=self._beat,
            status=self._desk.observer.status_now(),
            inventory=picture.inventory,
            containers=picture.containers if full else None,
            workspaces=picture.workspaces if full else None,
            attempts=self._desk.attempts.unfinished(),
            usage=self._desk.usage.take(),
        )


def _check_protocol(welcome: Welcome) -> None:
    if not PROTOCOL_MIN <= welcome.protocol <= PROTOCOL_MAX:
        raise NotPossible(
            f"the server speaks protocol {welcome.protocol}, this agent {PROTOCOL_MIN} to {PROTOCOL_MAX}",
            hint=f"use Composia {welcome.version} on both sides",
        )
