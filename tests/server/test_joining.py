"""Hosts become nodes by a join string, and nodes stay what they are by credentials that they renew."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from composia.core.join import Joined, JoinRequest, JoinString, fingerprint, read_join_string
from composia.core.principal import Principal, Role, TokenInfo
from composia.core.session import AgentMessage, Hello, Welcome
from composia.core.token import NewCredential, Token, read_token
from composia.errors import ComposiaError, Conflict, Invalid, NotPossible, Unauthenticated
from composia.plugins.auth import Credentials
from composia.server.agents import Agents
from composia.server.joining import Reachable
from tests.server.world import World

pytestmark = pytest.mark.anyio

URL = "https://composia.test:8443"
DAY_S = 86_400
CA = b"-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n"


@pytest.fixture
def ca(world: World, tmp_path: Path) -> Path:
    """The CA of a server that knows how it is reached."""
    file = tmp_path / "ca.pem"
    file.write_bytes(CA)
    world.plane.joining.reachable = Reachable(url=URL, here="https://127.0.0.1:8443", ca=file)
    return file


def made(number: int = 1) -> tuple[Token, NewCredential]:
    """A credential as an agent makes one."""
    token = Token(id=f"{number:012x}", secret=str(number).rjust(43, "s"))
    return token, NewCredential(id=token.id, digest=token.digest)


async def caller(world: World, token: object) -> Agents:
    """The agent's API as the bearer of a token has it."""
    headers = {"authorization": f"Bearer {token}"}
    credentials = Credentials(method="Join", headers=headers, cookies={}, peer="")
    return Agents(world.plane, await world.plane.callers.authenticate(credentials))


async def joiner(world: World, node: str = "", *, ttl_s: float = 60, uses: int = 1) -> Agents:
    """The API as a host has it that was given a join string."""
    _, join = await world.people.create_join_token(node, ttl_s, uses)
    return await caller(world, read_join_string(join).secret)


async def join(world: World, number: int = 1, node: str = "") -> Joined:
    """Let a host join."""
    return await (await joiner(world, node)).join(JoinRequest(credential=made(number)[1], host=f"host-{number}"))


async def welcome(agents: Agents) -> Welcome:
    """The welcome to a session that ends at once."""

    async def messages() -> AsyncIterator[AgentMessage]:
        yield Hello(node=agents.principal.node, agent_id="x")

    stream = agents.session(messages())
    first = await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined] # it is a generator
    assert isinstance(first, Welcome)
    return first


async def audit(world: World) -> list[tuple[str, str, str, str]]:
    entries = (await world.plane.queue.audit(100)).items
    return [(entry.by, entry.action, entry.target, entry.text) for entry in entries]


async def test_a_join_string_says_where_the_server_is_and_what_its_ca_looks_like(world: World, ca: Path) -> None:
    token, text = await world.people.create_join_token("web-1", 900, 2)

    secret = read_join_string(text).secret
    assert read_join_string(text) == JoinString(url=URL, ca_sha256=fingerprint(CA), secret=secret)
    shown = read_token(secret)
    assert shown is not None
    now_ms = world.clock.now_ms()
    assert token == TokenInfo(
        id=shown.id,
        role=Role.JOINER,
        node="web-1",
        created_ms=now_ms,
        created_by="ada",
        expires_ms=now_ms + 900_000,
        uses=2,
    )
    assert await world.people.list_tokens() == (token,)


async def test_a_server_that_hosts_know_by_their_own_cas_is_named_without_a_fingerprint(world: World) -> None:
    world.plane.joining.reachable = Reachable(url=URL, here=URL, ca=None)

    _, text = await world.people.create_join_token("", 900, 1)

    assert read_join_string(text).ca_sha256 == ""
    assert (await join(world)).ca == ""


async def test_without_an_address_for_agents_there_is_no_join_string(world: World) -> None:
    with pytest.raises(NotPossible, match="nobody has said how agents reach this server") as caught:
        await world.people.create_join_token("", 900, 1)

    assert "--public-url" in caught.value.hint
    assert await world.people.list_tokens() == ()


@pytest.mark.parametrize(
    ("node", "ttl_s", "uses"), [("No Name", 60, 1), ("", 0, 1), ("", 31 * DAY_S, 1), ("", 60, 0), ("", 60, 10_001)]
)
async def test_a_join_token_within_reason(world: World, ca: Path, node: str, ttl_s: float, uses: int) -> None:
    with pytest.raises(Invalid):
        await world.people.create_join_token(node, ttl_s, uses)


