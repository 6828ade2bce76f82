"""The way from an agent to the server: a forwarder that a test can cut, without a word to either side, and mend."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any

BLOCK = 65_536


class Link:
    """Forwards TCP from a port of its own to another one of this machine. Cut, it takes bytes and connections and passes
    nothing on; mended, what was open then is gone, as after a change of network."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._whole = asyncio.Event()
        self._whole.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="link", daemon=True)
        self._thread.start()
        self._server = self._call(self._listen())

    def cut(self) -> None:
        """Pass nothing on any more."""
        self._loop.call_soon_threadsafe(self._whole.clear)

    def mend(self) -> None:
        """Pass on what comes from now on."""
        self._call(self._mended())

    def close(self) -> None:
        """End it."""
        self._call(self._closed())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _mended(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()
        self._whole.set()

    async def _closed(self) -> None:
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with contextlib.suppress(OSError):
            await self._whole.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            self._open.add(far_writer)
            try:
                await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
            finally:
                self._leave(far_writer)
        self._leave(writer)

    def _leave(self, writer: asyncio.StreamWriter) -> None:
        self._open.discard(writer)
        writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(BLOCK):
            await self._whole.wait()
            writer.write(data)
            await writer.drain()
        writer.transport.abort()
