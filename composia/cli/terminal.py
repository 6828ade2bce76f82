"""The terminal and the standard streams of a command that is run elsewhere."""

import asyncio
import os
import sys
import termios
import threading
import tty
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from typing import TextIO, cast

import anyio.to_thread

from composia.core.tunnel import ExecInput, ExecStart, Input, InputEnd, Resize

_PIECE = 32_768
_AHEAD = 2
"""Pieces that are read before there is room for them on the connection."""


def size() -> tuple[int, int]:
    """Lines and columns of whichever standard stream is a terminal; zeros where none is."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            columns, lines = os.get_terminal_size(stream.fileno())
            return lines, columns
    return 0, 0


@contextmanager
def raw(fd: int) -> Iterator[None]:
    """A block in which the terminal passes on each key as it is. Whatever ends the block, the terminal is as it was."""
    before = termios.tcgetattr(fd)
    try:
        tty.setraw(fd)
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


async def write(stream: TextIO, data: bytes) -> None:
    """Write all of it, however slow its reader is."""

    def write_all() -> None:
        stream.buffer.write(data)
        stream.buffer.flush()

    await anyio.to_thread.run_sync(write_all, abandon_on_cancel=True)


class Inputs:
    """What a person says: what is read from standard input, as far as there is room for it, and before that whatever else."""

    def __init__(self, start: ExecStart) -> None:
        self._start = start
        self._loop = asyncio.get_running_loop()
        self._said: deque[ExecInput] = deque()
        self._read: deque[ExecInput] = deque()
        self._room = threading.Semaphore(_AHEAD)
        self._news = asyncio.Event()
        self._over = False

    async def messages(self) -> AsyncIterator[ExecInput]:
        """All of it, in order, until it is over."""
        yield self._start
        while not self._over:
            if self._said:
                yield self._said.popleft()
            elif self._read:
                self._room.release()
                yield self._read.popleft()
            else:
                self._news.clear()
                await self._news.wait()

    def say(self, message: ExecInput) -> None:
        """It goes before what is read."""
        self._said.append(message)
        self._news.set()

    def resized(self) -> None:
        """The terminal may have another size now."""
        rows, columns = size()
        self.say(Resize(rows=rows, columns=columns))

    def read_from(self, stream: TextIO) -> None:
        """Read from there on, in a thread, for what is read may be a terminal, a pipe or a file; nothing waits for it."""
        threading.Thread(
            target=self._read_all, args=(cast("BufferedReader", stream.buffer),), daemon=True, name="standard input"
        ).start()

    def end(self) -> None:
        """Nobody listens any more."""
        self._over = True
        self._news.set()

    def _read_all(self, stream: BufferedReader) -> None:
        with suppress(RuntimeError):  # the loop is closed: it is over
            while data := self._next(stream):
                self._room.acquire()
                self._loop.call_soon_threadsafe(self._take, Input(data=data))
            self._loop.call_soon_threadsafe(self._take, InputEnd())

    def _next(self, stream: BufferedReader) -> bytes:
        try:
            return stream.read1(_PIECE)
        except OSError:  # a terminal that was hung up
            return b""

    def _take(self, message: ExecInput) -> None:
        self._read.append(message)
        self._news.set()
