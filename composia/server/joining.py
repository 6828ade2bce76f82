"""How hosts become nodes: join strings for people, and credentials that their agents make and renew."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from composia.clock import Clock
from composia.core.join import Joined, JoinRequest, JoinString, fingerprint, name_of_host
from composia.core.node import check_node_name
from composia.core.principal import Principal, Role, TokenInfo
from composia.core.token import NewCredential
from composia.errors import Conflict, Invalid, NotPossible
from composia.plugins.queue import AuditEntry, Queue
from composia.server.callers import Callers

TTL_LONGEST_S = 30 * 86_400.0
USES_MOST = 10_000
DAY_MS = 86_400_000

OWN = "server"
OWN_TTL_S = 600.0
"""Who asks for the join tokens of the server's own agent, and how long they are good."""


@dataclass(frozen=True, kw_only=True)
class Reachable:
    """How agents reach this server: `url` is empty when nobody has said it, `here` is for this host. `ca` is the PEM file of
    the CA that vouches for it, None where each host's own CAs do."""

    url: str
    here: str
    ca: Path | None

    def sign_in_url(self, secret: str) -> str:
        """The link that signs in with that secret, which is a fragment: it stays in the browser, and is in no log."""
        return f"{(self.url or self.here).rstrip('/')}/sign-in#{secret}"


class Joining:
    """Join tokens and the credentials they buy, which last `credential_days`."""

    def __init__(self, callers: Callers, queue: Queue, clock: Clock, credential_days: float) -> None:
        self._callers = callers
        self._queue = queue
        self._clock = clock
        self._lifetime_ms = round(credential_days * DAY_MS)
        self._naming = asyncio.Lock()
        self.reachable = Reachable(url="", here="", ca=None)

    async def create_token(self, node: str, ttl_s: float, uses: int, *, by: str) -> tuple[TokenInfo, str]:
        """A join token, and the string that a host needs besides nothing. `NotPossible` while nobody knows where agents
        reach this server."""
        if node:
            check_node_name(node)
        if not 0 < ttl_s <= TTL_LONGEST_S:
            raise Invalid(f"a join token cannot be good for {ttl_s:g} s", hint="more than 0 and at most 30 days")
        if not 0 < uses <= USES_MOST:
            raise Invalid(f"a join token cannot have {uses} uses", hint=f"1 to {USES_MOST}")
        if not self.reachable.url:
            raise NotPossible(
                "nobody has said how agents reach this server",
                hint="start it with --public-url https://NAME:PORT",
            )
        return await self._create(self.reachable.url, node, ttl_s, uses, by)

    async def own_string(self, node: str) -> str:
        """A join string for the agent on this host. The one before it, if it was not needed, ends."""
        for token in await self._callers.issuer.tokens():
            if token.role is Role.JOINER and token.created_by == OWN:
                await self._callers.issuer.revoke(token.id)
        check_node_name(node)
        return (await self._create(self.reachable.here, node, OWN_TTL_S, 1, OWN))[1]

    async def _create(self, url: str, node: str, ttl_s: float, uses: int, by: str) -> tuple[TokenInfo, str]:
        ca_sha256 = await self._fingerprint()
        token, secret = await self._callers.issuer.create(
            Role.JOINER, node=node, by=by, expires_ms=self._clock.now_ms() + round(ttl_s * 1000), uses=uses
        )
        await self._audit(by, "create join token", token.id, node)
        return token, str(JoinString(url=url, ca_sha256=ca_sha256, secret=secret))

    async def join(self, caller: Principal, request: JoinRequest) -> Joined:
        """Make a node of who calls with a join token. `Conflict` for a name that is another's."""
        _check(request.credential)
        async with self._naming:
            known = await self._known(request.credential)
            node = known.node if known else await self._choose(caller.node, request)
            info = await self._callers.issuer.join(
                caller.credential, request.credential, node=node, expires_ms=self._new_expiry()
            )
        if known is None:
            await self._audit(caller.id, "join", info.node, f"credential {info.id}")
        return await self._joined(info)

    async def renew(self, caller: Principal, credential: NewCredential) -> Joined:
        """A further credential for the caller's node. `NotPossible` where the caller's own does not expire."""
        _check(credential)
        if not caller.expires_ms:
            raise NotPossible("this token does not expire, so there is nothing to renew", where=f"node {caller.node}")
        info = await self._callers.issuer.renew(caller.credential, credential, expires_ms=self._new_expiry())
        return await self._joined(info)

    def renew_s(self, caller: Principal) -> float | None:
        """In how many seconds a caller is to renew its credential: at half of its life; None when that has no end."""
        if not caller.expires_ms:
            return None
        left_ms = caller.expires_ms - self._clock.now_ms()
        return max(0.0, (left_ms - self._lifetime_ms / 2) / 1000)

    def read_ca(self) -> bytes:
        """The CA as the file has it now; empty when there is none. Blocks."""
        return self.reachable.ca.read_bytes() if self.reachable.ca else b""

    async def _known(self, credential: NewCredential) -> TokenInfo | None:
        tokens = await self._callers.issuer.tokens()
        return next((token for token in tokens if token.id == credential.id), None)

    async def _choose(self, bound: str, request: JoinRequest) -> str:
        """The name of a new node. Who has a join token that is not bound must not be able to take a node over."""
        if bound:
            if request.node and request.node != bound:
                raise Conflict(
                    f"this join token is for node {bound}",
                    where=f"node {request.node}",
                    hint=f"composia node join-token --node {request.node}",
                )
            return bound
        wanted = request.node or name_of_host(request.host)
        check_node_name(wanted)
        known = {node.name for node in await self._queue.nodes()}
        known |= {token.node for token in await self._callers.issuer.tokens() if token.role is Role.NODE}
        if wanted in known:
            raise Conflict(
                f"there is a node {wanted} already",
                where=f"node {wanted}",
                hint=f"give this host another --node name; if it is that node, composia node join-token --node {wanted}",
            )
        return wanted

    def _new_expiry(self) -> int:
        return self._clock.now_ms() + self._lifetime_ms

    async def _joined(self, info: TokenInfo) -> Joined:
        ca = (await asyncio.to_thread(self.read_ca)).decode()
        return Joined(node=info.node, ca=ca, expires_ms=info.expires_ms)

    async def _fingerprint(self) -> str:
        ca = await asyncio.to_thread(self.read_ca)
        return fingerprint(ca) if ca else ""

    async def _audit(self, by: str, action: str, target: str, text: str) -> None:
        entry = AuditEntry(at_ms=self._clock.now_ms(), by=by, action=action, target=target, text=text)
        await self._queue.record(entry)


def _check(credential: NewCredential) -> None:
    if not credential.well_formed:
        raise Invalid("a credential has an id of 12 hex digits and the SHA-256 of its secret in hex")
