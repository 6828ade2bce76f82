"""Answers of an engine as streams, at a socket that answers what the test says."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketStream

from composia.builtin_plugins.compose.engine_stream import EngineStreams
from composia.errors import NotFound, NotPossible, Unavailable

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

Answering = Callable[[SocketStream, bytes], Awaitable[None]]
PATIENT_S = 20.0
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@asynccontextmanager
async def engine(directory: Path, answer: Answering, deadline_s: float = PATIENT_S) -> AsyncIterator[EngineStreams]:
    """An engine that answers one request a connection, as `answer` does."""
    path = directory / "engine.sock"

    async def serve(stream: SocketStream) -> None:
        async with stream:
            heard = b""
            while b"\r\n\r\n" not in heard or not heard.endswith((b"\r\n\r\n", b"}")):
                heard += await stream.receive()
            await answer(stream, heard)

    async with await anyio.create_unix_listener(path) as listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve)
        yield EngineStreams(docker_host=f"unix://{path}", deadline_s=deadline_s)
        group.cancel_scope.cancel()


def says(*pieces: bytes) -> Answering:
    """Send these, and end."""

    async def answer(stream: SocketStream, heard: bytes) -> None:
        for piece in pieces:
            await stream.send(piece)

    return answer


async def test_pieces_come_as_they_are_sent_and_the_end_is_one(tmp_path: Path, anyio_backend: str) -> None:
    goes_on = anyio.Event()

    async def answer(stream: SocketStream, heard: bytes) -> None:
        await stream.send(CHUNKED + b"3\r\none\r\n")
        await goes_on.wait()
        await stream.send(b"3\r\ntwo\r\n0\r\n\r\n")

    async with engine(tmp_path, answer) as streams, await streams.open("GET", "/events") as stream:
        first = await stream.receive()
        goes_on.set()
        rest = [piece async for piece in stream]
        after = await stream.receive()

    assert (first, rest, after) == (b"one", [b"two"], b"")


@pytest.mark.parametrize("broken", [CHUNKED + b"3\r\none\r\n", CHUNKED + b"9\r\none", CHUNKED])
async def test_what_breaks_off_is_no_end(tmp_path: Path, anyio_backend: str, broken: bytes) -> None:
    async with engine(tmp_path, says(broken)) as streams, await streams.open("GET", "/events") as stream:
        with pytest.raises(Unavailable, match="the Docker engine went away"):
            await anext(piece async for piece in stream if piece not in {b"one", b"o"})


async def test_a_request_says_what_is_asked(tmp_path: Path, anyio_backend: str) -> None:
    heard: list[bytes] = []

    async def answer(stream: SocketStream, said: bytes) -> None:
        heard.append(said)
        await stream.send(OK + b"Content-Length: 2\r\n\r\n{}")

    async with engine(tmp_path, answer) as streams:
        answered = await streams.ask("POST", "/containers/c/exec", {"a": "b c"}, body={"Cmd": ["x"]})

    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /containers/c/exec?a=b+c HTTP/1.1\r\n")
    assert (json.loads(body), answered) == ({"Cmd": ["x"]}, b"{}")


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        ("404 Not Found", '{"message":"No such container: c"}', NotFound, "no such container: c"),
        ("409 Conflict", '{"message":"Container c is not running."}', NotPossible, "container c is not running"),
        ("500 Internal Server Error", "Broken", NotPossible, "broken"),
    ],
)
async def test_a_refusal_is_in_the_engines_words(
    tmp_path: Path, anyio_backend: str, status: str, body: str, kind: type[Exception], words: str
) -> None:
    refusal = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    async with engine(tmp_path, says(refusal)) as streams:
        with pytest.raises(kind, match=f"^{words}$"):
            await streams.open("POST", "/containers/c/start")


async def test_an_engine_that_says_nothing_is_late_and_one_that_is_not_there_is_absent(
    tmp_path: Path, anyio_backend: str
) -> None:
    async def silence(stream: SocketStream, heard: bytes) -> None:
        await anyio.sleep_forever()

    async def half(stream: SocketStream, heard: bytes) -> None:
        await stream.send(OK + b"Content-Length: 2\r\n\r\n{")
        await anyio.sleep_forever()

    async with engine(tmp_path, silence, deadline_s=0.2) as streams:
        with pytest.raises(Unavailable, match=r"does not answer within 0\.2 s"):
            await streams.open("GET", "/_ping")
    (tmp_path / "engine.sock").unlink()
    async with engine(tmp_path, half, deadline_s=0.2) as streams:
        with pytest.raises(Unavailable, match=r"does not answer within 0\.2 s"):
            await streams.ask("GET", "/info")
    with pytest.raises(Unavailable, match="cannot be reached: connection refused"):
        await streams.open("GET", "/_ping")


async def test_an_upgraded_connection_carries_bytes_both_ways_and_its_first_ones_too(
    tmp_path: Path, anyio_backend: str
) -> None:
    async def answer(stream: SocketStream, heard: bytes) -> None:
        assert b"Upgrade: tcp" in heard
        await stream.send(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nprompt> ")
        said = b""
        async for piece in stream:
            said += piece
        await stream.send(b"you said " + said)

    start = ("POST", "/exec/e/start")
    async with (
        engine(tmp_path, answer) as streams,
        await streams.open(*start, body={"Tty": True}, upgrade=True) as stream,
    ):
        first = await stream.receive()
        await stream.send(b"ls\n")
        await stream.send(b"exit\n")
        await stream.send_eof()
        rest = [piece async for piece in stream]

    assert (stream.is_upgraded, first, b"".join(rest)) == (True, b"prompt> ", b"you said ls\nexit\n")


async def test_whoever_reads_slowly_slows_the_engine(tmp_path: Path, anyio_backend: str) -> None:
    sent, over = 0, anyio.Event()

    async def answer(stream: SocketStream, heard: bytes) -> None:
        nonlocal sent
        await stream.send(CHUNKED)
        with suppress(anyio.BrokenResourceError):
            while True:
                await stream.send(b"10000\r\n" + bytes(0x10000) + b"\r\n")
                sent += 0x10000
        over.set()

    async with engine(tmp_path, answer) as streams:
        async with await streams.open("GET", "/logs") as stream:
            await stream.receive()
            with anyio.move_on_after(0.3):
                await anyio.sleep_forever()
            held = sent
        await over.wait()

    assert held < 4 * 2**20
