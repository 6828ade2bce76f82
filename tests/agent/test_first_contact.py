"""The first contact: whoever answers, only the CA that the join string means is believed, and nothing secret is sent."""

import asyncio
from pathlib import Path

import pytest

from composia.agent import first_contact
from composia.agent.first_contact import MOST_BYTES, fetch_ca
from composia.clock import SystemClock
from composia.core.join import JoinString, fingerprint
from composia.core.token import Token
from composia.errors import Invalid, NotPossible, TimedOut, Unavailable
from composia.server.certificates import CertificateFiles, ensure_certificates
from tests.agent.whoever import says, served

pytestmark = pytest.mark.anyio

SECRET = str(Token(id="0" * 12, secret="s" * 43))


@pytest.fixture
def mine(tmp_path: Path) -> CertificateFiles:
    """The CA and certificate of the server that is meant."""
    return ensure_certificates(tmp_path / "mine", ("127.0.0.1",), SystemClock())


@pytest.fixture
def other(tmp_path: Path) -> CertificateFiles:
    """Those of whoever is in between."""
    return ensure_certificates(tmp_path / "other", ("127.0.0.1",), SystemClock())


async def fetched(url: str, ca: Path) -> bytes | None:
    """What is believed of a server at `url`, if it is to have that CA."""
    pem = ca.read_bytes()  # noqa: ASYNC240 - a few bytes
    return await fetch_ca(JoinString(url=url, ca_sha256=fingerprint(pem), secret=SECRET))


async def test_the_ca_that_the_string_means_is_believed_whatever_the_certificate(
    mine: CertificateFiles, other: CertificateFiles
) -> None:
    heard = bytearray()
    async with served(other, says(mine.ca.read_bytes()), heard) as url:
        assert await fetched(url, mine.ca) == mine.ca.read_bytes()

    assert heard.splitlines() == [b"GET /ca.pem HTTP/1.0", f"Host: {url.removeprefix('https://')}".encode()]


@pytest.mark.parametrize("pem", ["another", "another one beside it", "none"])
async def test_any_other_ca_is_refused(mine: CertificateFiles, other: CertificateFiles, pem: str) -> None:
    shown = {
        "another": other.ca.read_bytes(),
        "another one beside it": mine.ca.read_bytes() + other.ca.read_bytes(),
        "none": b"<html>hello</html>",
    }[pem]
    heard = bytearray()
    async with served(other, says(shown), heard) as url:
        with pytest.raises(NotPossible) as caught:
            await fetched(url, mine.ca)

    assert caught.value.message == f"the CA of {url} is not the one of this join string"
    assert SECRET.encode() not in heard


async def test_a_server_that_hosts_know_by_their_own_cas_is_not_asked() -> None:
    assert await fetch_ca(JoinString(url="https://127.0.0.1:9", ca_sha256="", secret=SECRET)) is None


async def test_what_has_no_such_page_is_no_server_of_ours(mine: CertificateFiles) -> None:
    async with served(mine, says(mine.ca.read_bytes(), "404 Not Found"), bytearray()) as url:
        with pytest.raises(NotPossible, match="no Composia server with a CA of its own"):
            await fetched(url, mine.ca)


async def test_whoever_says_too_much_is_not_heard_to_the_end(mine: CertificateFiles) -> None:
    said = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal said
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 10_000)
            said += 10_000
            await writer.drain()

    async with served(mine, endless, bytearray()) as url:
        with pytest.raises(NotPossible, match="not the one of this join string"):
            await fetched(url, mine.ca)
    assert said < 200 * MOST_BYTES


async def test_whoever_says_too_little_is_not_waited_for(
    mine: CertificateFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_contact, "DEADLINE_S", 0.3)

    async def slow(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with served(mine, slow, bytearray()) as url:
        with pytest.raises(TimedOut, match=r"no answer in 0\.3 s"):
            await fetched(url, mine.ca)


async def test_nobody_there_or_nobody_who_speaks_tls_may_pass(mine: CertificateFiles) -> None:
    async with served(None, says(b"no TLS"), bytearray()) as url:
        with pytest.raises(Unavailable, match="does not answer"):
            await fetched(url, mine.ca)
    with pytest.raises(Unavailable, match="does not answer"):
        await fetched(url, mine.ca)


async def test_a_ca_is_fetched_over_tls_only(mine: CertificateFiles) -> None:
    with pytest.raises(Invalid):
        await fetched("http://127.0.0.1:9", mine.ca)
