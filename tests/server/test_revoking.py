"""A token that is revoked while its bearer asks for a sign-in link leaves none behind."""

import asyncio
import json
from typing import Any

import pytest

from composia.builtin_plugins.connect.application import Application
from composia.core.principal import Role, TokenInfo
from composia.core.user import SessionInfo, Visitor
from composia.errors import Unauthenticated
from composia.plugins.auth import Credentials
from composia.plugins.testing.transport_bench import soon
from composia.plugins.transport import Binding
from composia.server.agents import Agents
from composia.server.people import People
from tests.server.world import World

pytestmark = pytest.mark.anyio


def served(world: World) -> Application:
    """The RPCs of a control plane, which hears of the credentials that end."""
    plane = world.plane
    application = Application(
        Binding(
            listen="",
            tls=None,
            authenticate=plane.callers.authenticate,
            server_api=lambda principal: People(plane, principal),
            agent_api=lambda principal: Agents(plane, principal),
            ready=plane.health.ready,
        )
    )
    plane.callers.on_end = application.streams.end
    return application


async def ask_for_link(
    application: Application, secret: str, let_in: asyncio.Event, body: asyncio.Event
) -> tuple[int, Any]:
    """Status and JSON of the answer to a call that says when it was let in, and whose body comes only with `body`."""
    status, answered, heard = 0, bytearray(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        if heard.is_set():
            await asyncio.Event().wait()  # it stays connected
        let_in.set()
        await body.wait()
        heard.set()
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)
        answered.extend(message.get("body", b""))

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": "/composia.v1.ServerService/CreateSignInLink",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"authorization", f"Bearer {secret}".encode())],
        "client": ("127.0.0.1", 1),
        "extensions": {},
    }
    await application.app(scope, receive, send)
    return status, json.loads(answered)


async def test_a_link_whose_request_was_held_back_until_its_token_was_revoked_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, secret = await world.people.create_token(Role.ADMIN, "")
    application, let_in, body = served(world), asyncio.Event(), asyncio.Event()
    held = asyncio.ensure_future(ask_for_link(application, secret, let_in, body))
    await soon(let_in.wait())
    issuer, sweeps = world.plane.callers.session_issuer, 0
    end_of = issuer.end_of

    async def ended(credential: str) -> tuple[SessionInfo, ...]:
        nonlocal sweeps
        sweeps += 1
        found = await end_of(credential)
        if sweeps == 2:  # what comes behind it in line is not swept away
            body.set()
            await asyncio.wait({held})
        return found

    monkeypatch.setattr(issuer, "end_of", ended)
    await world.people.revoke_token(token.id)

    status, told = await held
    assert (status, told["message"]) == (401, "the token was revoked")


async def test_a_link_that_was_being_made_as_its_token_was_revoked_signs_nobody_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, secret = await world.people.create_token(Role.ADMIN, "")
    shown = Credentials(method="x", headers={"authorization": f"Bearer {secret}"}, cookies={}, peer="")
    bearer = People(world.plane, await world.plane.callers.authenticate(shown))
    issuer = world.plane.callers.issuer
    revoke, asked = issuer.revoke, list[asyncio.Task[tuple[str, int]]]()

    async def revoked(id_: str) -> tuple[TokenInfo, ...]:
        info = await revoke(id_)
        asked.append(asyncio.create_task(bearer.create_sign_in_link()))  # let in, and not yet in line
        return info

    monkeypatch.setattr(issuer, "revoke", revoked)
    await world.people.revoke_token(token.id)
    url, _ = await asked[0]

    with pytest.raises(Unauthenticated):
        await world.plane.signing_in.by_link(url.partition("#")[2], Visitor(peer="192.0.2.1"))
