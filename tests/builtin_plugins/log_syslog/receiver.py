"""A receiver of syslog over TCP or TLS, as a test has it: it takes messages apart by their lengths, and keeps them."""

import asyncio
import ssl
from dataclasses import dataclass, field

import anyio

PATIENCE_S = 60


@dataclass(kw_only=True)
class Receiver:
    """`messages` are those that came, `connections` how often somebody called."""

    tls: ssl.SSLContext | None = None
    port: int = 0
    messages: list[bytes] = field(default_factory=list)
    connections: int = 0
    reads: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        """Listen; the second time where it did the first time."""
        self.reads.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hang up on all, and listen no more."""
        assert self._server
        self._server.close()
        for writer in tuple(self._open):
            writer.transport.abort()
        await self._server.wait_closed()
        self._server = None

    async def wait_for(self, count: int) -> list[bytes]:
        """Wait until so many messages have come."""
        with anyio.fail_after(PATIENCE_S):
            while len(self.messages) < count:
                self._news.clear()
                await self._news.wait()
        return self.messages

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while True:
                await self.reads.wait()
                length = int(await reader.readuntil(b" "))
                self.messages.append(await reader.readexactly(length))
                self._news.set()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()
