"""Lines as objects: `time` (RFC 3339, UTC, nanoseconds), `node`, `service`, `container`, `name`, `stream` and `text`.

What is no UTF-8 has U+FFFD in its `text`, and its bytes in a further key, `base64`. `partial` is there, and true, on
the pieces of a line longer than 1 MiB that go on in the next one.
"""

import base64
import os
import sys

import anyio
import anyio.to_thread
import msgspec

from composia.core.container_log import ForwardedLogs, as_text, rfc3339
from composia.errors import Unavailable, of_the_system
from composia.plugins.log_numbers import Numbers

_ENCODER = msgspec.json.Encoder()


class StdoutSink:
    """Writes to a descriptor, which is standard output but in tests."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = sys.stdout.fileno() if descriptor is None else descriptor
        self._numbers = Numbers()
        self._one = anyio.Lock()

    async def append(self, node: str, logs: ForwardedLogs) -> int:
        """Write a batch; returns when all of it is written, however slow the reader is. `Unavailable` when nobody reads
        any more; then the batch comes again, from its first line on."""
        async with self._one:
            if self._numbers.is_new(node, logs):
                lines = await anyio.to_thread.run_sync(_lines, node, logs)
                # a reader that has stopped must not keep the server from ending
                await anyio.to_thread.run_sync(self._write, lines, abandon_on_cancel=True)
                self._numbers.note(node, logs)
            return self._numbers.last(node, logs)

    async def close(self) -> None:
        """Nothing waits here."""

    def _write(self, lines: bytes) -> None:
        written = 0
        try:
            while written < len(lines):
                written += os.write(self._descriptor, lines[written : written + 65_536])
        except OSError as error:
            told = of_the_system(error)
            raise Unavailable(f"logs cannot be written: {told.message}", where="standard output") from error


def _lines(node: str, logs: ForwardedLogs) -> bytes:
    return b"".join(_ENCODER.encode(one) + b"\n" for one in _objects(node, logs))


def _objects(node: str, logs: ForwardedLogs) -> list[dict[str, object]]:
    found, start, source = [], 0, logs.source
    for at, end in enumerate(logs.ends):
        data, start = logs.data[start:end], end
        text, is_text = as_text(data)
        one: dict[str, object] = {
            "time": rfc3339(logs.at_ns[at]),
            "node": node,
            "service": source.service,
            "container": source.container,
            "name": source.name,
            "stream": "stderr" if logs.stderr[at] else "stdout",
            "text": text,
        }
        if not is_text:
            one["base64"] = base64.b64encode(data).decode()
        if logs.partial[at]:
            one["partial"] = True
        found.append(one)
    return found
