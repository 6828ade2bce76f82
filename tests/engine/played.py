"""An agent as the engine sees it: what it has journaled outlives it, what was only under way does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from composia.core.attempt import Retries
from composia.core.node import NodeStatus
from composia.core.principal import Principal, Role
from composia.core.session import (
    Accepted,
    Acknowledged,
    AgentMessage,
    Attempt,
    Cancel,
    Fenced,
    Finished,
    Heartbeat,
    Hello,
    Report,
    Reports,
    Run,
    ServerMessage,
    StepReport,
)
from composia.core.task import TaskState
from composia.errors import ComposiaError
from composia.server.agents import Agents
from composia.server.control_plane import ControlPlane

CAPACITY = 2
LEASE_MS = 60_000
RETRIES = Retries(backoff_ms=5_000)


@dataclass(kw_only=True)
class Entry:
    """The journal of one attempt: its order, its reports, and whether a person wants it ended."""

    run: Run
    reports: list[Report] = field(default_factory=list)
    cancelled: bool = False
    sent: int = 0

    @property
    def ended(self) -> bool:
        """Whether its end is written down."""
        return any(isinstance(report.body, Finished) for report in self.reports)

    def say(self, body: Accepted | StepReport | Finished) -> None:
        """Write a report down."""
        self.reports.append(Report(attempt=self.run.attempt, number=len(self.reports) + 1, body=body))


@dataclass(kw_only=True)
class PlayedAgent:
    """One node's agent. `journal` is on its disk; `inbox` is what has arrived and was not read."""

    node: str
    journal: dict[Attempt, Entry] = field(default_factory=dict)
    inbox: list[ServerMessage] = field(default_factory=list)
    beats: int = 0
    _out: asyncio.Queue[AgentMessage] = field(default_factory=asyncio.Queue)
    _session: "asyncio.Task[None] | None" = None

    @property
    def connected(self) -> bool:
        """Whether its stream is open."""
        return self._session is not None and not self._session.done()

    @property
    def working(self) -> tuple[Entry, ...]:
        """The attempts without an end: one a service at a time, in the order in which they came."""
        first: dict[str, Entry] = {}
        for entry in self.journal.values():
            if not entry.ended:
                first.setdefault(entry.run.order.service, entry)
        return tuple(first.values())

    def connect(self, plane: ControlPlane) -> None:
        """Open a stream, with what the journal holds in the hello."""
        principal = Principal(id=f"node:{self.node}", role=Role.NODE, credential="c", node=self.node)
        self._out, self.inbox = asyncio.Queue(), []
        for entry in self.journal.values():
            entry.sent = 0
        hello = Hello(node=self.node, agent_id=self.node, attempts=tuple(self.journal), capacity=CAPACITY)
        self._out.put_nowait(hello)
        self._session = asyncio.create_task(self._speak(Agents(plane, principal).session(self._messages())))

    async def disconnect(self) -> None:
        """The stream is gone, with all that was under way."""
        if self._session is not None:
            self._session.cancel()
            with suppress(asyncio.CancelledError):
                await self._session
            self._session = None
        self.inbox = []

    async def _speak(self, answers: AsyncIterator[ServerMessage]) -> None:
        with suppress(ComposiaError):
            async for message in answers:
                self.inbox.append(message)

    async def _messages(self) -> AsyncIterator[AgentMessage]:
        while True:
            yield await self._out.get()

    def read(self) -> ServerMessage | None:
        """Act on the oldest message that has arrived."""
        if not self.inbox:
            return None
        message = self.inbox.pop(0)
        match message:
            case Run(attempt=attempt) if attempt not in self.journal:
                self.journal[attempt] = Entry(run=message)
                self.journal[attempt].say(Accepted())
            case Cancel(attempt=attempt) if attempt in self.journal:
                self.journal[attempt].cancelled = True
            case Fenced(attempt=attempt):
                self.journal.pop(attempt, None)
            case Acknowledged(attempt=attempt, number=number) if attempt in self.journal:
                entry = self.journal[attempt]
                if entry.ended and number >= entry.reports[-1].number:
                    del self.journal[attempt]
        return message

    def send(self, report: Report) -> None:
        """Send a report, or send it again."""
        self._out.put_nowait(Reports(reports=(report,)))

    def report(self) -> None:
        """Send what was not sent on this stream."""
        unsent = tuple(report for entry in self.journal.values() for report in entry.reports[entry.sent :])
        if unsent:
            self._out.put_nowait(Reports(reports=unsent))
        for entry in self.journal.values():
            entry.sent = len(entry.reports)

    def beat(self) -> None:
        """Renew the leases of what is not ended."""
        self.beats += 1
        attempts = tuple(attempt for attempt, entry in self.journal.items() if not entry.ended)
        self._out.put_nowait(
            Heartbeat(
                number=self.beats, status=NodeStatus(), inventory="i", containers=(), workspaces=(), attempts=attempts
            )
        )

    def end(self, entry: Entry, finished: Finished) -> None:
        """Write an end down; a cancelled one may still have come to its own end first."""
        if finished.state is TaskState.CANCELLED and not entry.cancelled:
            finished = replace(finished, state=TaskState.SUCCEEDED)
        entry.say(finished)
