"""Whoever answers a host's first contact."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from composia.server.certificates import CertificateFiles

Speak = Callable[[asyncio.StreamWriter], Awaitable[None]]


def says(body: bytes, status: str = "200 OK") -> Speak:
    """Answer with that."""

    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)

    return speak


@asynccontextmanager
async def served(files: CertificateFiles | None, speak: Speak, heard: bytearray) -> AsyncIterator[str]:
    """A server with that certificate, which keeps what it hears; its address."""
    context = None
    if files is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.certificate, files.key)
    done: list[asyncio.Task[None]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        done.append(task)
        try:
            while files is not None and (line := await reader.readline()).strip():
                heard.extend(line)
            await speak(writer)
            await writer.drain()
        except (ConnectionError, ssl.SSLError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"https://127.0.0.1:{port}"
        for task in done:
            task.cancel()
        await asyncio.gather(*done, return_exceptions=True)
