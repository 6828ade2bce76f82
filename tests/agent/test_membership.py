"""A host becomes a node once, whatever dies or is lost meanwhile, and stays it."""

import json
import signal
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from composia.agent import connector, renewal
from composia.agent.main import run_agent
from composia.agent.settings import AgentSettings
from composia.clock import SystemClock
from composia.core.join import JoinRequest, JoinString, fingerprint
from composia.core.token import NewCredential, Token, read_token
from composia.errors import ComposiaError, Conflict, Invalid, NotPossible, Unauthenticated, Unavailable
from composia.server.certificates import ensure_certificates
from tests.agent.fake_server import CA
from tests.agent.host import Host
from tests.agent.line import Line
from tests.agent.waiting import eventually
from tests.agent.whoever import says, served

pytestmark = pytest.mark.anyio

JOIN_TOKEN = str(Token(id="0" * 12, secret="j" * 43))
URL = "https://composia.test:8443"
OTHER_CA = CA.replace("AAEC", "AQID")
JOIN = JoinString(url=URL, ca_sha256="", secret=JOIN_TOKEN)


def papers(host: Host | Line) -> dict[str, Any]:
    """What the agent keeps of its membership."""
    kept: dict[str, Any] = json.loads((host.data / "membership.json").read_text())
    return kept


def credential(text: str) -> NewCredential:
    """What the server was told of a token."""
    token = read_token(text)
    assert token is not None
    return NewCredential(id=token.id, digest=token.digest)


def string(host: Host) -> str:
    """The join string of the host's server."""
    return str(JoinString(url=str(host.root / "socket"), ca_sha256="", secret=JOIN_TOKEN))


def joins(line: Line, *, node: str = "", join: JoinString | None = JOIN) -> None:
    """Let the agent join, in the place of being told."""
    line.settings = AgentSettings(data=line.data, node=node, join=join)


# --- killed between each two steps


@pytest.mark.parametrize("join_again", [True, False])
@pytest.mark.parametrize("point", ["joining made", "joining answered", "joining kept"])
async def test_killed_at_any_step_of_joining_a_host_is_one_node_with_one_credential(
    host: Host, point: str, join_again: bool
) -> None:
    async with host.agent(point, join=string(host)) as process:
        await eventually(lambda: process.poll() is not None)
    assert process.returncode == -signal.SIGKILL
    known = dict(host.server.credentials)
    assert bool(known) == (point != "joining made")
    async with host.agent(join=string(host) if join_again else "-"):
        await host.server.until(lambda: host.server.heartbeats)

    kept = papers(host)
    asked = [a.credential if isinstance(a, JoinRequest) else a for a in host.server.asked]
    assert set(asked) == {credential(kept["token"])}
    assert (kept["node"], kept["next"], kept["ca"]) == ("n1", "", CA)
    assert list(host.server.credentials) == [credential(kept["token"]).id]
    assert host.server.shown[-1] == ("session", kept["token"])
    assert {token for method, token in host.server.shown if method == "join"} <= {JOIN_TOKEN}
    assert host.server.hellos[-1].node == "n1"


@pytest.mark.parametrize("point", ["renewal made", "renewal answered", "renewal kept"])
async def test_killed_at_any_step_of_renewing_a_node_has_one_new_credential_and_goes_on(host: Host, point: str) -> None:
    host.server.renews = True
    async with host.agent(point, join=string(host)) as process:
        await eventually(lambda: process.poll() is not None)
    assert process.returncode == -signal.SIGKILL
    async with host.agent(join="-"):
        await host.server.until(lambda: len(host.server.credentials) == 2 and host.server.shown[-1][1] == _second(host))
        await host.server.until(lambda: host.server.heartbeats)

    renewed = {a for a in host.server.asked if isinstance(a, NewCredential)}
    kept = papers(host)
    assert renewed == {credential(kept["token"])}
    assert list(host.server.credentials)[1:] == [credential(kept["token"]).id]
    assert (kept["node"], kept["next"]) == ("n1", "")


def _second(host: Host) -> str:
    """The second credential's token, once the agent uses it."""
    kept = papers(host)
    return str(kept["token"]) if credential(kept["token"]).id == list(host.server.credentials)[1] else "not yet"


async def test_an_agent_ends_with_its_standard_input(host: Host) -> None:
    async with host.agent(join=string(host)) as process:
        await host.server.until(lambda: host.server.heartbeats)
        assert process.stdin is not None
        process.stdin.close()
        await eventually(lambda: process.poll() is not None)

    assert process.returncode == 0


# --- in the tests' own process


