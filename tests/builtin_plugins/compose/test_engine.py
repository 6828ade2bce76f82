"""How it is noticed that an engine goes away or hangs, at a socket that breaks off when the test says so, or says nothing."""

import socket
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketStream
from docker import APIClient
from docker.errors import APIError

from composia.builtin_plugins.compose.engine import Engine
from composia.errors import ComposiaError, NotPossible, Unavailable
from tests.agent.making import make_container

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]
SOON_S = 60.0


@pytest.mark.parametrize(
    ("answer", "noticed"), [(b"HTTP/1.1 200 OK", [Unavailable.code]), (b"HTTP/1.1 404 Not Found", [])]
)
async def test_an_engine_is_gone_when_its_stream_of_events_ends_and_not_when_it_has_none(
    tmp_path: Path, answer: bytes, noticed: list[str]
) -> None:
    path, found = tmp_path / "engine.sock", list[ComposiaError]()
    listened, breaks, ended = anyio.Event(), anyio.Event(), anyio.Event()

    async def serve(stream: SocketStream) -> None:
        async with stream:
            assert (await stream.receive()).startswith(b"GET /events?")
            await stream.send(answer + b"\r\nTransfer-Encoding: chunked\r\n\r\n")
            listened.set()
            await breaks.wait()

    async def listen() -> None:
        found.append(await Engine(f"unix://{path}", SOON_S).broken_off())
        ended.set()

    async with await anyio.create_unix_listener(path) as listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve)
        group.start_soon(listen)
        with anyio.fail_after(SOON_S):
            await listened.wait()
        await anyio.wait_all_tasks_blocked()
        before = list(found)
        breaks.set()
        with anyio.move_on_after(SOON_S if noticed else 0.3):
            await ended.wait()
        group.cancel_scope.cancel()

    assert before == []
    assert [error.code for error in found] == noticed


@pytest.mark.parametrize(
    "ask",
    [
        lambda engine: engine.inspect("web"),
        lambda engine: engine.images(["web:1"]),
        lambda engine: engine.streams.ask("GET", "/info"),
        lambda engine: engine.lost(),
    ],
    ids=["inspect", "images", "stream", "lost"],
)
async def test_an_engine_that_takes_questions_and_does_not_answer_may_be_asked_again_later(
    tmp_path: Path, ask: Callable[[Engine], Awaitable[object]]
) -> None:
    path = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()  # the system takes what is sent, and nobody reads it
        try:
            error: object = await ask(Engine(f"unix://{path}", 0.2))
        except ComposiaError as raised:
            error = raised

    assert isinstance(error, Unavailable)
    assert str(error) == f"unix://{path}: the Docker engine does not answer within 0.2 s"


@pytest.mark.parametrize(
    ("refusal", "is_left"),
    [("removal of container 1 is already in progress", True), ("driver failed to remove root filesystem", False)],
)
async def test_a_container_that_is_being_removed_is_left_to_that(
    refusal: str, is_left: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def remove(_: APIClient, container: str, **__: bool) -> None:
        asked.append(container)
        if container == "1":
            raise APIError("409 Client Error", explanation=refusal)

    monkeypatch.setattr(APIClient, "remove_container", remove)
    engine = Engine("unix:///nowhere", SOON_S)
    monkeypatch.setattr(engine, "_client", APIClient(base_url="unix:///nowhere", version="1.41"))
    with nullcontext() if is_left else pytest.raises(NotPossible, match="root filesystem"):
        await engine.remove([make_container(), replace(make_container(), id="2")])

    assert asked == (["1", "2"] if is_left else ["1"])
