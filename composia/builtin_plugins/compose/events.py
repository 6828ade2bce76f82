"""What the engine tells of its containers while it happens."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import anyio

from composia.builtin_plugins.compose.engine_errors import gone
from composia.builtin_plugins.compose.engine_stream import EngineStream, EngineStreams
from composia.plugins.executor_seeing import EngineEvent

_STATES = ["create", "start", "restart", "die", "pause", "unpause", "destroy"]
_MORE = ["oom", "health_status", "rename", "update"]
_FILTERS = json.dumps({"type": ["container"], "event": _STATES + _MORE})  # no exec_*: a healthcheck has three


async def follow(streams: EngineStreams) -> AsyncGenerator[EngineEvent]:
    """Each event as it comes, after an empty one that says that it listens. `Unavailable` when the engine goes away
    or hangs; either is noticed within the deadline of `streams`."""
    # A quiet stream looks like one of an engine that hangs, so after half of the deadline it is asked whether it is there.
    pings = replace(streams, deadline_s=streams.deadline_s / 2)
    async with await streams.open("GET", "/events", {"filters": _FILTERS}) as stream:
        yield EngineEvent()
        async with aclosing(_lines(stream, pings)) as lines:
            async for line in lines:
                event = json.loads(line)
                yield EngineEvent(
                    container=event["Actor"]["ID"],
                    action=event["Action"],
                    at_ns=event["timeNano"],
                    exit_code=int(event["Actor"].get("Attributes", {}).get("exitCode", 0)),
                )
    raise gone(streams.docker_host)


async def _lines(stream: EngineStream, pings: EngineStreams) -> AsyncGenerator[bytes]:
    rest = b""
    while True:
        piece = None
        with anyio.move_on_after(pings.deadline_s):
            piece = await stream.receive()
        if piece is None:
            await pings.ask("GET", "/_ping")
            continue
        if not piece:
            return
        *lines, rest = (rest + piece).split(b"\n")
        for line in filter(bytes.strip, lines):
            yield line
