"""What Docker takes of the disk, asked of an engine that does one thing at a time."""

import tempfile
from pathlib import Path

import pytest
from anyio.abc import SocketStream

from composia.builtin_plugins.compose import disk
from composia.errors import NotPossible, Unavailable
from tests.builtin_plugins.compose.test_engine_stream import OK, engine, says

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]


async def test_an_engine_that_measures_its_disk_for_somebody_else_is_asked_again(
    tmp_path: Path, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    directories = [Path(tempfile.mkdtemp(dir=tmp_path)) for _ in range(3)]
    monkeypatch.setattr(disk, "AGAIN_S", 0.01)
    message = b'{"message":"a disk usage operation is already running"}'
    refused = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: %d\r\n\r\n%s" % (len(message), message)
    answers = [refused, refused, OK + b"Content-Length: 2\r\n\r\n{}"]

    async def answer(stream: SocketStream, said: bytes) -> None:
        await stream.send(answers.pop(0))

    async with engine(directories[0], answer) as streams:
        assert await disk.measure(streams) == b"{}"

    async with engine(directories[1], says(refused.replace(b"already", b"no more"))) as streams:
        with pytest.raises(NotPossible, match="operation is no more running"):
            await disk.measure(streams)

    async with engine(directories[2], says(refused), deadline_s=0.2) as streams:
        with pytest.raises(Unavailable, match=r"does not answer within 0\.2 s"):
            await disk.measure(streams)
