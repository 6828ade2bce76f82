"""The page that browsers sign in by, asked as the transport would."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from composia.builtin_plugins.sessions import passwords
from composia.core.principal import Role
from composia.plugins.auth_sessions import COOKIE
from composia.server import sign_in_page as page
from composia.server.sign_in import FREE_BY_NAME
from tests.server.world import World, make_world

pytestmark = pytest.mark.anyio

BEA = {"user": "bea", "password": "correct horse"}
JSON = {"content-type": "application/json"}


class Answered(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str

    @property
    def code(self) -> str:
        """Of an error."""
        return str(json.loads(self.body)["code"])

    @property
    def cookie(self) -> str:
        """What the browser keeps."""
        return SimpleCookie(self.headers["set-cookie"])[COOKIE].value


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    async with make_world(tmp_path) as world:
        await world.people.create_user("bea", Role.OPERATOR, BEA["password"])
        yield world


async def ask(
    world: World,
    body: Any = None,
    *,
    method: str = "POST",
    path: str = "/session",
    headers: dict[str, str] | None = None,
    pieces: Iterable[bytes] | None = None,
) -> Answered:
    """Ask, with JSON unless headers are given; `pieces` are the body as it comes."""
    sent: list[Any] = []
    coming = list(pieces if pieces is not None else [json.dumps(body).encode()])

    async def receive() -> Any:
        if not coming:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": coming.pop(0), "more_body": bool(coming)}

    async def send(message: Any) -> None:
        sent.append(message)

    given = [(name.encode(), value.encode()) for name, value in (JSON if headers is None else headers).items()]
    scope = {"type": "http", "method": method, "path": path, "headers": given, "client": ("::ffff:192.0.2.1", 5)}
    await page.sign_in_page(world.plane.signing_in, world.plane.callers).app(scope, receive, send)
    start, end = sent
    return Answered(start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, end["body"].decode())


async def test_a_browser_gets_a_cookie_that_only_it_and_only_this_server_see(world: World) -> None:
    answer = await ask(world, BEA, headers={**JSON, "user-agent": "a browser"})

    assert (answer.status, json.loads(answer.body)) == (200, {"id": "bea", "role": "operator"})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["set-cookie"].split("; ")[1:] == [
        "Path=/",
        "Max-Age=2592000",
        "Secure",
        "HttpOnly",
        "SameSite=Strict",
    ]
    (session,) = await world.people.list_sessions()
    assert (session.peer, session.agent) == ("192.0.2.1", "a browser")
    assert answer.cookie.startswith(f"{session.id}_")


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        {"user": "bea"},
        {"user": 1, "password": "x"},
        {**BEA, "token": "t"},
        {"token": "t", "link": "l"},
        {"password": "x"},
        {**BEA, "role": "admin"},
    ],
)
async def test_what_signs_in_is_one_thing(world: World, body: Any) -> None:
    answer = await ask(world, body)

    assert (answer.status, answer.code) in ((400, "invalid"), (401, "unauthenticated"))
    assert (answer.status == 401) == (body == {"user": "bea"})
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"token": "s3cret", "link"}', b"\xff\xfe", b'{"user": "\\ud800", "password": "x"}', b"s3cret"],
)
async def test_what_is_no_json_is_told_so_and_not_said_back(world: World, content: bytes) -> None:
    answer = await ask(world, pieces=[content])

    assert (answer.status, answer.code) == (400, "invalid")
    assert "s3cret" not in answer.body


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"]
)
async def test_what_a_form_of_another_site_can_send_is_refused(world: World, kind: str) -> None:
    answer = await ask(world, BEA, headers={"content-type": kind} if kind else {})

    assert (answer.status, answer.code) == (400, "invalid")
    assert await world.people.list_sessions() == ()


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.test"}]
)
async def test_a_page_of_another_site_signs_nobody_in_or_out(
    world: World, method: str, headers: dict[str, str]
) -> None:
    signed_in = await ask(world, BEA)
    cookie = {"cookie": f"{COOKIE}={signed_in.cookie}"}
    answer = await ask(world, BEA, method=method, headers={**JSON, **headers, **cookie, "host": "composia.test"})

    without = await ask(world, BEA, method=method, headers={**JSON, **headers, "host": "composia.test"})

    assert [(told.status, told.code) for told in (answer, without)] == [(403, "forbidden")] * 2
    assert "set-cookie" not in answer.headers | without.headers
    assert len(await world.people.list_sessions()) == 1


async def test_json_with_a_character_set_from_ones_own_page_is_taken(world: World) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8", "sec-fetch-site": "same-origin"}

    assert (await ask(world, BEA, headers=headers)).status == 200


async def test_only_a_small_body_is_read(world: World) -> None:
    def endless() -> Iterable[bytes]:
        for _ in range(1000):
            yield b" " * 1000

    large = await ask(world, pieces=endless())
    just = await ask(world, pieces=[json.dumps(BEA).encode().ljust(page.BODY_MOST)])

    assert (large.status, large.code, just.status) == (413, "too_large", 200)


async def test_a_body_that_does_not_come_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "BODY_S", 0.01)

    answer = await ask(world, pieces=[])

    assert (answer.status, answer.code) == (408, "timed_out")


async def test_who_fails_too_often_is_told_how_long_to_wait(world: World) -> None:
    wrong = {**BEA, "password": "wrong"}
    refused = [await ask(world, wrong) for _ in range(FREE_BY_NAME + 1)]

    assert [(answer.status, answer.code) for answer in refused] == [
        *[(401, "unauthenticated")] * FREE_BY_NAME,
        (429, "too_often"),
    ]
    assert refused[-1].headers["retry-after"] == "1"
    assert json.loads(refused[-1].body) == {
        "code": "too_often",
        "message": "too many failed sign-ins",
        "where": "",
        "hint": "try again in 1 s",
    }


async def test_signing_in_again_ends_the_session_before(world: World) -> None:
    first = await ask(world, BEA)
    _, token = await world.people.create_token(Role.VIEWER, "")
    second = await ask(world, {"token": token}, headers={**JSON, "cookie": f"a=b; {COOKIE}={first.cookie}; c=d"})
    failed = await ask(world, {"token": "x"}, headers={**JSON, "cookie": f"{COOKIE}={second.cookie}"})

    assert [session.id for session in await world.people.list_sessions()] == [second.cookie.partition("_")[0]]
    assert failed.status == 401


@pytest.mark.parametrize("kept", ["the session", "one that ended", "another", "none"])
async def test_signing_out_ends_the_session_and_takes_the_cookie_back(world: World, kept: str) -> None:
    cookie = (await ask(world, BEA)).cookie
    ended: list[tuple[str, str]] = []
    world.plane.callers.on_end = lambda credential, reason: ended.append((credential, reason))
    if kept == "one that ended":
        await world.people.end_session(cookie.partition("_")[0])
        ended.clear()
    headers = {"cookie": f"{COOKIE}={cookie if kept != 'another' else 'x_y'}"} if kept != "none" else {}

    answer = await ask(world, method="DELETE", headers=headers)

    assert (answer.status, answer.body) == (204, "")
    assert answer.headers["set-cookie"] == f"{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"
    assert "content-length" not in answer.headers
    assert ended == ([(cookie.partition("_")[0], "you have signed out")] if kept == "the session" else [])


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/session", 405), ("PUT", "/session", 405), ("POST", "/session/x", 404)]
)
async def test_there_is_nothing_else(world: World, method: str, path: str, status: int) -> None:
    answer = await ask(world, BEA, method=method, path=path)

    assert answer.status == status
    assert answer.headers.get("allow") == ("POST, DELETE" if status == 405 else None)


async def test_what_the_system_refuses_is_told_as_that(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(world.plane.signing_in, "by_password", full)
    answer = await ask(world, BEA)

    assert (answer.status, json.loads(answer.body)["hint"]) == (503, "make room on that disk")