async def test_a_host_joins_and_shows_its_secret_to_nobody(line: Line) -> None:
    joins(line, node="n1")
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)

    (request,) = line.server.asked
    assert isinstance(request, JoinRequest)
    token = papers(line)["token"]
    assert (request.credential, request.node) == (credential(token), "n1")
    assert request.host
    assert [(t.url, t.token, t.ca) for t in line.transport.targets] == [
        (URL, JOIN_TOKEN, None),
        (URL, token, CA.encode()),
    ]
    assert (line.data / "membership.json").stat().st_mode & 0o777 == 0o600


async def test_a_server_that_does_not_answer_is_asked_until_it_does_and_again_after_a_lost_answer(line: Line) -> None:
    joins(line)
    line.transport.down = True
    line.server.lost_answers = 1
    async with line.agent():
        await line.server.until(lambda: line.server.connections >= 2)
        line.transport.down = False
        await line.server.until(lambda: line.server.heartbeats)

    assert len(line.server.asked) == 2
    assert len(set(line.server.asked)) == 1
    assert len(line.server.credentials) == 1


@pytest.mark.parametrize(
    "refusal",
    [Unauthenticated("this join token is used up"), Conflict("there is a node n1 already"), Invalid("no name")],
)
async def test_what_the_server_refuses_a_host_with_ends_its_agent(line: Line, refusal: ComposiaError) -> None:
    joins(line)
    line.server.credential_refusal = refusal

    with pytest.raises(type(refusal), match=str(refusal)):
        await run_agent(line.settings, line.transport, line.puppet, line.clock)
    assert line.server.hellos == []


async def test_without_a_join_string_a_host_is_told_how_to_get_one(line: Line) -> None:
    joins(line, join=None)

    with pytest.raises(NotPossible, match="this host is no node yet") as caught:
        await run_agent(line.settings, line.transport, line.puppet, line.clock)
    assert "composia node join-token" in caught.value.hint


async def test_a_host_whose_joining_was_cut_short_before_the_server_knew_is_told_so_too(line: Line) -> None:
    joins(line, join=None)
    line.data.mkdir()
    (line.data / "membership.json").write_text(json.dumps({"server": URL, "next": JOIN_TOKEN}))
    line.server.credential_refusal = Unauthenticated("this token is not known")

    with pytest.raises(NotPossible, match="this host is no node yet"):
        await run_agent(line.settings, line.transport, line.puppet, line.clock)


async def joined(line: Line) -> None:
    """Let the agent have joined."""
    joins(line)
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)
    for said in (line.server.asked, line.server.shown, line.server.heartbeats, line.transport.targets):
        said.clear()


@pytest.mark.parametrize("join", [None, JOIN, replace(JOIN, secret=str(Token(id="1" * 12, secret="k" * 43)))])
async def test_a_node_joins_no_second_time(line: Line, join: JoinString | None) -> None:
    await joined(line)
    joins(line, join=join)
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)

    assert line.server.asked == []
    assert [(t.url, t.token) for t in line.transport.targets] == [(URL, papers(line)["token"])]


async def test_a_join_string_of_another_server_is_refused_and_nothing_is_changed(line: Line) -> None:
    await joined(line)
    before = papers(line)
    joins(line, join=replace(JOIN, url="https://elsewhere.test"))

    with pytest.raises(Conflict) as caught:
        await run_agent(line.settings, line.transport, line.puppet, line.clock)
    assert caught.value.message == (
        f"this data directory belongs to a node of {URL}, the join string is of https://elsewhere.test"
    )
    assert papers(line) == before
    assert line.transport.targets == []


@pytest.mark.parametrize("shown", ["the string's CA", "another CA"])
async def test_a_join_string_may_say_where_the_server_is_now_or_which_ca_it_has_if_that_is_true(
    line: Line, tmp_path: Path, shown: str
) -> None:
    await joined(line)
    own, other = (ensure_certificates(tmp_path / name, ("127.0.0.1",), SystemClock()) for name in ("own", "other"))
    pem = own.ca.read_text()
    join = JoinString(url=URL, ca_sha256=fingerprint(pem.encode()), secret=JOIN_TOKEN)
    async with served(own, says((own if shown == "the string's CA" else other).ca.read_bytes()), bytearray()) as url:
        line.data.joinpath("membership.json").write_text(json.dumps(papers(line) | {"server": url}))
        joins(line, join=replace(join, url=url))
        async with line.agent():
            await line.server.until(lambda: line.server.heartbeats)

    wanted = pem if shown == "the string's CA" else CA
    assert [(t.url, t.ca) for t in line.transport.targets] == [(url, wanted.encode())]
    assert line.server.asked == []


