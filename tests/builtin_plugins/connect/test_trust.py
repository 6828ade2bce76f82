"""Whom a client trusts, and which certificate a server shows."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from composia.clock import SystemClock
from composia.errors import ComposiaError, Invalid, Unavailable
from composia.plugins.routes import Route
from composia.plugins.testing.transport_bench import Bench, Idle, answer, soon
from composia.plugins.transport import ServerConnection, Target, Tls, Transport
from composia.plugins.watching import WatchEvent, WatchRequest
from composia.server.certificates import ensure_certificates
from tests.builtin_plugins.connect.conftest import certify

pytestmark = pytest.mark.anyio


@pytest.fixture
def bench(transport: Transport, certified: tuple[Tls, bytes]) -> Bench:
    tls, ca = certified
    bench = Bench(transport=transport, tls=tls, ca=ca)
    bench.puppet.acts["list_nodes"] = answer(())
    return bench


@asynccontextmanager
async def connected(transport: Transport, url: str, ca: bytes | None) -> AsyncIterator[ServerConnection]:
    connection = await transport.connect_server(Target(url=url, token="admin", ca=ca))
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_server_of_another_ca_is_refused(bench: Bench, tmp_path: Path) -> None:
    _, other_ca = certify(tmp_path)
    for ca in (other_ca, None):
        async with bench.serving() as serving, connected(bench.transport, serving.address, ca) as people:
            with pytest.raises(Unavailable) as refused:
                await soon(people.list_nodes())
        assert str(refused.value) == (
            f"{serving.address}: the server's certificate is not from the CA that is trusted here"
        )
    assert bench.seen == []


async def test_a_server_of_another_name_is_refused(bench: Bench, tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path, ("elsewhere.example",), SystemClock())
    bench.tls = Tls(certificate=files.certificate, key=files.key)
    async with (
        bench.serving() as serving,
        connected(bench.transport, serving.address, files.ca.read_bytes()) as people,
    ):
        with pytest.raises(Unavailable, match=r"certificate is not for 127.0.0.1, only for elsewhere\.example"):
            await soon(people.list_nodes())
    assert bench.seen == []


@pytest.mark.parametrize("url", ["http://192.0.2.1:8443", "http://example.org", "ftp://localhost", "localhost:8443"])
async def test_a_token_is_not_sent_in_plaintext_to_another_machine(transport: Transport, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        await transport.connect_server(Target(url=url, token="admin"))
    assert refused.value.where == url


async def test_a_ca_that_is_none_is_refused(transport: Transport) -> None:
    with pytest.raises(Invalid, match="the CA to trust is not a PEM certificate"):
        await transport.connect_server(Target(url="https://localhost:1", token="admin", ca=b"no certificate"))


async def test_no_proxy_of_the_environment_is_used(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async with no_proxy() as (port, requests):
        for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{port}")
        for variable in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(variable, raising=False)
        async with bench.serving() as serving, bench.people(serving) as people:
            assert await soon(people.list_nodes()) == ()
    assert requests == []


async def test_a_redirect_is_not_followed(bench: Bench) -> None:
    async def redirect(scope: Any, _: Any, send: Any) -> None:
        location = scope["path"].removeprefix("/away").encode()
        await send({"type": "http.response.start", "status": 307, "headers": [(b"location", location)]})
        await send({"type": "http.response.body"})

    bench.routes = (Route(path="/away", app=redirect),)
    async with (
        bench.serving() as serving,
        connected(bench.transport, f"{serving.address}/away", bench.ca) as people,
    ):
        with pytest.raises(ComposiaError):
            await soon(people.list_nodes())
    assert bench.puppet.calls == []


async def test_a_new_certificate_is_shown_to_new_connections_and_ends_no_old_one(bench: Bench, tmp_path: Path) -> None:
    old, old_ca = certify(tmp_path / "old")
    new, new_ca = certify(tmp_path / "new")
    bench.tls = Tls(certificate=tmp_path / "server.pem", key=tmp_path / "server.key")
    copy(old, bench.tls)
    idle = Idle(WatchEvent(cursor="1"))
    bench.puppet.acts["watch"] = idle
    async with bench.serving() as serving, connected(bench.transport, serving.address, old_ca) as before:
        watched = before.watch(WatchRequest())
        await soon(anext(watched))
        copy(new, bench.tls)
        await serving.reload_certificate()
        async with connected(bench.transport, serving.address, new_ca) as after:
            assert await soon(after.list_nodes()) == ()
        async with connected(bench.transport, serving.address, old_ca) as stranger:
            with pytest.raises(Unavailable):
                await soon(stranger.list_nodes())
        assert await soon(before.list_nodes()) == ()
        assert not idle.ended.is_set()


async def test_a_new_certificate_without_its_key_is_refused_and_the_old_one_stays(bench: Bench, tmp_path: Path) -> None:
    old, old_ca = certify(tmp_path / "old")
    new, _ = certify(tmp_path / "new")
    bench.tls = Tls(certificate=tmp_path / "server.pem", key=tmp_path / "server.key")
    copy(old, bench.tls)
    async with bench.serving() as serving:
        shutil.copy(new.certificate, bench.tls.certificate)
        with pytest.raises(Invalid, match="certificate and key cannot be used"):
            await serving.reload_certificate()
        async with connected(bench.transport, serving.address, old_ca) as people:
            assert await soon(people.list_nodes()) == ()


async def test_a_server_without_its_certificate_does_not_start(bench: Bench, tmp_path: Path) -> None:
    bench.tls = Tls(certificate=tmp_path / "none.pem", key=tmp_path / "none.key")
    with pytest.raises(Invalid, match="certificate and key cannot be used"):
        async with bench.serving():
            pass


def copy(source: Tls, target: Tls) -> None:
    shutil.copy(source.certificate, target.certificate)
    shutil.copy(source.key, target.key)


@asynccontextmanager
async def no_proxy() -> AsyncIterator[tuple[int, list[bytes]]]:
    """What says no to everyone: its port, and what it was asked."""
    requests: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readline())
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], requests
