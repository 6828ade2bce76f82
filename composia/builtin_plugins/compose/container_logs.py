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

_UNENDED = "local"
"""The log driver that forgets the newline of a long line."""

_SHORTEST_S, _LONGEST_S = 0.001, 0.02
_FEW, _MANY = 2 * 1024, 8 * 1024
"""Each look costs as much as many lines. So between two of them there is a pause, the longer the fewer bytes come; but it must
be short when many do: the system takes no more than a few hundred lines from the engine before somebody reads them."""


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
        frames = LogFrames(
            terminal=about["Config"]["Tty"],
            one_time=driver != _OWN_TIMES,
            unended=driver == _UNENDED,
            chunked=stream.is_chunked,
        )
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
    pause_s = _SHORTEST_S
    while data := await stream.receive_raw():
        yield data
        if len(data) > _MANY:
            pause_s = max(_SHORTEST_S, pause_s / 2)
        elif len(data) < _FEW:
            pause_s = min(_LONGEST_S, pause_s * 2)
        await anyio.sleep(pause_s)


def _moment(at_ns: int) -> str:
    return f"{at_ns // _SECOND}.{at_ns % _SECOND:09}"
