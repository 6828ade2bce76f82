"""What curl sees, and those who mean no good."""

import asyncio
import gzip
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from composia._gen.v1 import error_pb2
from composia.core.node import Node, NodeState
from composia.core.status import NodeView
from composia.errors import NotFound
from composia.plugins.testing.transport_bench import Bench, answer, soon
from composia.plugins.transport import Serving, Tls, Transport

pytestmark = pytest.mark.anyio

SERVICE = "/composia.v1.ServerService/"
HINT = 'an object, such as {"name": "web"}, or {} for one without fields'
SHOWN = {
    "node": {"name": "n1", "agentId": "a1", "facts": {}, "capacity": 4},
    "state": "NODE_STATE_ONLINE",
    "status": {"host": {}},
}


@pytest.fixture
def bench(transport: Transport, certified: tuple[Tls, bytes]) -> Bench:
    tls, ca = certified
    bench = Bench(transport=transport, tls=tls, ca=ca)
    bench.puppet.acts["get_node"] = answer(NodeView(node=Node(name="n1", agent_id="a1"), state=NodeState.ONLINE))
    return bench


@pytest.fixture
async def serving(bench: Bench) -> AsyncIterator[Serving]:
    async with bench.serving() as serving:
        yield serving


@pytest.fixture
def ca_file(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    assert bench.ca is not None
    file.write_bytes(bench.ca)
    return str(file)


async def curl(*arguments: str, body: bytes = b"") -> tuple[int, str, Any]:
    """Status, version of HTTP and JSON of an answer."""
    process = await asyncio.create_subprocess_exec(
        "curl",
        "--silent",
        "--show-error",
        "--max-time",
        "60",
        "--write-out",
        "\n%{http_code} %{http_version}",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(body)
    assert process.returncode == 0, err.decode()
    text, _, line = out.decode().rpartition("\n")
    status, version = line.split()
    return int(status), version, json.loads(text) if text else None


def json_call(method: str, ca_file: str, serving: Serving, *, token: str = "admin") -> list[str]:
    return [
        *("--cacert", ca_file, "--header", f"authorization: Bearer {token}"),
        *("--header", "content-type: application/json", "--data-binary", "@-"),
        f"{serving.address}{SERVICE}{method}",
    ]


@pytest.mark.parametrize(("flag", "version"), [("--http1.1", "1.1"), ("--http2", "2")])
async def test_a_read_is_a_json_call_and_a_plain_get(
    bench: Bench, serving: Serving, ca_file: str, flag: str, version: str
) -> None:
    call = await curl(flag, *json_call("GetNode", ca_file, serving), body=b'{"name": "n1"}')
    get = await curl(
        *(flag, "--cacert", ca_file, "--header", "authorization: Bearer viewer", "--get"),
        *("--data-urlencode", "encoding=json", "--data-urlencode", 'message={"name": "n1"}'),
        f"{serving.address}{SERVICE}GetNode",
    )
    assert call == get == (200, version, SHOWN)
    assert bench.puppet.calls == [("get_node", ("n1",), {})] * 2


async def test_what_changes_something_is_no_get(bench: Bench, serving: Serving, ca_file: str) -> None:
    status, _, _ = await curl(
        *("--cacert", ca_file, "--header", "authorization: Bearer admin"),
        f"{serving.address}{SERVICE}Deploy?encoding=json&message=%7B%7D",
    )
    assert status == 405
    assert bench.puppet.calls == []


async def test_an_error_is_json_with_our_detail(bench: Bench, serving: Serving, ca_file: str) -> None:
    bench.puppet.acts["get_node"] = answer(NotFound("no node named n2", where="node n2", hint="did you mean n1"))
    status, _, error = await curl(*json_call("GetNode", ca_file, serving), body=b'{"name": "n2"}')
    (detail,) = error.pop("details")
    info = error_pb2.ErrorInfo.FromString(b64decode(detail["value"] + "==="))
    assert (status, error) == (404, {"code": "not_found", "message": "no node named n2"})
    assert detail["type"] == "composia.v1.ErrorInfo"
    assert detail["debug"] == {"code": "not_found", "where": "node n2", "hint": "did you mean n1"}
    assert info == error_pb2.ErrorInfo(code="not_found", where="node n2", hint="did you mean n1")


async def test_json_that_is_none_is_the_callers_error(bench: Bench, serving: Serving, ca_file: str) -> None:
    status, _, error = await curl(*json_call("GetNode", ca_file, serving), body=b"{")
    assert (status, error["code"]) == (400, "invalid_argument")
    assert [detail["debug"] for detail in error["details"]] == [
        {"code": "invalid", "where": "line 1, column 2", "hint": HINT}
    ]
    assert bench.puppet.calls == []


async def test_a_caller_nobody_knows_is_refused_while_it_still_holds_its_body_back(bench: Bench) -> None:
    bench.tls = None
    async with bench.serving() as serving:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(serving.address.rpartition(":")[2]))
        writer.write(
            f"POST {SERVICE}GetNode HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            "content-length: 1000000\r\n\r\n{".encode()
        )
        assert await soon(reader.readline()) == b"HTTP/1.1 401 \r\n"
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(b'{"name": "' + b"n" * (5 << 20) + b'"}', (), id="large"),
        pytest.param(gzip.compress(b" " * (50 << 20)), ("--header", "content-encoding: gzip"), id="bomb"),
    ],
)
async def test_a_message_above_the_limit_is_refused(
    bench: Bench, serving: Serving, ca_file: str, body: bytes, headers: tuple[str, ...]
) -> None:
    status, _, error = await curl("--http2", *headers, *json_call("GetNode", ca_file, serving), body=body)
    assert (status, error["code"]) == (429, "resource_exhausted")
    assert bench.puppet.calls == []
