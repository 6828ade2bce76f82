"""The live sessions of agents: at most one a node, and whether a node can be reached."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from composia.clock import Clock
from composia.core.node import NodeState
from composia.core.session import Goodbye, Hello, ServerMessage
from composia.errors import Conflict, Unavailable

log = logging.getLogger(__name__)

OUTBOX = 256
"""Messages that may wait for an agent; one that does not read them is let go."""

MISSED_HEARTBEATS = 3


@dataclass(eq=False, kw_only=True)
class Session:
    """One agent's stream, from Hello to its end. It is `settled` once both sides agree on which attempts are live; until
    then an order on it could not be told from one that was lost. `own` are tasks that are known to be the node's. Those in `when_over` are told why it ended, at once."""

    node: str
    agent_id: str
    capacity: int
    heard: float
    engine_id: str = ""
    project_prefix: str = ""
    address: str = ""
    settled: bool = False
    ending: str = ""
    own: set[str] = field(default_factory=set)
    when_over: set[Callable[[str], None]] = field(default_factory=set)
    _outbox: asyncio.Queue[ServerMessage | None] = field(default_factory=lambda: asyncio.Queue(OUTBOX))

    def send(self, message: ServerMessage) -> bool:
        """Put a message on the stream without waiting; False when the session is over."""
        if self.ending:
            return False
        try:
            self._outbox.put_nowait(message)
        except asyncio.QueueFull:
            self.end("the agent does not read")
            return False
        return True

    def offer(self, message: ServerMessage) -> bool:
        """Send what can be done without, if there is plenty of room: many at once must not be taken for an agent that does not
        read."""
        return self._outbox.qsize() < OUTBOX // 2 and self.send(message)

    def end(self, reason: str) -> None:
        """End the session; the agent is told when it still reads."""
        if self.ending:
            return
        self.ending = reason
        if self._outbox.full():
            self._outbox.get_nowait()
        self._outbox.put_nowait(None)
        for tell in tuple(self.when_over):
            tell(reason)

    async def outgoing(self) -> AsyncIterator[ServerMessage]:
        """The messages for the agent, until the session ends."""
        while (message := await self._outbox.get()) is not None:
            yield message
        yield Goodbye(reason=self.ending)


class Sessions:
    """The sessions by node."""

    def __init__(self, clock: Clock, heartbeat_s: float) -> None:
        self._clock = clock
        self._silence_s = heartbeat_s * MISSED_HEARTBEATS
        self._live: dict[str, Session] = {}
        self._heard: dict[str, float] = {}
        self._started = clock.monotonic()
        self._draining = ""
        self.on_change: Callable[[str], None] = lambda node: None

    def open(self, hello: Hello, address: str = "") -> Session:
        """Begin a session, from that IP address. The same agent replaces its older one; another agent under a name in use is refused, and one
        on an engine in use, unless their projects have different prefixes."""
        if self._draining:
            raise Unavailable(self._draining)
        old = self._live.get(hello.node)
        if old is not None and old.agent_id != hello.agent_id and not self._silent(old):
            raise Conflict(
                f"another agent is connected as {hello.node}",
                where=f"node {hello.node}",
                hint="give each agent a --node name of its own, or stop the other one",
            )
        self._check_engine(hello)
        if old is not None:
            old.end("replaced by a newer session")
        session = Session(
            node=hello.node,
            agent_id=hello.agent_id,
            capacity=hello.capacity,
            heard=self._clock.monotonic(),
            engine_id=hello.facts.engine_id,
            project_prefix=hello.project_prefix,
            address=address,
        )
        self._live[hello.node] = session
        self._heard[hello.node] = session.heard
        self.on_change(hello.node)
        return session

    def close(self, session: Session) -> None:
        """Forget a session whose stream has ended."""
        session.end("the stream ended")
        if self._live.get(session.node) is session:
            del self._live[session.node]
            self.on_change(session.node)

    def hear(self, session: Session) -> None:
        """Note that a heartbeat came."""
        session.heard = self._heard[session.node] = self._clock.monotonic()

    def send(self, node: str, message: ServerMessage) -> bool:
        """Send to a node's agent; False when it has no session that is settled."""
        session = self._live.get(node)
        return session is not None and session.settled and session.send(message)

    def reachable(self, node: str) -> Session:
        """The session of a node that can be asked something; `Unavailable` when there is none."""
        session = self._live.get(node)
        if session is None or not session.settled or self._silent(session):
            raise Unavailable(
                f"the node is {self.state(node)}", where=f"node {node}", hint=f"composia node show {node}"
            )
        return session

    def capacity(self, node: str) -> int:
        """How many tasks a node's agent works on at once; 0 while it has no session."""
        session = self._live.get(node)
        return session.capacity if session else 0

    def address(self, node: str) -> str:
        """The IP address that a node's agent connects from; empty while it has no session, or where that is not known."""
        session = self._live.get(node)
        return session.address if session else ""

    def state(self, node: str) -> NodeState:
        """Whether a node can be reached. Silence counts from the server's start at the earliest."""
        session = self._live.get(node)
        if session is not None:
            return NodeState.OFFLINE if self._silent(session) else NodeState.ONLINE
        silence_s = self._clock.monotonic() - self._heard.get(node, self._started)
        return NodeState.OFFLINE if silence_s >= self._silence_s else NodeState.DISCONNECTED

    def online(self) -> tuple[str, ...]:
        """The nodes that can be reached."""
        return tuple(node for node, session in sorted(self._live.items()) if not self._silent(session))

    def settled(self) -> tuple[str, ...]:
        """The nodes that can be given orders."""
        return tuple(node for node in self.online() if self._live[node].settled)

    def end_silent(self) -> None:
        """End the sessions from which three heartbeats were missed."""
        for session in list(self._live.values()):
            if self._silent(session):
                log.warning("agent silent", extra={"node": session.node})
                session.end("no heartbeat")

    def drain(self, reason: str) -> None:
        """End all sessions and open no more."""
        self._draining = reason
        for session in list(self._live.values()):
            session.end(reason)

    def _check_engine(self, hello: Hello) -> None:
        """Two agents on one engine would take each other's projects for their own."""
        for other in self._live.values():
            if (
                other.node != hello.node
                and hello.facts.engine_id
                and other.engine_id == hello.facts.engine_id
                and other.project_prefix == hello.project_prefix
                and not self._silent(other)
            ):
                raise Conflict(
                    f"the agent of node {other.node} works on the same Docker engine",
                    where=f"node {hello.node}",
                    hint="stop one of them, or give it a --project-prefix; two hosts that are copies of one need each a name",
                )

    def _silent(self, session: Session) -> bool:
        return self._clock.monotonic() - session.heard >= self._silence_s
