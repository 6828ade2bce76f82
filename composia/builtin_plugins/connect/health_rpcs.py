"""The gRPC health protocol, for whoever balances or watches gRPC servers. It needs no token and says no more than yes or no."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.request import RequestContext

from composia._gen.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from composia.builtin_plugins.connect.gate import presentable
from composia.builtin_plugins.connect.streams import Stream, Streams, current
from composia.builtin_plugins.connect.unserved import SERVICES

Context = RequestContext[Any, Any]

LOOK_S = 2.0
"""How often it is looked while somebody watches."""


class HealthRpcs:
    """`ready` says whether the server serves."""

    def __init__(self, ready: Callable[[], Awaitable[bool]]) -> None:
        self._ready = ready

    async def check(self, request: HealthCheckRequest, _: Context, /) -> HealthCheckResponse:
        """How it is now."""
        if request.service and request.service not in SERVICES:
            raise ConnectError(Code.NOT_FOUND, "unknown service")
        return await self._answer()

    async def watch(self, request: HealthCheckRequest, _: Context, /) -> AsyncIterator[HealthCheckResponse]:
        """How it is now, and again whenever that changes."""
        if request.service and request.service not in SERVICES:
            yield HealthCheckResponse(status=HealthCheckResponse.SERVICE_UNKNOWN)
            await asyncio.get_running_loop().create_future()  # the protocol asks for that: it may be served one day
        last = None
        while True:
            answer = await self._answer()
            if answer != last:
                yield answer
                last = answer
            await asyncio.sleep(LOOK_S)

    async def _answer(self) -> HealthCheckResponse:
        serving = HealthCheckResponse.SERVING if await self._ready() else HealthCheckResponse.NOT_SERVING
        return HealthCheckResponse(status=serving)


class Anybody:
    """An interceptor that lets everybody in, and keeps their streams so that they end with the server."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    async def on_start(self, ctx: Context) -> Stream | None:
        """Note a stream."""
        if ctx.method.name != "Watch":
            return None
        stream = current.get()
        self._streams.add(stream, "")
        return stream

    async def on_end(self, stream: Stream | None, ctx: Context, error: Exception | None, /) -> None:
        """Forget a stream; what was not expected stays in the log."""
        if stream is not None:
            self._streams.remove(stream)
            error = stream.error or error
        if error is not None and not isinstance(error, ConnectError | ConnectionError):
            raise presentable(error, ctx.method.name) from None
