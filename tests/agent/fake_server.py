"""A control plane in the tests' own process: it keeps what agents say, and says what a test wants it to."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import anyio

from composia.core.container_log import ForwardedLogs, LogsKept
from composia.core.join import Joined, JoinRequest
from composia.core.session import (
    PROTOCOL_MAX,
    Accepted,
    Acknowledged,
    AgentMessage,
    Attempt,
    Changes,
    Finished,
    Goodbye,
    Heartbeat,
    HeartbeatReply,
    Hello,
    LogAck,
    LogBatch,
    Report,
    Reports,
    Run,
    ServerMessage,
    StepReport,
    Welcome,
)
from composia.core.token import NewCredential
from composia.core.tunnel import TunnelDown, TunnelOpened, TunnelUp
from composia.errors import ComposiaError, NotFound, Unavailable
from composia.plugins.transport import AgentConnection, Binding, ServerConnection, Serving, Target
from tests.agent.making import Files, in_chunks, make_archive, make_digest

T = TypeVar("T")
V = TypeVar("V")

PATIENCE_S = 100.0

MISSED_HEARTBEATS = 600
"""How many the agents of tests may miss, in place of three: those come so fast here that a busy machine misses as many
while everybody is well."""

CA = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n"


@dataclass(kw_only=True)
class FakeServer:
    """What it knows of one agent. It answers at once; what it withholds is set by the test. `shown` are the tokens that calls
    came with; with `renews` the first credential is to be renewed at once."""

    database: str = "db-1"
    protocol: int = PROTOCOL_MAX
    heartbeat_s: float = 0.1
    refusal: ComposiaError | None = None
    output_refusal: ComposiaError | None = None
    acknowledges: bool = True
    replies: bool = True
    keeps_output: bool = True
    stalls_bundles: bool = False
    stalled: int = 0
    renews: bool = False
    ca: str = CA
    shown: list[tuple[str, str]] = field(default_factory=list)
    credential_refusal: ComposiaError | None = None
    lost_answers: int = 0
    asked: list[JoinRequest | NewCredential] = field(default_factory=list)
    credentials: dict[str, str] = field(default_factory=dict)
    bundles: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    hellos: list[Hello] = field(default_factory=list)
    said: list[AgentMessage | Report] = field(default_factory=list)
    heartbeats: list[Heartbeat] = field(default_factory=list)
    changes: list[Changes] = field(default_factory=list)
    together: list[tuple[Report, ...]] = field(default_factory=list)
    applied: dict[Attempt, list[Report]] = field(default_factory=lambda: defaultdict(list))
    output: dict[Attempt, bytearray] = field(default_factory=lambda: defaultdict(bytearray))
    batches: list[LogBatch] = field(default_factory=list)
    forwarded: list[ForwardedLogs] = field(default_factory=list)
    tunnels: dict[str, list[TunnelUp]] = field(default_factory=dict)
    tunnel_input: dict[str, tuple[TunnelDown, ...]] = field(default_factory=dict)
    stalled_tunnels: set[str] = field(default_factory=set)
    opened: list[TunnelOpened] = field(default_factory=list)
    connections: int = 0
    open_sessions: int = 0
    _outbox: asyncio.Queue[ServerMessage | None] = field(default_factory=asyncio.Queue)
    _cut: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    # --- for tests

    def hold(self, files: Files) -> str:
        """Offer the bundle of those files."""
        digest = make_digest(files)
        self.bundles[digest] = make_archive(files)
        return digest

    def send(self, message: ServerMessage) -> None:
        """Say something on the open stream, or on the next."""
        self._outbox.put_nowait(message)

    def run(self, run: Run) -> Attempt:
        """Give an order."""
        self.send(run)
        return run.attempt

    def cut(self) -> None:
        """The network fails: every stream breaks."""
        self._cut.set()
        self._cut = asyncio.Event()
        self._outbox = asyncio.Queue()

    def bodies(self, attempt: Attempt) -> list[Accepted | StepReport | Finished]:
        """What was reported of an attempt, each report once."""
        return [report.body for report in self.applied[attempt]]

    def end(self, attempt: Attempt) -> Finished | None:
        """The end of an attempt, once it was reported."""
        return next((body for body in self.bodies(attempt) if isinstance(body, Finished)), None)

    async def ended(self, attempt: Attempt) -> Finished:
        """Wait for the end of an attempt."""
        return await self.until(lambda: self.end(attempt))

    async def until(self, condition: Callable[[], T | None]) -> T:
        """Wait until something said makes the condition true."""
        with anyio.fail_after(PATIENCE_S):
            while not (value := condition()):
                await self._changed.wait()
        return value

    def _note(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    # --- AgentApi

    async def join(self, request: JoinRequest) -> Joined:
        return self._keep(request, request.credential)

    async def renew_credential(self, credential: NewCredential) -> Joined:
        return self._keep(credential, credential)

    def _is_first(self, token: str) -> bool:
        return token.split("_")[1:2] == list(self.credentials)[:1]

    def _keep(self, asked: JoinRequest | NewCredential, credential: NewCredential) -> Joined:
        """Keep a credential; an answer that is lost is lost after that."""
        self.asked.append(asked)
        self._note()
        if self.credential_refusal is not None:
            raise self.credential_refusal
        assert self.credentials.setdefault(credential.id, credential.digest) == credential.digest
        if self.lost_answers:
            self.lost_answers -= 1
            raise Unavailable("the answer was lost")
        return Joined(node="n1", ca=self.ca, expires_ms=1)

    async def session(self, messages: AsyncIterator[AgentMessage]) -> AsyncIterator[ServerMessage]:
        token = next((token for method, token in reversed(self.shown) if method == "session"), "")
        hello = await anext(messages)
        assert isinstance(hello, Hello)
        self.hellos.append(hello)
        self._note()
        if self.refusal is not None:
            raise self.refusal
        outbox = self._outbox
        self.open_sessions += 1
        hearing = asyncio.create_task(self._hear(messages, outbox))
        try:
            yield Welcome(
                version="9",
                database=self.database,
                protocol=self.protocol,
                heartbeat_s=self.heartbeat_s,
                lease_s=30.0,
                renew_s=0.0 if self.renews and self._is_first(token) else None,
            )
            while message := await outbox.get():
                yield message
                if isinstance(message, Goodbye):
                    return
        finally:
            hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError, ComposiaError):
                await hearing
            if outbox is self._outbox:
                self._outbox = asyncio.Queue()
            self.open_sessions -= 1
            self._note()

    async def _hear(self, messages: AsyncIterator[AgentMessage], outbox: asyncio.Queue[ServerMessage | None]) -> None:
        try:
            await self._take_all(messages, outbox)
        finally:
            outbox.put_nowait(None)

    async def _take_all(
        self, messages: AsyncIterator[AgentMessage], outbox: asyncio.Queue[ServerMessage | None]
    ) -> None:
        async for message in messages:
            self.said += message.reports if isinstance(message, Reports) else [message]
            match message:
                case Heartbeat():
                    self.heartbeats.append(message)
                    if self.replies:
                        outbox.put_nowait(HeartbeatReply(number=message.number))
                case Changes():
                    self.changes.append(message)
                case Reports():
                    self.together.append(message.reports)
                    for report in message.reports:
                        self._apply(replace(report, ago_ms=0), outbox)
                case Hello():
                    raise AssertionError("hello comes once")
            self._note()

    def _apply(self, report: Report, outbox: asyncio.Queue[ServerMessage | None]) -> None:
        applied = self.applied[report.attempt]
        if not applied or report.number > applied[-1].number:
            applied.append(report)
        if self.acknowledges:
            outbox.put_nowait(Acknowledged(attempt=report.attempt, number=report.number))

    async def fetch_bundle(self, digest: str) -> AsyncIterator[bytes]:
        self.fetched.append(digest)
        self._note()
        if digest not in self.bundles:
            raise NotFound("no such bundle for this node", where=digest)
        async for chunk in in_chunks(self.bundles[digest], 50):
            yield chunk
            if self.stalls_bundles:
                self.stalled += 1
                self._note()
                await anyio.sleep_forever()

    async def push_logs(self, batches: AsyncIterator[LogBatch]) -> AsyncIterator[LogAck]:
        async for batch in batches:
            if self.output_refusal is not None:
                raise self.output_refusal
            self.batches.append(batch)
            kept = self.output[batch.attempt]
            if self.keeps_output and batch.offset <= len(kept):
                kept += batch.data[len(kept) - batch.offset :]
            self._note()
            yield LogAck(attempt=batch.attempt, offset=len(kept))

    async def forward_logs(self, batches: AsyncIterator[ForwardedLogs]) -> AsyncIterator[LogsKept]:
        """Keep all batches."""
        async for batch in batches:
            self.forwarded.append(batch)
            self._note()
            yield LogsKept(spool=batch.spool, number=batch.number)

    async def tunnel(self, messages: AsyncIterator[TunnelUp]) -> AsyncIterator[TunnelDown]:
        """Hear what comes, and send what the test gave for that tunnel."""
        opened = await anext(messages)
        assert isinstance(opened, TunnelOpened)
        self.opened.append(opened)
        heard = self.tunnels.setdefault(opened.tunnel, [])
        self._note()
        for message in self.tunnel_input.get(opened.tunnel, ()):
            yield message
        async for up in messages:
            if opened.tunnel in self.stalled_tunnels:
                await anyio.sleep_forever()
            heard.append(up)
            self._note()


class FakeConnection:
    """A connection that breaks when the server's network is cut, and when it is closed."""

    def __init__(self, server: FakeServer, token: str = "") -> None:
        self._server = server
        self._token = token
        self._broken = server._cut
        self.closed = False

    async def join(self, request: JoinRequest) -> Joined:
        self._server.shown.append(("join", self._token))
        return await self._unless_broken(self._server.join(request))

    async def renew_credential(self, credential: NewCredential) -> Joined:
        self._server.shown.append(("renew_credential", self._token))
        return await self._unless_broken(self._server.renew_credential(credential))

    async def session(self, messages: AsyncIterator[AgentMessage]) -> AsyncIterator[ServerMessage]:
        self._server.shown.append(("session", self._token))
        async for message in self._carry(self._server.session(messages)):
            yield message

    async def fetch_bundle(self, digest: str) -> AsyncIterator[bytes]:
        async for chunk in self._carry(self._server.fetch_bundle(digest)):
            yield chunk

    async def push_logs(self, batches: AsyncIterator[LogBatch]) -> AsyncIterator[LogAck]:
        async for ack in self._carry(self._server.push_logs(batches)):
            yield ack

    async def forward_logs(self, batches: AsyncIterator[ForwardedLogs]) -> AsyncIterator[LogsKept]:
        async for kept in self._carry(self._server.forward_logs(batches)):
            yield kept

    async def tunnel(self, messages: AsyncIterator[TunnelUp]) -> AsyncIterator[TunnelDown]:
        async for message in self._carry(self._server.tunnel(messages)):
            yield message

    async def close(self) -> None:
        self.closed = True

    async def _carry(self, stream: AsyncIterator[T]) -> AsyncIterator[T]:
        async def take() -> T | None:
            return await anext(stream, None)

        try:
            while True:
                item = await self._unless_broken(take())
                if item is None:
                    return
                yield item
        finally:
            await stream.aclose()  # type: ignore[attr-defined] # all of them are generators

    async def _unless_broken(self, taking: Awaitable[V]) -> V:
        assert not self.closed, "a closed connection is used"
        taken = asyncio.ensure_future(taking)
        broken = asyncio.ensure_future(self._broken.wait())
        try:
            await asyncio.wait((taken, broken), return_when=asyncio.FIRST_COMPLETED)
            if not taken.done():
                raise Unavailable("the network failed")
            return taken.result()
        finally:
            for future in (taken, broken):
                if not future.done():
                    future.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await future


@dataclass(kw_only=True)
class FakeTransport:
    """Leads to a fake server, whatever the target says; `down` is one that nobody reaches."""

    server: FakeServer
    down: bool = False
    targets: list[Target] = field(default_factory=list)
    connections: list[FakeConnection] = field(default_factory=list)

    async def connect_agent(self, target: Target) -> AgentConnection:
        self.targets.append(target)
        self.server.connections += 1
        self.server._note()
        if self.down:
            raise Unavailable("nobody answers")
        connection = FakeConnection(self.server, target.token)
        self.connections.append(connection)
        return connection

    async def connect_server(self, target: Target) -> ServerConnection:
        raise NotImplementedError

    async def serve(self, binding: Binding) -> Serving:
        raise NotImplementedError
