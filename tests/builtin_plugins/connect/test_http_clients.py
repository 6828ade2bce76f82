"""What clients other than ours see: curl, gRPC, gRPC-Web, and those who mean no good."""

import asyncio
import gzip
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest
from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.protocol import ProtocolType
from pyqwest import Client, HTTPTransport, HTTPVersion

from composia._gen.v1 import error_pb2, server_pb2
from composia._gen.v1.server_connect import ServerServiceClient
from composia.core.node import Node, NodeState
from composia.core.status import NodeView
from composia.errors import Conflict, NotFound
from composia.plugins.api import WatchEvent
from composia.plugins.testing.transport_bench import Bench, answer, soon, stream
from composia.plugins.transport import Serving, Tls, Transport

pytestmark = pytest.mark.anyio

SERVICE = "/composia.v1.ServerService/"
SHOWN = {"node": {"name": "n1", "agentId": "a1", "facts": {}}, "state": "NODE_STATE_ONLINE", "status": {}}


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
        "5",
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
    call = await curl(flag, *json_call("GetNode", ca_file, serving), body=b'{"name": "n1", "new": "field"}')
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
    assert info == error_pb2.ErrorInfo(code="not_found", where="node n2", hint="did you mean n1")


async def test_json_that_is_none_is_the_callers_error(bench: Bench, serving: Serving, ca_file: str) -> None:
    status, _, error = await curl(*json_call("GetNode", ca_file, serving), body=b"{")
    assert (status, error["code"]) == (400, "invalid_argument")
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


async def test_the_callers_deadline_ends_its_call(bench: Bench, serving: Serving, ca_file: str) -> None:
    ended = asyncio.Event()

    async def get_node(_: str) -> NodeView:
        try:
            await asyncio.get_running_loop().create_future()
            raise AssertionError
        finally:
            ended.set()

    bench.puppet.acts["get_node"] = get_node
    status, _, error = await curl(
        "--header", "connect-timeout-ms: 100", *json_call("GetNode", ca_file, serving), body=b"{}"
    )
    assert (status, error["code"]) == (504, "deadline_exceeded")
    await soon(ended.wait())


@pytest.mark.parametrize("protocol", [ProtocolType.GRPC, ProtocolType.GRPC_WEB])
async def test_grpc_clients_get_answers_streams_and_errors(
    bench: Bench, serving: Serving, protocol: ProtocolType
) -> None:
    raised = Conflict("it is edited", where="compose.yaml", hint="deploy --overwrite-edits")
    bench.puppet.acts["watch"] = stream(WatchEvent(cursor="1"), WatchEvent(cursor="2"), raised)
    http = HTTPTransport(tls_ca_cert=bench.ca, http_version=HTTPVersion.HTTP2, enable_otel=False)
    client = ServerServiceClient(serving.address, http_client=Client(http), protocol=protocol)
    known = {"authorization": "Bearer viewer"}
    found = await client.get_node(server_pb2.GetNodeRequest(name="n1"), headers=known)
    events = client.watch(server_pb2.WatchRequest(), headers=known)
    cursors = [(await anext(events)).cursor for _ in range(2)]
    with pytest.raises(ConnectError) as error:
        await anext(events)
    with pytest.raises(ConnectError) as refused:
        await client.get_node(server_pb2.GetNodeRequest(name="n1"))
    await http.aclose()
    assert (found.node.name, cursors) == ("n1", ["1", "2"])
    assert (error.value.code, error.value.message) == (Code.ABORTED, "it is edited")
    assert [detail.type_name for detail in error.value.details] == ["composia.v1.ErrorInfo"]
    assert refused.value.code is Code.UNAUTHENTICATED
