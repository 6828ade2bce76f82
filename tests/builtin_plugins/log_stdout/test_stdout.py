"""The log sink `stdout`: under the contract, written to a real pipe, and whole objects."""

import asyncio
import base64
import json
import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from composia.builtin_plugins.log_stdout.sink import StdoutSink
from composia.errors import Unavailable
from composia.plugins.testing.log_lines import NOON_NS, batch, source
from composia.plugins.testing.log_sink import LogSinkBench, LogSinkContract


class Pipe:
    """A pipe, and what has come out of it."""

    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()
        self._rest = b""

    def objects(self) -> list[dict[str, object]]:
        os.set_blocking(self.read_end, False)
        *lines, self._rest = (self._rest + os.read(self.read_end, 1 << 20)).split(b"\n")
        return [json.loads(line) for line in lines]

    def all_of_it(self) -> bytes:
        """To the end."""
        with os.fdopen(os.dup(self.read_end), "rb", buffering=0) as file:
            return b"".join(iter(lambda: file.read(1000), b""))

    def end(self) -> None:
        os.close(self.write_end)
        self.write_end = -1

    def close(self) -> None:
        for end in (self.read_end, self.write_end):
            if end >= 0:
                os.close(end)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.close()


class TestStdoutSink(LogSinkContract):
    @pytest.fixture
    def bench(self, pipe: Pipe) -> LogSinkBench:
        async def lines() -> list[bytes]:
            return [data_of(one) for one in pipe.objects()]

        return LogSinkBench(sink=StdoutSink(pipe.write_end), lines=lines)


def data_of(one: dict[str, object]) -> bytes:
    """The bytes of a line, which are there whatever they are."""
    return base64.b64decode(str(one["base64"])) if "base64" in one else str(one["text"]).encode()


@pytest.mark.anyio
async def test_an_object_says_when_and_whose_a_line_is(pipe: Pipe) -> None:
    of = source("web", "app")
    logs = batch(1, [b'a "quoted" \xc3\xa9', b"\xff\x00"], of=of, at_ns=NOON_NS + 5, step_ns=0, stderr=True)
    await StdoutSink(pipe.write_end).append("n1", replace(logs, partial=(False, True)))

    whose = {"node": "n1", "service": "web", "container": "app", "name": "web-app-1", "stream": "stderr"}
    time = "2026-11-03T12:00:00.000000005Z"
    assert pipe.objects() == [
        {"time": time, **whose, "text": 'a "quoted" é'},
        {"time": time, **whose, "text": "\ufffd\x00", "base64": "/wA=", "partial": True},
    ]


@pytest.mark.anyio
async def test_a_reader_that_is_slow_gets_all_of_it(pipe: Pipe) -> None:
    """More than a pipe holds, in pieces."""
    reading = asyncio.create_task(asyncio.to_thread(pipe.all_of_it))
    await StdoutSink(pipe.write_end).append("n1", batch(1, [b"x" * 1000] * 1000))
    pipe.end()
    assert [json.loads(line)["text"] for line in (await reading).splitlines()] == ["x" * 1000] * 1000


@pytest.mark.anyio
async def test_a_reader_that_is_gone_is_unavailable_and_the_batch_may_come_again(pipe: Pipe) -> None:
    sink = StdoutSink(pipe.write_end)
    os.close(pipe.read_end)
    pipe.read_end = -1
    for _ in range(2):
        with pytest.raises(Unavailable):
            await sink.append("n1", batch(1, [b"one"]))
