"""`composia doctor --agent`: whether the server is reached, over real TLS, and what is said when it is not."""

import json
import re
import socket
from pathlib import Path

import pytest

from composia.agent import checks
from composia.agent.checks import server_check
from composia.agent.membership import FILE
from composia.agent.settings import AgentSettings
from composia.builtin_plugins.connect.transport import ConnectTransport
from composia.clock import ManualClock, SystemClock
from composia.core.check import CheckResult
from composia.core.principal import Principal
from composia.errors import NotFound, Unauthenticated
from composia.plugins.auth import Credentials
from composia.plugins.testing.transport_bench import Bench, Idle, stream
from composia.plugins.transport import Tls
from composia.server.certificates import CertificateFiles, ensure_certificates

pytestmark = pytest.mark.anyio

DAY_MS = 86_400_000
LONG_AGO_DAYS = 4000
"""Longer than a CA lives."""


def certified(directory: Path, *, made_days_ago: int = 0) -> CertificateFiles:
    return ensure_certificates(directory, ("127.0.0.1",), ManualClock(SystemClock().now_ms() - made_days_ago * DAY_MS))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A server that knows the token `node`, and no bundle."""
    files = certified(tmp_path / "server")
    bench = Bench(
        transport=ConnectTransport(),
        tls=Tls(certificate=files.certificate, key=files.key),
        ca=files.ca.read_bytes(),
    )
    bench.puppet.acts["fetch_bundle"] = stream(NotFound("no such bundle for this node"))
    return bench


def joined(data: Path, server: str, ca: bytes | None, *, token: str = "node") -> AgentSettings:
    """A host that has joined that server."""
    data.mkdir(exist_ok=True)
    papers = {"server": server, "ca": (ca or b"").decode(), "node": "node-a", "token": token}
    (data / FILE).write_text(json.dumps(papers))
    return AgentSettings(data=data)


async def test_a_server_that_takes_the_credential_is_reached(bench: Bench, tmp_path: Path) -> None:
    async with bench.serving() as serving:
        settings = joined(tmp_path / "agent", serving.address, bench.ca)
        told = AgentSettings(data=tmp_path, node="node-a", server=serving.address, token="node", ca=bench.ca)
        found = [await server_check(settings, bench.transport), await server_check(told, bench.transport)]

    assert [(check.result, check.text, check.hint) for check in found] == 2 * [
        (CheckResult.OK, f"{serving.address} is reached and takes this node's credential", "")
    ]
    assert {name for name, _, _ in bench.puppet.calls} == {"fetch_bundle"}


async def test_a_credential_that_is_not_taken_is_said_with_how_to_get_another(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def expired(_: Credentials) -> Principal:
        raise Unauthenticated("this token has expired", hint="composia node join-token --node node-a")

    async with bench.serving() as serving:
        settings = joined(tmp_path / "agent", serving.address, bench.ca, token="viewer")
        of_somebody_else = await server_check(settings, bench.transport)
    monkeypatch.setattr(bench, "authenticate", expired)
    async with bench.serving() as serving:
        settings = joined(tmp_path / "agent", serving.address, bench.ca)
        late = await server_check(settings, bench.transport)

    assert late.result is of_somebody_else.result is CheckResult.ERROR
    assert late.text == f"{serving.address} is reached, but refuses this node's credential: this token has expired"
    assert "join-token --node node-a" in late.hint
    assert "is reached, but refuses this node's credential" in of_somebody_else.text


@pytest.mark.parametrize(
    ("days", "text", "hint"),
    [
        (0, "certificate is not from the CA that is trusted here", "ca.pem"),
        (LONG_AGO_DAYS, "certificate has expired", "a server renews its own"),
    ],
)
async def test_a_certificate_that_is_not_trusted_is_told(
    bench: Bench, tmp_path: Path, days: int, text: str, hint: str
) -> None:
    other = certified(tmp_path / "other", made_days_ago=days)
    trusted = bench.ca
    if days:
        bench.tls, trusted = Tls(certificate=other.certificate, key=other.key), other.ca.read_bytes()
    else:
        trusted = other.ca.read_bytes()
    async with bench.serving() as serving:
        check = await server_check(joined(tmp_path / "agent", serving.address, trusted), bench.transport)

    assert check.result is CheckResult.ERROR
    assert text in check.text
    assert hint in check.hint
    assert bench.seen == []


async def test_an_address_where_nobody_answers_is_told(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "agent"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{closed.getsockname()[1]}"
        nobody = await server_check(joined(data, url, bench.ca), bench.transport)
    nowhere = await server_check(joined(data, "https://nowhere.invalid", bench.ca), bench.transport)
    monkeypatch.setattr(checks, "REACH_S", 0.2)
    bench.puppet.acts["fetch_bundle"] = Idle(b"")
    async with bench.serving() as serving:
        silent = await server_check(joined(data, serving.address, bench.ca), bench.transport)

    assert {check.result for check in (nobody, nowhere, silent)} == {CheckResult.ERROR}
    assert (nobody.text, nobody.hint) == (
        f"{url}: the server does not answer: nothing listens there",
        "is the server running, and is this its port?",
    )
    assert "no address is known for nowhere.invalid" in nowhere.text
    assert silent.text == f"{serving.address}: no answer in 0.2 s"


async def test_a_host_that_is_no_node_yet_is_no_fault_but_one_whose_papers_are_damaged_is(tmp_path: Path) -> None:
    transport = ConnectTransport()
    fresh = await server_check(AgentSettings(data=tmp_path), transport)
    (tmp_path / FILE).write_text("{")
    damaged = await server_check(AgentSettings(data=tmp_path), transport)

    assert (fresh.result, fresh.text) == (CheckResult.WARNING, "this host is no node yet")
    assert "composia agent --join" in fresh.hint
    assert damaged.result is CheckResult.ERROR
    assert re.search(r"membership.json: the membership cannot be read", damaged.text)