async def test_a_join_token_is_made_with_its_string_and_by_no_other_way(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        await world.people.create_token(Role.JOINER, "")

    assert caught.value.hint == "composia node join-token"


async def test_a_host_joins_under_its_own_name_another_that_it_was_told_or_the_tokens(world: World, ca: Path) -> None:
    wide = await joiner(world, uses=2)
    bound = await joiner(world, "web-3")
    joined = [
        await wide.join(JoinRequest(credential=made(1)[1], host="Web-1.example.org")),
        await wide.join(JoinRequest(credential=made(2)[1], node="web-2", host="Web-1.example.org")),
        await bound.join(JoinRequest(credential=made(3)[1], host="Web-1.example.org")),
    ]

    expires_ms = world.clock.now_ms() + 90 * DAY_S * 1000
    assert joined == [Joined(node=f"web-{n}", ca=CA.decode(), expires_ms=expires_ms) for n in (1, 2, 3)]
    for number in (1, 2, 3):
        principal = (await caller(world, made(number)[0])).principal
        assert principal == Principal(
            id=f"node:web-{number}",
            role=Role.NODE,
            credential=made(number)[0].id,
            node=f"web-{number}",
            expires_ms=expires_ms,
        )
    assert [entry for entry in await audit(world) if entry[1] == "join"] == [
        (api.principal.id, "join", f"web-{number}", f"credential {made(number)[0].id}")
        for number, api in ((3, bound), (2, wide), (1, wide))
    ]


async def test_the_same_credential_again_is_answered_the_same_and_takes_no_use(world: World, ca: Path) -> None:
    api = await joiner(world, uses=2)
    request = JoinRequest(credential=made()[1], host="web-1")
    first = await api.join(request)
    world.clock.advance(61)  # the join token has expired meanwhile, and the node has come

    await welcome(await caller(world, made()[0]))
    assert await api.join(request) == first
    assert [entry[1] for entry in await audit(world)].count("join") == 1
    with pytest.raises(Conflict):
        await api.join(JoinRequest(credential=NewCredential(id=made()[0].id, digest="0" * 64), host="web-1"))


@pytest.mark.parametrize("known", ["it has joined", "its agent came with a token of its own", "it has a token"])
async def test_only_a_bound_join_token_takes_the_name_of_a_node_that_is_known(
    world: World, ca: Path, known: str
) -> None:
    if known == "it has joined":
        await join(world, 1, "web-1")
    elif known == "it has a token":
        await world.people.create_token(Role.NODE, "web-1")
    else:
        async with world.agent("web-1"):
            pass
    api = await joiner(world)

    for request in (
        JoinRequest(credential=made(2)[1], host="web-1"),
        JoinRequest(credential=made(2)[1], node="web-1", host="other"),
    ):
        with pytest.raises(Conflict, match="there is a node web-1 already") as caught:
            await api.join(request)
        assert "composia node join-token --node web-1" in caught.value.hint
    assert (await api.join(JoinRequest(credential=made(2)[1], node="web-2"))).node == "web-2"
    assert (await join(world, 3, "web-1")).node == "web-1"


async def test_two_hosts_of_one_name_that_join_at_once_do_not_both_get_it(world: World, ca: Path) -> None:
    api = await joiner(world, uses=2)
    requests = (JoinRequest(credential=made(number)[1], host="web-1") for number in (1, 2))

    answers = await asyncio.gather(*(api.join(request) for request in requests), return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Joined"]


async def test_a_host_that_is_to_be_another_node_than_its_token_says_is_refused(world: World, ca: Path) -> None:
    api = await joiner(world, "web-1")

    with pytest.raises(Conflict, match="this join token is for node web-1") as caught:
        await api.join(JoinRequest(credential=made()[1], node="web-2"))

    assert caught.value.hint == "composia node join-token --node web-2"


@pytest.mark.parametrize("end", ["has expired", "is used up", "was revoked"])
async def test_a_join_token_that_has_ended_says_how(world: World, ca: Path, end: str) -> None:
    token, text = await world.people.create_join_token("", 60, 1)
    api = await caller(world, read_join_string(text).secret)
    match end:
        case "has expired":
            world.clock.advance(60)
        case "is used up":
            await api.join(JoinRequest(credential=made(1)[1], host="web-1"))
        case "was revoked":
            await world.people.revoke_token(token.id)

    with pytest.raises(Unauthenticated, match=f"this join token {end}") as caught:
        await api.join(JoinRequest(credential=made(2)[1], host="web-2"))
    assert caught.value.hint == "composia node join-token"


@pytest.mark.parametrize("credential", [NewCredential(id="1", digest="0" * 64), NewCredential(id="0" * 12, digest="")])
async def test_a_credential_that_is_none_is_refused_and_takes_no_use(
    world: World, ca: Path, credential: NewCredential
) -> None:
    api = await joiner(world)

    with pytest.raises(Invalid):
        await api.join(JoinRequest(credential=credential, host="web-1"))
    assert [token.uses for token in await world.people.list_tokens()] == [1]


# --- renewing


async def test_a_node_is_told_to_renew_at_half_of_its_credentials_life(world: World, ca: Path) -> None:
    await join(world)
    agents = await caller(world, made()[0])
    waits = []
    for days in (0, 30, 15, 20):
        world.clock.advance(days * DAY_S)
        waits.append((await welcome(agents)).renew_s)

    assert waits == [45 * DAY_S, 15 * DAY_S, 0, 0]


async def test_a_token_without_an_end_is_not_renewed(world: World, ca: Path) -> None:
    _, secret = await world.people.create_token(Role.NODE, "web-1")
    agents = await caller(world, secret)

    assert (await welcome(agents)).renew_s is None
    with pytest.raises(NotPossible, match="does not expire"):
        await agents.renew_credential(made(2)[1])


async def test_a_renewed_credential_ends_the_old_one_when_it_opens_a_session(world: World, ca: Path) -> None:
    await join(world)
    old = await caller(world, made(1)[0])
    world.clock.advance(50 * DAY_S)
    ca.write_bytes(CA + CA)  # noqa: ASYNC240 - a few bytes
    answers = [await old.renew_credential(made(2)[1]) for _ in range(2)]
    ended: list[tuple[str, str]] = []
    world.plane.callers.on_end = lambda credential, reason: ended.append((credential, reason))

    await welcome(old)
    assert ended == []
    await welcome(await caller(world, made(2)[0]))
    assert ended == [(made(1)[0].id, "the token was replaced by a newer one")]
    with pytest.raises(Unauthenticated, match="this token was revoked"):
        await caller(world, made(1)[0])
    expires_ms = world.clock.now_ms() + 90 * DAY_S * 1000
    assert answers == [Joined(node="host-1", ca=(CA + CA).decode(), expires_ms=expires_ms)] * 2


async def test_a_new_credential_that_knows_itself_is_answered_as_at_first(world: World, ca: Path) -> None:
    joined = await join(world)

    assert await (await caller(world, made()[0])).renew_credential(made()[1]) == joined


async def test_an_expired_credential_is_refused_and_ends_what_is_open_with_it(world: World, ca: Path) -> None:
    await join(world)
    await caller(world, made()[0])
    ended: list[tuple[str, str]] = []
    world.plane.callers.on_end = lambda credential, reason: ended.append((credential, reason))
    world.clock.advance(90 * DAY_S - 1)
    world.plane.callers.end_expired()
    assert [credential for credential, _ in ended if credential == made()[0].id] == []
    ended.clear()
    world.clock.advance(1)
    for _ in range(2):
        world.plane.callers.end_expired()

    assert ended == [(made()[0].id, "the token has expired")]
    with pytest.raises(Unauthenticated, match="this token has expired") as caught:
        await caller(world, made()[0])
    assert caught.value.hint == "composia node join-token --node host-1"


async def test_a_host_that_joins_again_as_its_node_ends_what_it_had(world: World, ca: Path) -> None:
    await join(world, 1, "web-1")
    await join(world, 2, "web-1")
    await welcome(await caller(world, made(2)[0]))

    with pytest.raises(Unauthenticated):
        await caller(world, made(1)[0])


async def test_the_servers_own_agent_gets_one_string_at_a_time_that_leads_to_this_machine(
    world: World, ca: Path
) -> None:
    first, second = [read_join_string(await world.plane.joining.own_string("web-1")) for _ in range(2)]

    assert (second.url, second.ca_sha256) == ("https://127.0.0.1:8443", fingerprint(CA))
    with pytest.raises(ComposiaError, match="revoked"):
        await caller(world, first.secret)
    assert (await (await caller(world, second.secret)).join(JoinRequest(credential=made()[1]))).node == "web-1"
