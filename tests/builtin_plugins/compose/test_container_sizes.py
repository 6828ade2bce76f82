"""How large containers are, as an engine tells it that measures them for it."""

import json
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketStream

from composia.builtin_plugins.compose.stock import EngineStock
from composia.core.host_object import ContainerSize
from composia.errors import Unavailable
from tests.builtin_plugins.compose.test_engine_stream import OK, Answering, engine

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

LISTED = [{"Id": "b", "SizeRw": 2048, "SizeRootFs": 9_000_000}, {"Id": "a", "SizeRootFs": 9_000_000}]


def measuring(*, pings: bool = True, ends: bool = True) -> Answering:
    """An engine that leaves out the size of what has written nothing; it `pings`, and `ends` with what it measures, or not."""

    async def answer(stream: SocketStream, heard: bytes) -> None:
        target = heard.split(b" ")[1]
        is_ping = b"/_ping" in target
        if not (pings if is_ping else ends):
            await anyio.sleep_forever()
        assert is_ping or (b"all=1" in target and b"size=1" in target)
        body = b"OK" if is_ping else json.dumps(LISTED).encode()
        await stream.send(OK + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    return answer


async def test_each_has_what_it_has_written(tmp_path: Path, anyio_backend: str) -> None:
    async with engine(tmp_path, measuring()) as streams:
        found = await EngineStock(streams=streams).container_sizes()

    assert found == (ContainerSize(id="a", size_bytes=0), ContainerSize(id="b", size_bytes=2048))


async def test_where_it_takes_too_long_there_are_none(tmp_path: Path, anyio_backend: str) -> None:
    async with engine(tmp_path, measuring(ends=False)) as streams:
        assert await EngineStock(streams=streams, measuring_s=0.05).container_sizes() == ()


async def test_an_engine_that_hangs_is_said_and_not_waited_for_so_long(tmp_path: Path, anyio_backend: str) -> None:
    async with engine(tmp_path, measuring(pings=False), deadline_s=0.05) as streams:
        with pytest.raises(Unavailable, match="does not answer"):
            await EngineStock(streams=streams).container_sizes()
