"""A container's log through a tunnel: each line with its time before it."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from itertools import groupby

from composia.core.container_log import rfc3339
from composia.core.tunnel import Exited, LogsTarget, Output, TunnelUp
from composia.plugins.executor_talking import LogLines, Remembering

_MILLISECOND_NS = 1_000_000

MESSAGE = 256 * 1024
"""Bytes of a message, unless a single line is longer."""


async def log_of(executor: Remembering, target: LogsTarget) -> AsyncGenerator[TunnelUp, None]:
    """What there is of it, and with `follow` what comes; then its end. Errors are those of the executor."""
    pieces = executor.logs(
        target.container_id,
        since_ns=target.since_ms * _MILLISECOND_NS,
        until_ns=target.until_ms * _MILLISECOND_NS,
        tail=target.tail,
        follow=target.follow,
    )
    async with aclosing(pieces):
        async for lines in pieces:
            for output in outputs(lines):
                yield output
    yield Exited()


def outputs(lines: LogLines) -> Iterator[Output]:
    """Lines as bytes, in order: as many in one message as come from the same stream, and go into it. A piece of a line that goes
    on has its time before it too, and no newline behind it."""
    for stderr, some in groupby(lines, lambda line: line.stderr):
        data = bytearray()
        for line in some:
            if data and len(data) + len(line.data) > MESSAGE:
                yield Output(data=bytes(data), stderr=stderr)
                data.clear()
            data += f"{rfc3339(line.at_ns)} ".encode() + line.data
            if not line.partial:
                data += b"\n"
        yield Output(data=bytes(data), stderr=stderr)
