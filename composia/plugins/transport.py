"""The extension point `transport`: how clients, agents and the server speak. One is chosen.

It maps `composia.plugins.api` to a wire and back. Only domain types cross this border.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from composia.core.principal import Principal
from composia.plugins.api import AgentApi, ServerApi
from composia.plugins.auth import Credentials
from composia.plugins.routes import Route


@dataclass(frozen=True, kw_only=True)
class Tls:
    """Files of the server's certificate chain and key, PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What the transport serves. `server_api` and `agent_api` give each caller an API of its own; the role has been
    checked against the policy before they are called. `tls` is None only on loopback. `ready` says whether the server can
    serve, for whoever asks in the transport's own way."""

    listen: str
    tls: Tls | None
    authenticate: Callable[[Credentials], Awaitable[Principal]]
    server_api: Callable[[Principal], ServerApi]
    agent_api: Callable[[Principal], AgentApi]
    ready: Callable[[], Awaitable[bool]]
    routes: tuple[Route, ...] = ()


class Serving(Protocol):
    """A transport that is serving."""

    @property
    def address(self) -> str:
        """The URL it answers on, with the real port."""
        ...

    def end_streams(self, credential: str, reason: str) -> None:
        """End every stream that was opened with that credential; its client hears the reason as `Unauthenticated`."""
        ...

    async def reload_certificate(self) -> None:
        """Use the certificate files as they are now for new connections."""
        ...

    async def stop(self) -> None:
        """Take no new request, end the streams, and return within seconds."""
        ...


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a client goes: an `https://` URL (`http://` only on loopback), its token, and the CA it trusts (PEM;
    None means the system's)."""

    url: str
    token: str
    ca: bytes | None = None


class ServerConnection(ServerApi, Protocol):
    """A client's connection for people."""

    async def close(self) -> None:
        """Let go of the connection."""
        ...


class AgentConnection(AgentApi, Protocol):
    """An agent's connection."""

    async def close(self) -> None:
        """Let go of the connection; a new try needs a new one."""
        ...


class Transport(Protocol):
    """Promises, each tested by `composia.plugins.testing.transport`:

    1. A value that goes in at one end comes out equal at the other; an error keeps code, message, where and hint.
    2. The caller is known, and its role checked, before a byte of the request's body is read.
    3. Text of an unexpected exception never leaves the server: the client gets `internal` and an id.
    4. A call that changes something is finished even when its caller goes away.
    5. A stream's handler ends at once when its peer is gone, and a slow reader never holds up another stream.
    """

    async def serve(self, binding: Binding) -> Serving:
        """Start serving; returns once the port answers. `NotPossible` when it is taken."""
        ...

    async def connect_server(self, target: Target) -> ServerConnection:
        """A connection for people's calls. Nothing is sent yet."""
        ...

    async def connect_agent(self, target: Target) -> AgentConnection:
        """A connection for an agent's calls. Nothing is sent yet."""
        ...
