"""What agents may ask: the control plane's side of `AgentApi`, bound to one node by its credential."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from composia._version import __version__
from composia.core.container_log import ForwardedLogs, LogsKept
from composia.core.join import Joined, JoinRequest
from composia.core.node import Node
from composia.core.principal import Principal
from composia.core.session import (
    PROTOCOL_MAX,
    PROTOCOL_MIN,
    Accepted,
    Acknowledged,
    AgentMessage,
    Answer,
    Attempt,
    Cancel,
    Changes,
    Fenced,
    Finished,
    Heartbeat,
    HeartbeatReply,
    Hello,
    LogAck,
    LogBatch,
    Report,
    Reports,
    ServerMessage,
    StepReport,
    Welcome,
)
from composia.core.step import StepState
from composia.core.task import TaskError
from composia.core.token import NewCredential
from composia.core.tunnel import TunnelDown, TunnelUp
from composia.errors import ComposiaError, Conflict, Forbidden, Invalid, NotFound, NotPossible, Unavailable
from composia.server.believable import check_changes, check_heartbeat, check_report
from composia.server.control_plane import ControlPlane
from composia.server.sessions import Session

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Agents:
    """The API of the agent that `principal` is, or of the host that is to become one."""

    plane: ControlPlane
    principal: Principal

    async def join(self, request: JoinRequest) -> Joined:
        """Become a node."""
        return await self.plane.joining.join(self.principal, request)

    async def renew_credential(self, credential: NewCredential) -> Joined:
        """A further credential for this node."""
        return await self.plane.joining.renew(self.principal, credential)

    async def session(self, messages: AsyncIterator[AgentMessage]) -> AsyncIterator[ServerMessage]:
        """One agent's stream: welcome it, then hear it and send it what there is, until one of both ends it."""
        hello = await anext(messages, None)
        if not isinstance(hello, Hello):
            raise Invalid("the first message of a session is hello")
        session = await self._open(hello)
        hearing = asyncio.create_task(self._hear(session, messages), name=f"hear {hello.node}")
        try:
            yield self._welcome()
            await self._settle(session, hello)
            session.settled = True
            self.plane.looking.welcome(session)
            await self._end_cancelled(session)  # asked for from now on, the dispatcher sends it
            self.plane.dispatcher.wake(hello.node)
            async for message in session.outgoing():
                yield message
        finally:
            self.plane.sessions.close(session)
            hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await hearing
            log.info("agent gone", extra={"node": session.node, "reason": session.ending})

    async def fetch_bundle(self, digest: str) -> AsyncIterator[bytes]:
        """The archive of a bundle, if an open task or the last release of this node has it."""
        if not await self._needs(digest):
            raise NotFound("no such bundle for this node", where=digest)
        async for chunk in self.plane.bundles.open(digest):
            yield chunk

    async def push_logs(self, batches: AsyncIterator[LogBatch]) -> AsyncIterator[LogAck]:
        """Keep the output of this node's attempts."""
        own: set[str] = set()
        async for batch in batches:
            if not await self._mine(batch.attempt, own):
                raise Forbidden("the task is not of this node", where=f"task {batch.attempt.task}")
            yield LogAck(attempt=batch.attempt, offset=await self.plane.output.append(batch))

    def tunnel(self, messages: AsyncIterator[TunnelUp]) -> AsyncIterator[TunnelDown]:
        """Be one end of a tunnel that was asked for."""
        return self.plane.tunnels.answer(self.principal.node, messages)

    async def forward_logs(self, batches: AsyncIterator[ForwardedLogs]) -> AsyncIterator[LogsKept]:
        """Keep the logs of this node's containers."""
        async for batch in batches:
            kept = await self.plane.logs.keep(self.principal.node, batch)
            yield LogsKept(spool=batch.spool, number=kept)

    # --- the session

    async def _open(self, hello: Hello) -> Session:
        if hello.node != self.principal.node:
            raise Forbidden(
                f"this token is for node {self.principal.node}",
                where=f"node {hello.node}",
                hint=f"composia token create --role node --node {hello.node}",
            )
        if hello.protocol_min > PROTOCOL_MAX or hello.protocol_max < PROTOCOL_MIN:
            raise NotPossible(
                f"the agent speaks protocol {hello.protocol_min} to {hello.protocol_max}, "
                f"this server {PROTOCOL_MIN} to {PROTOCOL_MAX}",
                where=f"node {hello.node}",
                hint=f"use Composia {__version__} on both sides",
            )
        session = self.plane.sessions.open(hello, self.principal.address)
        try:
            await self._save_node(hello)
            await self.plane.callers.settle(self.principal)
        except BaseException:
            self.plane.sessions.close(session)
            raise
        log.info("agent connected", extra={"node": hello.node, "version": hello.facts.version})
        return session

    async def _save_node(self, hello: Hello) -> None:
        now_ms = self.plane.clock.now_ms()
        known = await self.plane.board.record(hello.node)
        node = Node(
            name=hello.node,
            agent_id=hello.agent_id,
            labels=hello.labels,
            project_prefix=hello.project_prefix,
            facts=hello.facts,
            capacity=hello.capacity,
            joined_ms=known.joined_ms if known else now_ms,
            hello_ms=now_ms,
        )
        await self.plane.queue.save_node(node)
        self.plane.board.take_node(node)

    def _welcome(self) -> Welcome:
        return Welcome(
            version=__version__,
            database=self.plane.queue.database,
            protocol=PROTOCOL_MAX,
            heartbeat_s=self.plane.heartbeat_s,
            lease_s=self.plane.lease_s,
            renew_s=self.plane.joining.renew_s(self.principal),
        )

    async def _settle(self, session: Session, hello: Hello) -> None:
        """Bring both sides to one view of which attempts are live: fence what the server gave up, take back what the
        agent never got."""
        gone = await self._renew(hello.attempts)
        for attempt in gone:
            session.send(Fenced(attempt=attempt))
        for task in await self.plane.queue.live():
            attempt = Attempt(task=task.id, number=task.attempt)
            if task.node != session.node or attempt in hello.attempts:
                continue
            lost = TaskError(code=Unavailable.code, message=f"{session.node} came back without it")
            with contextlib.suppress(Conflict):  # its lease has just run out
                await self.plane.queue.release_lease(
                    attempt, lost, self.plane.limits.retries, self.plane.clock.now_ms()
                )

    async def _end_cancelled(self, session: Session) -> None:
        """Send what was to be cancelled while nobody could be told."""
        for task in await self.plane.queue.live():
            if task.node == session.node and task.cancel_requested:
                session.send(Cancel(attempt=Attempt(task=task.id, number=task.attempt)))

    async def _hear(self, session: Session, messages: AsyncIterator[AgentMessage]) -> None:
        try:
            async for message in messages:
                await self._take(session, message)
        except ComposiaError as error:
            session.end(str(error))
        except Exception:
            log.exception("session failed", extra={"node": session.node})
            session.end("internal error")
        else:
            session.end("the agent ended the stream")

    async def _take(self, session: Session, message: AgentMessage) -> None:
        match message:
            case Heartbeat():
                check_heartbeat(session.node, message)
                self.plane.sessions.hear(session)
                known = self.plane.sightings.take(session.node, message)
                self.plane.metrics.record(session.node, self.plane.clock.now_ms(), message.status.host, message.usage)
                session.send(HeartbeatReply(number=message.number, want_inventory=not known))
                for attempt in await self._renew(message.attempts):
                    session.send(Fenced(attempt=attempt))
            case Changes():
                check_changes(session.node, message)
                self.plane.sessions.hear(session)
                if not self.plane.sightings.take_changes(session.node, message):
                    session.send(HeartbeatReply(number=0, want_inventory=True))
            case Reports():
                for report in message.reports:
                    check_report(session.node, report)
                for attempt, reports in groupby(message.reports, attrgetter("attempt")):
                    session.send(await self._apply(session, attempt, tuple(reports)))
            case Answer():
                self.plane.queries.take(session.node, message)
            case Hello():
                raise Invalid("hello comes once")

    async def _apply(self, session: Session, attempt: Attempt, reports: tuple[Report, ...]) -> ServerMessage:
        if not await self._mine(attempt, session.own):
            return Fenced(attempt=attempt)
        try:
            task = await self.plane.queue.report(reports, self.plane.limits.retries, self.plane.clock.now_ms())
        except Conflict:
            return Fenced(attempt=attempt)
        for report in reports:
            self.plane.reached(f"{_name(report)} applied")
        if task.state.final:
            session.own.discard(attempt.task)
            log.info(
                "task ended",
                extra={"task": task.id, "state": task.state.value, "error": task.error and task.error.message},
            )
        return Acknowledged(attempt=attempt, number=reports[-1].number)

    async def _renew(self, attempts: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
        if not attempts:
            return ()
        lease_ms = round(self.plane.lease_s * 1000)
        return await self.plane.queue.renew(self.principal.node, attempts, lease_ms, self.plane.clock.now_ms())

    async def _mine(self, attempt: Attempt, own: set[str]) -> bool:
        """Whether a task is of this node. `own` are those of which that is known, as it never changes."""
        if attempt.task in own:
            return True
        try:
            is_mine = (await self.plane.queue.task(attempt.task)).node == self.principal.node
        except NotFound:
            return False
        if is_mine:
            own.add(attempt.task)
        return is_mine

    async def _needs(self, digest: str) -> bool:
        """Looked for where it mostly is first: among the few tasks that agents work on."""
        queue, node = self.plane.queue, self.principal.node
        return (
            any(task.node == node and task.order.bundle == digest for task in await queue.live())
            or any(task.node == node and task.order.bundle == digest for task in await queue.waiting())
            or any(release.node == node and release.bundle == digest for release in await queue.releases())
        )


def _name(report: Report) -> str:
    """The fault point of a report: as the agent names its own."""
    match report.body:
        case Accepted():
            return "accepted"
        case StepReport(name=name, state=StepState.RUNNING):
            return f"{name} begun"
        case StepReport(name=name):
            return f"{name} ended"
        case Finished():
            return "finished"