async def test_a_server_of_the_same_ca_may_have_moved(line: Line, tmp_path: Path) -> None:
    own = ensure_certificates(tmp_path / "own", ("127.0.0.1",), SystemClock())
    line.server.ca = own.ca.read_text()
    await joined(line)
    async with served(own, says(own.ca.read_bytes()), bytearray()) as url:
        joins(line, join=JoinString(url=url, ca_sha256=fingerprint(own.ca.read_bytes()), secret=JOIN_TOKEN))
        async with line.agent():
            await line.server.until(lambda: line.server.heartbeats)

    assert [t.url for t in line.transport.targets] == [url]
    assert papers(line)["server"] == url


async def test_a_data_directory_of_another_node_is_refused(line: Line) -> None:
    await joined(line)
    joins(line, node="n2")

    with pytest.raises(Conflict, match="this data directory belongs to node n1, not n2"):
        await run_agent(line.settings, line.transport, line.puppet, line.clock)


async def test_a_membership_that_is_broken_is_named(line: Line) -> None:
    line.data.mkdir()
    (line.data / "membership.json").write_text("{")
    joins(line)

    with pytest.raises(Invalid, match="the membership cannot be read") as caught:
        await run_agent(line.settings, line.transport, line.puppet, line.clock)
    assert caught.value.where == str(line.data / "membership.json")


async def test_a_node_that_is_not_known_any_more_joins_anew_as_what_it_was(line: Line) -> None:
    await joined(line)
    old = papers(line)["token"]
    joins(line)
    line.server.refusal = Unauthenticated("this token was revoked")
    async with line.agent():
        await line.server.until(lambda: line.server.asked)
        line.server.refusal = None
        await line.server.until(lambda: line.server.heartbeats)

    request = line.server.asked[0]
    assert isinstance(request, JoinRequest)
    assert (request.node, request.credential) == ("n1", credential(papers(line)["token"]))
    assert papers(line)["token"] != old


async def test_a_node_that_is_not_known_any_more_and_cannot_join_anew_keeps_trying(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    await joined(line)
    token = papers(line)["token"]
    monkeypatch.setattr("composia.agent.main.REFUSED_S", 0.05)
    line.server.refusal = line.server.credential_refusal = Unauthenticated("this token was revoked")
    async with line.agent():
        await line.server.until(lambda: len(line.server.hellos) >= 4)
        line.server.refusal = None
        await line.server.until(lambda: line.server.heartbeats)

    assert len(line.server.asked) >= 4
    assert papers(line)["token"] == token == line.server.shown[-1][1]


async def test_an_agent_that_was_told_its_token_joins_nowhere(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composia.agent.main.REFUSED_S", 0.05)
    line.server.refusal = Unauthenticated("this token was revoked")
    async with line.agent():
        await line.server.until(lambda: len(line.server.hellos) >= 3)

    assert line.server.asked == []
    assert not (line.data / "membership.json").exists()


async def test_a_renewed_credential_is_used_at_once_and_the_ca_that_came_with_it(line: Line) -> None:
    await joined(line)
    line.server.renews, line.server.ca = True, OTHER_CA
    old = papers(line)["token"]
    async with line.agent():
        await line.server.until(lambda: len([m for m, _ in line.server.shown if m == "session"]) == 2)
        await line.server.until(lambda: line.server.heartbeats)

    new = papers(line)["token"]
    assert line.server.asked == [credential(new)]
    assert line.server.shown == [("session", old), ("renew_credential", old), ("session", new)]
    assert [t.ca for t in line.transport.targets] == [CA.encode(), (OTHER_CA + CA).encode()]


@pytest.mark.parametrize("trouble", ["the answer is lost", "the server has trouble", "the credential is none any more"])
async def test_renewing_is_tried_again_until_it_is_done(
    line: Line, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(renewal, "AGAIN_FIRST_S", 0.01)
    await joined(line)
    line.server.renews = True
    match trouble:
        case "the answer is lost":
            line.server.lost_answers = 2
        case "the server has trouble":
            line.server.credential_refusal = Unavailable("the disk is full")
        case "the credential is none any more":
            line.server.credential_refusal = Conflict("there is another token with that id")
    async with line.agent():
        await line.server.until(lambda: len(line.server.asked) >= 3)
        line.server.credential_refusal = None
        await line.server.until(lambda: len([m for m, _ in line.server.shown if m == "session"]) == 2)

    asked = set(line.server.asked)
    assert (len(asked) == 1) == (trouble != "the credential is none any more")
    assert credential(papers(line)["token"]) in asked


async def test_a_host_that_is_told_to_end_while_it_cannot_join_yet_ends(line: Line) -> None:
    joins(line)
    line.transport.down = True
    with anyio.fail_after(connector.CLOSE_S * 10):
        async with line.agent():
            await line.server.until(lambda: line.server.connections)

    with suppress(FileNotFoundError):
        assert papers(line)["token"] == ""
