"""Which node this agent is and by which credential: told at its start, or joined and kept in the data directory."""

import logging
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec

from composia.agent.backoff import Backoff
from composia.agent.first_contact import fetch_ca
from composia.agent.settings import AgentSettings
from composia.core.join import Joined, JoinRequest, fingerprint
from composia.core.token import ID_BYTES, SECRET_BYTES, NewCredential, Token, read_token
from composia.durable import write_durably
from composia.errors import (
    ComposiaError,
    Conflict,
    Invalid,
    NotPossible,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from composia.plugins.api import AgentApi
from composia.plugins.transport import Target, Transport
from composia.points import Reached

log = logging.getLogger(__name__)

FILE = "membership.json"
CLOSE_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Papers:
    """What the agent keeps of its membership. `token` is the credential in use, empty until it has joined; `next` is one
    that was made and for which no answer has come. `ca` is PEM; empty are the host's own. `old_ca` was that until the last
    renewal, and is trusted until the next: the server's certificate may still be of it."""

    server: str
    ca: str = ""
    old_ca: str = ""
    node: str = ""
    token: str = ""
    next: str = ""


class Membership:
    """An agent makes its credentials itself and writes each down before it asks for it, so that whatever is lost after
    that, asking again with the same one is answered the same."""

    def __init__(self, settings: AgentSettings, transport: Transport, reached: Reached) -> None:
        self._settings = settings
        self._transport = transport
        self._reached = reached
        self._file = settings.data / FILE
        self._told = bool(settings.token)
        self._papers = self._as_told() if self._told else _read(self._file)

    @property
    def node(self) -> str:
        """The node that this agent is, once it has entered."""
        return self._papers.node

    @property
    def target(self) -> Target:
        """Where the server is, and the credential to show there."""
        papers = self._papers
        return _target(papers.server, papers.token, papers.ca + papers.old_ca)

    async def enter(self) -> None:
        """Be a node: join, unless that is done. Tries until the server answers. Raises what the server refuses it with,
        `NotPossible` without a join string, `Conflict` when this directory is another node's or has joined another server."""
        if self._told:
            return
        self._check()
        if self._papers.token:
            await self._look_anew()
        retry = Backoff()
        while not self._papers.token:
            try:
                await self._join()
            except Unauthenticated as error:
                raise error if self._settings.join else self._no_node_yet() from error
            except (Unavailable, TimedOut, OSError) as error:
                log.warning("cannot join yet", extra={"reason": str(error)})
                await anyio.sleep(retry.next())

    async def refused(self) -> bool:
        """The server does not take the credential: join anew. False where there is nothing to do so with; raises what the
        server refuses it with."""
        if self._told or not (self._papers.next or self._settings.join):
            return False
        await self._join()
        return True

    async def renew(self, api: AgentApi) -> None:
        """Get a further credential, and the CA as it is now, over a connection that shows the present one."""
        await self._make_next("renewal")
        try:
            await self._take(await api.renew_credential(self._asked), "renewal", self._papers.server)
        except (Unauthenticated, Conflict):  # the one that was made is none any more; another one may be
            await self._keep(replace(self._papers, next=""))
            raise
        log.info("credential renewed", extra={"node": self.node})

    # --- joining

    async def _join(self) -> None:
        """Join, with what was made before if there is something. What the server knows of that it would have answered, so
        what it refuses is made anew."""
        if self._papers.next:
            try:
                await self._ask()
            except (Unauthenticated, Conflict):
                await self._keep(replace(self._papers, next=""))
                if self._settings.join is None:
                    raise
            else:
                return
        await self._ask()

    async def _ask(self) -> None:
        join = self._settings.join
        server, ca = self._papers.server, self._papers.ca
        if join is not None:
            server, ca = join.url, (await fetch_ca(join) or b"").decode()
        if not self._papers.token:
            await self._keep(replace(self._papers, server=server, ca=ca))
        await self._make_next("joining")
        if join is not None:
            node = self._papers.node or self._settings.node
            request = JoinRequest(credential=self._asked, node=node, host=socket.gethostname())
            target = _target(server, join.secret, ca)
            joined = await self._asking(target, lambda api: api.join(request))
        else:  # without the string it can still hear whether the server knows it
            target = _target(server, self._papers.next, ca)
            joined = await self._asking(target, lambda api: api.renew_credential(self._asked))
        await self._take(joined, "joining", server)
        log.info("joined", extra={"node": self.node, "server": server})

    async def _look_anew(self) -> None:
        """Take over where the server is now and which CA it has, if the join string says so and that is true. An old string
        may well be wrong about it: what was heard from the server since goes before."""
        join = self._settings.join
        if join is None or not join.ca_sha256:
            return
        if join.url == self._papers.server and self._same_ca(join.ca_sha256):
            return
        try:
            ca = await fetch_ca(join)
        except (ComposiaError, OSError) as error:
            log.info("the join string tells nothing new", extra={"reason": str(error)})
        else:
            await self._keep(replace(self._papers, server=join.url, ca=(ca or b"").decode()))

    async def _asking(self, target: Target, question: Callable[[AgentApi], Awaitable[Joined]]) -> Joined:
        connection = await self._transport.connect_agent(target)
        try:
            return await question(connection)
        finally:
            with anyio.move_on_after(CLOSE_S, shield=True):
                await connection.close()

    async def _make_next(self, what: str) -> None:
        if not self._papers.next:
            token = Token(id=secrets.token_hex(ID_BYTES), secret=secrets.token_urlsafe(SECRET_BYTES))
            await self._keep(replace(self._papers, next=str(token)))
        self._reached(f"{what} made")

    async def _take(self, joined: Joined, what: str, server: str) -> None:
        """The new credential is good: swap, in one step."""
        self._reached(f"{what} answered")
        if joined.ca:
            fingerprint(joined.ca.encode())  # what is no certificate must not take the place of one
        old_ca = self._papers.ca if what == "renewal" and self._papers.ca != joined.ca else ""
        await self._keep(Papers(server=server, ca=joined.ca, old_ca=old_ca, node=joined.node, token=self._papers.next))
        self._reached(f"{what} kept")

    # --- what is kept

    @property
    def _asked(self) -> NewCredential:
        token = read_token(self._papers.next)
        if token is None:
            raise Invalid("the credential in it is damaged", where=str(self._file))
        return NewCredential(id=token.id, digest=token.digest)

    async def _keep(self, papers: Papers) -> None:
        """On disk first."""
        if papers != self._papers:
            await anyio.to_thread.run_sync(write_durably, self._file, msgspec.json.encode(papers))
            self._papers = papers

    def _as_told(self) -> Papers:
        settings = self._settings
        return Papers(
            server=settings.server, ca=(settings.ca or b"").decode(), node=settings.node, token=settings.token
        )

    def _check(self) -> None:
        """Whether what was told at the start goes with what is kept."""
        papers, join, node = self._papers, self._settings.join, self._settings.node
        if not papers.token and not papers.next and join is None:
            raise self._no_node_yet()
        if not papers.token:
            return
        same_server = join is None or join.url == papers.server or (papers.ca and self._same_ca(join.ca_sha256))
        if join is not None and not same_server:
            raise Conflict(
                f"this data directory belongs to a node of {papers.server}, the join string is of {join.url}",
                where=str(self._settings.data),
                hint="give it a --data directory of its own, or remove this one to leave the other server",
            )
        if node and node != papers.node:
            raise Conflict(
                f"this data directory belongs to node {papers.node}, not {node}",
                where=str(self._settings.data),
                hint="leave --node out, or give it a --data directory of its own",
            )

    def _no_node_yet(self) -> NotPossible:
        return NotPossible(
            "this host is no node yet",
            where=str(self._settings.data),
            hint="composia agent --join STRING, with what `composia node join-token` prints",
        )

    def _same_ca(self, ca_sha256: str) -> bool:
        return (fingerprint(self._papers.ca.encode()) if self._papers.ca else "") == ca_sha256


def _target(server: str, token: str, ca: str) -> Target:
    return Target(url=server, token=token, ca=ca.encode() or None)


def has_joined(data: Path) -> bool:
    """Whether an agent with that data directory needs no join string any more."""
    return bool(_read(data / FILE).token)


def _read(file: Path) -> Papers:
    if not file.exists():
        return Papers(server="")
    try:
        return msgspec.json.decode(file.read_bytes(), type=Papers)
    except msgspec.MsgspecError as error:
        raise Invalid(
            f"the membership cannot be read: {error}", where=str(file), hint="remove it and join again"
        ) from error
