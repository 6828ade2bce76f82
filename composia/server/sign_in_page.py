"""`/session`: POST signs a browser in, DELETE signs it out. Only JSON of a page of this server's own is taken."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

import msgspec

from composia.core.user import Visitor
from composia.errors import (
    ComposiaError,
    Forbidden,
    Invalid,
    NotFound,
    TimedOut,
    TooLarge,
    TooOften,
    Unauthenticated,
    of_the_system,
)
from composia.plugins.auth import Credentials
from composia.plugins.auth_sessions import COOKIE, Begun
from composia.plugins.routes import Route
from composia.plugins.same_origin import foreign_site
from composia.server.callers import Callers
from composia.server.peer import peer_address
from composia.server.sign_in import PATH, SigningIn
from composia.server.small_page import Answer, Scope, send_answer

log = logging.getLogger(__name__)

BODY_MOST = 16 * 1024
BODY_S = 10.0

JSON = "application/json"

_STATUS = {
    "invalid": HTTPStatus.BAD_REQUEST,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "not_possible": HTTPStatus.CONFLICT,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too_often": HTTPStatus.TOO_MANY_REQUESTS,
    "timed_out": HTTPStatus.REQUEST_TIMEOUT,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class _Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody signs in with: `user` and `password`, or `token`, or `link`."""

    user: str = ""
    password: str = ""
    token: str = ""
    link: str = ""


def sign_in_page(signing_in: SigningIn, callers: Callers) -> Route:
    """The route."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send_answer(scope, send, await _answer(scope, receive, signing_in, callers))

    return Route(path=PATH, app=app)


async def _answer(scope: Scope, receive: Receive, signing_in: SigningIn, callers: Callers) -> Answer:
    if scope["type"] != "http" or scope["path"] != PATH:
        return Answer(HTTPStatus.NOT_FOUND, b"nothing is here\n")
    headers = _headers(scope)
    try:
        match scope["method"]:
            case "POST":
                _refuse_other_pages(headers)
                return _begun(await _sign_in(scope, headers, receive, signing_in, callers))
            case "DELETE":
                _refuse_other_pages(headers)
                await _end_present(headers, signing_in, callers)
                return Answer(HTTPStatus.NO_CONTENT, b"", headers=(_cookie("", 0),))
            case _:
                allow = ((b"allow", b"POST, DELETE"),)
                return Answer(HTTPStatus.METHOD_NOT_ALLOWED, b"only POST and DELETE\n", headers=allow)
    except ComposiaError as error:
        return _refused(error)
    except OSError as error:
        log.error("the system refuses", extra={"method": PATH, "error": str(error)})  # noqa: TRY400 - its text says it
        return _refused(of_the_system(error))


async def _sign_in(
    scope: Scope, headers: Mapping[str, str], receive: Receive, signing_in: SigningIn, callers: Callers
) -> Begun:
    """Read what is shown, and begin a session in the place of the one that the browser may have."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Invalid("what signs in is JSON", where="content-type", hint=JSON)
    shown = _read(await _body(receive))
    host = (scope.get("client") or ("", 0))[0]
    visitor = Visitor(peer=str(peer_address(host) or host), agent=headers.get("user-agent", ""))
    match (bool(shown.user), bool(shown.token), bool(shown.link)):
        case (True, False, False):
            begun = await signing_in.by_password(shown.user, shown.password, visitor)
        case (False, True, False):
            begun = await signing_in.by_token(shown.token, visitor)
        case (False, False, True):
            begun = await signing_in.by_link(shown.link, visitor)
        case _:
            raise Invalid("nothing signs in, or several things do", hint="user and password, or token, or link")
    await _end_present(headers, signing_in, callers)
    return begun


async def _end_present(headers: Mapping[str, str], signing_in: SigningIn, callers: Callers) -> None:
    """End the session that the browser has, if it has one."""
    cookies = dict(part.strip().partition("=")[::2] for part in headers.get("cookie", "").split(";"))
    if COOKIE not in cookies:
        return
    shown = {name: value for name, value in headers.items() if name != "authorization"}
    try:
        principal = await callers.authenticate(Credentials(method=PATH, headers=shown, cookies=cookies, peer=""))
        await signing_in.end(principal.credential, by=principal.id)
    except (Unauthenticated, NotFound):
        return  # it has ended by itself


async def _body(receive: Receive) -> bytes:
    body = b""
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                body += bytes(message.get("body", b""))
                if len(body) > BODY_MOST:
                    raise TooLarge("a sign-in of this size is none", hint=f"at most {BODY_MOST} bytes")
                if not message.get("more_body"):
                    return body
    except TimeoutError:
        raise TimedOut(f"what signs in did not come within {BODY_S:g} s") from None


def _read(body: bytes) -> _Shown:
    try:
        return msgspec.json.decode(body, type=_Shown)
    except (msgspec.MsgspecError, UnicodeDecodeError):  # their text may say a part of it
        hint = '{"user": …, "password": …}, {"token": …} or {"link": …}'
        raise Invalid("what signs in is not as it should be", hint=hint) from None


def _headers(scope: Scope) -> dict[str, str]:
    """The headers by name; those that came in several pieces in one."""
    headers: dict[str, str] = {}
    for name, value in ((n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in scope["headers"]):
        joint = "; " if name == "cookie" else ", "
        headers[name] = f"{headers[name]}{joint}{value}" if name in headers else value
    return headers


def _refuse_other_pages(headers: Mapping[str, str]) -> None:
    if site := foreign_site(headers):
        raise Forbidden("this was asked by a page of another site", where=site, hint="use this server's own page")


def _begun(begun: Begun) -> Answer:
    info, secret = begun
    lasts_s = max(0, info.expires_ms - info.created_ms) // 1000
    body = json.dumps({"id": info.by, "role": info.role.value}).encode()
    return Answer(HTTPStatus.OK, body, JSON, (_cookie(secret, lasts_s),))


def _cookie(value: str, lasts_s: int) -> tuple[bytes, bytes]:
    cookie = f"{COOKIE}={value}; Path=/; Max-Age={lasts_s}; Secure; HttpOnly; SameSite=Strict"
    return b"set-cookie", cookie.encode()


def _refused(error: ComposiaError) -> Answer:
    told = {"code": error.code, "message": error.message, "where": error.where, "hint": error.hint}
    headers = ((b"retry-after", str(int(error.wait_s)).encode()),) if isinstance(error, TooOften) else ()
    status = _STATUS.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR)
    return Answer(status, json.dumps(told).encode(), JSON, headers)
