"""What the contract of a transport is tested with: a server whose every answer is the test's, and clients of it."""

import asyncio
import ssl
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar, cast

from composia.core.principal import Principal, Role
from composia.errors import Unauthenticated
from composia.plugins.api import AgentApi, ServerApi
from composia.plugins.auth import Credentials
from composia.plugins.routes import Route
from composia.plugins.transport import AgentConnection, Binding, ServerConnection, Serving, Target, Tls, Transport

Item = TypeVar("Item")

SOON_S = 20.0
"""What happens "at once" has happened by then on the slowest machine."""


class Puppet:
    """Both APIs. Each method does what the test put into `acts` under its name; the calls are kept."""

    def __init__(self) -> None:
        self.acts: dict[str, Callable[..., Any]] = {}
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._call, name)

    def _call(self, name: str, *arguments: Any, **keywords: Any) -> Any:
        self.calls.append((name, arguments, keywords))
        return self.acts[name](*arguments, **keywords)


@dataclass
class Bench:
    """A transport that serves a puppet. A token is `ROLE`, or `ROLE:TEXT` for another credential of that role."""

    transport: Transport
    tls: Tls | None = None
    ca: bytes | None = None
    routes: tuple[Route, ...] = ()
    ready: bool = True
    puppet: Puppet = field(default_factory=Puppet)
    seen: list[Credentials] = field(default_factory=list)

    async def is_ready(self) -> bool:
        """As the test says."""
        return self.ready

    async def authenticate(self, credentials: Credentials) -> Principal:
        """The principal that the token names."""
        self.seen.append(credentials)
        token = credentials.headers.get("authorization", "").removeprefix("Bearer ")
        name = token.partition(":")[0]
        if name not in list(Role):
            raise Unauthenticated("who is it?", hint="say ROLE")
        return Principal(id=name, role=Role(name), credential=token, node="n1" if name == Role.NODE else "")

    @asynccontextmanager
    async def serving(self, listen: str = "127.0.0.1:0") -> AsyncIterator[Serving]:
        """The puppet, served."""
        serving = await self.transport.serve(
            Binding(
                listen=listen,
                tls=self.tls,
                authenticate=self.authenticate,
                server_api=lambda principal: cast("ServerApi", self.puppet),
                agent_api=lambda principal: cast("AgentApi", self.puppet),
                ready=self.is_ready,
                routes=self.routes,
            )
        )
        try:
            yield serving
        finally:
            await serving.stop()

    @asynccontextmanager
    async def people(self, serving: Serving, token: str = "admin") -> AsyncIterator[ServerConnection]:  # noqa: S107
        """A client for people."""
        connection = await self.transport.connect_server(Target(url=serving.address, token=token, ca=self.ca))
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def agent(self, serving: Serving, token: str = "node") -> AsyncIterator[AgentConnection]:  # noqa: S107
        """An agent's client."""
        connection = await self.transport.connect_agent(Target(url=serving.address, token=token, ca=self.ca))
        try:
            yield connection
        finally:
            await connection.close()

    async def get(self, serving: Serving, path: str) -> str:
        """The body of a page."""

        def fetch() -> str:
            trusted = None if self.ca is None else ssl.create_default_context(cadata=self.ca.decode())
            with urllib.request.urlopen(serving.address + path, timeout=SOON_S, context=trusted) as page:  # noqa: S310
                return str(page.read().decode())

        return await asyncio.to_thread(fetch)


def answer(value: object) -> Callable[..., Awaitable[Any]]:
    """A method that answers with that value, or raises it."""

    async def act(*_: Any, **__: Any) -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    return act


def stream(*items: object) -> Callable[..., AsyncIterator[Any]]:
    """A method that streams those items; one that is an error is raised."""

    async def act(*_: Any, **__: Any) -> AsyncIterator[Any]:
        for item in items:
            if isinstance(item, Exception):
                raise item
            yield item

    return act


class Idle:
    """A streaming method that yields `first` and then waits for ever; `ended` is set once it is closed."""

    def __init__(self, first: object, *, reads: bool = False) -> None:
        self.began = asyncio.Event()
        self.ended = asyncio.Event()
        self._first = first
        self._reads = reads

    async def __call__(self, *arguments: Any, **_: Any) -> AsyncIterator[Any]:
        """Be such a method."""
        try:
            yield self._first
            self.began.set()
            if self._reads:
                async for _message in arguments[0]:
                    pass
            await asyncio.get_running_loop().create_future()
        finally:
            self.ended.set()


async def silence() -> AsyncIterator[Any]:
    """Messages that never come."""
    await asyncio.get_running_loop().create_future()
    yield


async def each(*items: Item) -> AsyncIterator[Item]:
    """Those items, and no more."""
    for item in items:
        yield item


async def soon(happening: Awaitable[Item]) -> Item:
    """What happens, provided that it happens at once."""
    async with asyncio.timeout(SOON_S):
        return await happening
