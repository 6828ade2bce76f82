"""Streams that are open, and how each ends: by itself, with its peer, or because the server says so."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextvars import ContextVar
from typing import Any

from composia.builtin_plugins.connect.http2_repairs import WHEN_PEER_GONE
from composia.errors import ComposiaError, Unauthenticated
from composia.plugins.routes import AsgiApp


class Stream:
    """One streaming call, being the task that answers it. It is cancelled once, whoever comes first, so that its
    cleanup is never cut short."""

    def __init__(self, task: "asyncio.Task[Any]") -> None:
        self._task = task
        self._ending = False
        self.credential = ""
        self.error: ComposiaError | None = None

    def end(self, error: ComposiaError | None = None) -> None:
        """End it, with what its client gets to hear."""
        if not self._ending:
            self._ending = True
            self.error = error
            self._task.cancel()


class Unary:
    """A call that was let in before its body was read, which its client may hold back for as long as it likes. It is not
    cancelled, for it may itself be what ends its credential."""

    def __init__(self, credential: str) -> None:
        self.credential = credential
        self.error: ComposiaError | None = None


current: ContextVar[Stream] = ContextVar("stream")


class Streams:
    """All open streams whose caller is known, and the other calls."""

    def __init__(self) -> None:
        self._open: set[Stream] = set()
        self._unary: set[Unary] = set()
        self._none = asyncio.Event()
        self._none.set()

    def add(self, stream: Stream, credential: str) -> None:
        """It was opened with that credential."""
        stream.credential = credential
        self._open.add(stream)
        self._none.clear()

    def remove(self, stream: Stream) -> None:
        """It is over."""
        self._open.discard(stream)
        if not self._open:
            self._none.set()

    def admit(self, call: Unary) -> None:
        """It was let in."""
        self._unary.add(call)

    def dismiss(self, call: Unary) -> None:
        """It is over."""
        self._unary.discard(call)

    def end(self, credential: str, reason: str) -> None:
        """End those of a credential that is no longer good, and say why. What was let in with it, but has not begun, does not
        begin."""
        for call in self._unary:
            if call.credential == credential:
                call.error = Unauthenticated(reason)
        for stream in [stream for stream in self._open if stream.credential == credential]:
            stream.end(Unauthenticated(reason))

    def end_all(self, error: ComposiaError) -> None:
        """End every stream."""
        for stream in list(self._open):
            stream.end(error)

    async def wait_for_none(self, seconds: float) -> None:
        """Wait until no stream is open, but not longer than that."""
        try:
            async with asyncio.timeout(seconds):
                await self._none.wait()
        except TimeoutError:
            return


def streaming(app: AsgiApp, paths: Iterable[str]) -> AsgiApp:
    """The application, with those paths answered as streams.

    On HTTP/2 a stream ends the moment its peer is gone, whether or not its handler reads: the word "disconnect", for
    which a handler would have to read, is then not passed on.
    """
    streams = frozenset(paths)

    async def run(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["path"] not in streams:
            await app(scope, receive, send)
            return
        task = asyncio.current_task()
        assert task is not None
        stream = Stream(task)
        current.set(stream)
        when_peer_gone = scope["extensions"].get(WHEN_PEER_GONE)
        if when_peer_gone is None:
            await app(scope, receive, send)
            return
        when_peer_gone(stream.end)

        async def receive_body() -> MutableMapping[str, Any]:
            message = await receive()
            if message["type"] == "http.disconnect":
                await asyncio.get_running_loop().create_future()
            return message

        await app(scope, receive_body, send)

    return run
