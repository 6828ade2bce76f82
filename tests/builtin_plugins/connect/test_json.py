"""What JSON means, and what happens to what is not even HTTP."""

import asyncio
import json
import logging
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from composia.builtin_plugins.connect.transport import ConnectTransport
from composia.core.principal import Role, TokenInfo
from composia.core.task import TaskKind
from composia.plugins.api import OperateRequest, RepositoryLogRequest, ServerInfo, Started
from composia.plugins.queue import Page, TaskFilter
from composia.plugins.testing.transport_bench import Bench, answer, soon
from composia.plugins.transport import Serving, Tls

pytestmark = pytest.mark.anyio

Curl = Callable[..., Any]

SERVICE = "/composia.v1.ServerService"
ALERT = b"\x15\x03\x01\x00\x02\x02F"
"""TLS: unexpected message."""

INFO = ServerInfo(version="1.2", public_urls=("https://a:1",))


@pytest.fixture
def bench(certified: tuple[Tls, bytes]) -> Bench:
    return Bench(ConnectTransport(), tls=certified[0], ca=certified[1])


@pytest.fixture
async def serving(bench: Bench) -> AsyncIterator[Serving]:
    async with bench.serving() as serving:
        yield serving


@pytest.fixture
def curl(bench: Bench, serving: Serving, tmp_path: Path) -> Curl:
    ca = tmp_path / "ca.pem"
    ca.write_bytes(bench.ca or b"")

    async def run(path: str, *arguments: str) -> tuple[int, Any]:
        options = ["--silent", "--noproxy", "*", "--cacert", str(ca), "--write-out", "\n%{http_code}", *arguments]
        done = await asyncio.to_thread(
            subprocess.run, ["curl", *options, serving.address + path], capture_output=True, check=True, timeout=60
        )
        text, _, status = done.stdout.decode().rpartition("\n")
        return int(status), json.loads(text)

    return run


JSON = ("-H", "content-type: application/json")
ADMIN = ("-H", "authorization: Bearer admin")


async def test_json_is_read_by_names(bench: Bench, curl: Curl) -> None:
    bench.puppet.acts["operate"] = answer(Started(deployments=()))
    asked = {"requestId": "r1", "kind": "TASK_KIND_STOP", "service": "web"}
    assert await curl(f"{SERVICE}/Operate", *JSON, *ADMIN, "-d", json.dumps(asked)) == (200, {})
    wanted = OperateRequest(request_id="r1", kind=TaskKind.STOP, service="web")
    assert bench.puppet.calls == [("operate", (wanted,), {})]


async def test_a_list_without_a_limit_has_one(bench: Bench, curl: Curl) -> None:
    bench.puppet.acts |= {"list_tasks": answer(Page(items=(), next="9")), "repository_log": answer(Page(items=()))}
    assert await curl(f"{SERVICE}/ListTasks", *JSON, *ADMIN, "-d", "{}") == (200, {"next": "9"})
    assert await curl(f"{SERVICE}/RepositoryLog", *JSON, *ADMIN, "-d", "{}") == (200, {})
    assert [arguments for _, arguments, _ in bench.puppet.calls] == [
        (TaskFilter(), 100, ""),
        (RepositoryLogRequest(limit=20),),
    ]


async def test_a_token_is_made_with_words(bench: Bench, curl: Curl) -> None:
    bench.puppet.acts["create_token"] = answer((TokenInfo(id="k1", role=Role.VIEWER), "s3cret"))
    found = await curl(f"{SERVICE}/CreateToken", *JSON, *ADMIN, "-d", '{"role": "ROLE_VIEWER"}')
    assert found == (200, {"token": {"id": "k1", "role": "ROLE_VIEWER"}, "secret": "s3cret"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "the request is no JSON"),
        ('{"kind": "TASK_KIND_DANCE"}', "unknown value TASK_KIND_DANCE"),
        ('{"kind": 99}', "this version knows no TaskKind 99"),
        ("{}", "kind is missing"),
    ],
)
async def test_what_cannot_be_read_is_the_callers_error(bench: Bench, curl: Curl, text: str, says: str) -> None:
    status, error = await curl(f"{SERVICE}/Operate", *JSON, *ADMIN, "-d", text)
    assert (status, error["code"]) == (400, "invalid_argument")
    assert says in error["message"]
    assert bench.puppet.calls == []


async def test_a_path_where_nothing_is_says_so(serving: Serving, bench: Bench) -> None:
    answered = await by_hand(serving, bench, b"GET /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
    assert answered.startswith(b"HTTP/1.1 404 ")
    assert answered.endswith(b"nothing is here")


async def test_garbage_is_nobodys_error_but_its_own(
    serving: Serving, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.puppet.acts["get_server_info"] = answer(INFO)
    with caplog.at_level(logging.WARNING):
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(serving))
        writer.write(b"GET / HTTP/1.1\r\n\r\n")  # no TLS where TLS is spoken
        assert await soon(reader.read()) in (b"", ALERT)
        writer.close()
        _, writer = await asyncio.open_connection("127.0.0.1", port_of(serving), ssl=trusting(bench))
        writer.transport.abort()
        async with bench.people(serving) as people:
            assert await soon(people.get_server_info()) == INFO
    assert caplog.records == []


async def by_hand(serving: Serving, bench: Bench, request: bytes) -> bytes:
    """Send it, and read until the server ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(serving), ssl=trusting(bench))
    writer.write(request)
    answered = await soon(reader.read())
    writer.close()
    await writer.wait_closed()
    return answered


def port_of(serving: Serving) -> int:
    return int(serving.address.rpartition(":")[2])


def trusting(bench: Bench) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=(bench.ca or b"").decode())
