"""A connection to a receiver of syslog, which is made again when it breaks."""

import asyncio
import fcntl
import socket
import ssl
import struct
import termios
from contextlib import suppress

from composia.builtin_plugins.log_syslog.config import SyslogConfig
from composia.errors import Unavailable, of_the_system

UNCONFIRMED_BYTES = 1024 * 1024
"""How much may be written that the other side's system has not acknowledged; then we wait for it."""

LOOK_S = 0.01
ESTABLISHED = 1
"""What TCP_INFO calls a connection that is open on both sides."""


class Line:
    """One connection at a time. What was written to one that broke, and not acknowledged, is written again to the
    next."""

    def __init__(self, config: SyslogConfig) -> None:
        self._config = config
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._unconfirmed: list[bytes] = []
        self._bytes = 0

    async def send(self, data: bytes) -> None:
        """Write whole messages; `Unavailable` when there is no connection, or not in time. Then none of them counts."""
        try:
            async with asyncio.timeout(self._config.timeout_s):
                writer = await self._connected()
                writer.write(data)
                await writer.drain()
                while not (confirmed := self._confirmed(writer)) and self._bytes + len(data) > UNCONFIRMED_BYTES:
                    await asyncio.sleep(LOOK_S)
                    self._check()
        except TimeoutError as error:
            self._drop()
            raise self._away("it does not answer") from error
        except (OSError, ssl.SSLError) as error:
            self._drop()
            raise self._away(
                of_the_system(error).message if not isinstance(error, ssl.SSLError) else str(error)
            ) from error
        if not confirmed:
            self._unconfirmed.append(data)
            self._bytes += len(data)

    async def close(self) -> None:
        """Wait for what is under way, as long as the deadline lets, and hang up."""
        if (writer := self._writer) is None:
            return
        with suppress(TimeoutError, OSError, ssl.SSLError):
            async with asyncio.timeout(self._config.timeout_s):
                while not self._confirmed(writer):
                    await asyncio.sleep(LOOK_S)
                    self._check()
                writer.close()
                await writer.wait_closed()
        self._drop()

    async def _connected(self) -> asyncio.StreamWriter:
        """The connection; a new one begins with what was not acknowledged on the last one."""
        if self._writer is not None:
            self._check()
            self._confirmed(self._writer)
            return self._writer
        host, port = self._config.target
        context = ssl.create_default_context(cafile=self._config.ca_file or None) if self._config.tls else None
        self._reader, writer = await asyncio.open_connection(host, port, ssl=context)
        self._writer = writer
        for data in self._unconfirmed:
            writer.write(data)
            await writer.drain()
        return writer

    def _check(self) -> None:
        """A receiver says nothing: if there is an end to read, it has hung up."""
        reader, writer = self._reader, self._writer
        if reader is None or writer is None or reader.at_eof() or reader.exception() or writer.is_closing():
            raise ConnectionResetError("the receiver has hung up")

    def _confirmed(self, writer: asyncio.StreamWriter) -> bool:
        """Whether the other side's system has all that was written; it is forgotten then."""
        opened = writer.get_extra_info("socket")
        if opened is None or opened.fileno() < 0 or writer.transport.get_write_buffer_size():
            return False
        waiting = fcntl.ioctl(opened.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
        # asked after that, since nothing waits on a connection that was reset either
        state = opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        if any(waiting) or state != ESTABLISHED:
            return False
        self._unconfirmed.clear()
        self._bytes = 0
        return True

    def _drop(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    def _away(self, why: str) -> Unavailable:
        return Unavailable(f"syslog: {why}", where=self._config.address)
