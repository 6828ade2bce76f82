"""The log of a container, straight from the engine."""

import json
from collections.abc import AsyncGenerator

import anyio

from composia.builtin_plugins.compose.engine_errors import gone, words
from composia.builtin_plugins.compose.engine_stream import EngineStream, EngineStreams
from composia.builtin_plugins.compose.log_frames import LogFrames
from composia.errors import NotPossible, Unavailable
from composia.plugins.executor_talking import LogLines

_SECOND = 1_000_000_000
_OWN_TIMES = "journald"
"""The log driver that gives each piece of a long line a time of its own."""

_SMALL = 16 * 1024
_GATHER_S = 0.02
"""Lines that come one by one, but often, are let gather for so long: each look costs as much as many lines."""


async def read_log(
    streams: EngineStreams,
    container_id: str,
    *,
    since_ns: int = 0,
    until_ns: int = 0,
    tail: int = 0,
    follow: bool = False,
) -> AsyncGenerator[LogLines]:
    """As `Remembering.logs` says."""
    about = json.loads(await streams.ask("GET", f"/containers/{container_id}/json"))
    driver = about["HostConfig"]["LogConfig"]["Type"]
    query = {"stdout": "1", "stderr": "1", "timestamps": "1"}
    query |= {"follow": "1"} if follow else {}
    query |= {"since": _moment(since_ns)} if since_ns else {}
    query |= {"until": _moment(until_ns)} if until_ns else {}
    query |= {"tail": str(tail)} if tail else {}
    try:
        stream = await streams.open("GET", f"/containers/{container_id}/logs", query)
    except NotPossible as error:
        raise NotPossible(
            f"the log cannot be read: {error.message}",
            where=f"container {about['Name'].removeprefix('/')}",
            hint=f"its log driver is {driver}; json-file, local and journald can be read",
        ) from error
    async with stream:
        frames = LogFrames(terminal=about["Config"]["Tty"], one_time=driver != _OWN_TIMES, chunked=stream.is_chunked)
        async for data in _pieces(stream):
            try:
                lines = frames.feed(data)
            except ValueError:
                raise gone(streams.docker_host) from None
            if lines:
                yield lines
            if frames.trouble:
                raise Unavailable(words(frames.trouble), where=f"container {about['Name'].removeprefix('/')}")
            if frames.ended:
                break
        if frames.chunked and not frames.ended:
            raise gone(streams.docker_host)
        if rest := frames.finish():
            yield rest


async def _pieces(stream: EngineStream) -> AsyncGenerator[bytes]:
    """What comes, until the engine closes."""
    last = 0.0
    while data := await stream.receive_raw():
        yield data
        if len(data) < _SMALL:
            if anyio.current_time() - last < _GATHER_S:
                await anyio.sleep(_GATHER_S)
            last = anyio.current_time()


def _moment(at_ns: int) -> str:
    return f"{at_ns // _SECOND}.{at_ns % _SECOND:09}"
