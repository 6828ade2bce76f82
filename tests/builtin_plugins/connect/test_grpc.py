"""The same port speaks gRPC and gRPC-Web, and keeps every client's deadline."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.protocol import ProtocolType
from pyqwest import Client, HTTPTransport, HTTPVersion

from composia._gen.v1 import server_pb2
from composia._gen.v1.server_connect import ServerServiceClient
from composia.core.node import Node, NodeState
from composia.core.status import NodeView
from composia.errors import Conflict
from composia.plugins.testing.transport_bench import Bench, answer, soon, stream
from composia.plugins.transport import Tls, Transport
from composia.plugins.watching import WatchEvent

pytestmark = pytest.mark.anyio

KNOWN = {"authorization": "Bearer viewer"}
protocols = pytest.mark.parametrize("protocol", list(ProtocolType))


@pytest.fixture
def bench(transport: Transport, certified: tuple[Tls, bytes]) -> Bench:
    tls, ca = certified
    return Bench(transport=transport, tls=tls, ca=ca)


@asynccontextmanager
async def calling(bench: Bench, protocol: ProtocolType) -> AsyncIterator[ServerServiceClient]:
    """A client that knows nothing of Composia but its protos."""
    async with (
        bench.serving() as serving,
        HTTPTransport(tls_ca_cert=bench.ca, http_version=HTTPVersion.HTTP2, enable_otel=False) as http,
    ):
        yield ServerServiceClient(serving.address, http_client=Client(http), protocol=protocol)


@protocols
async def test_a_call_is_answered(bench: Bench, protocol: ProtocolType) -> None:
    bench.puppet.acts["get_node"] = answer(NodeView(node=Node(name="n1", agent_id="a1"), state=NodeState.ONLINE))
    async with calling(bench, protocol) as client:
        found = await client.get_node(server_pb2.GetNodeRequest(name="n1"), headers=KNOWN)
    assert found.node.name == "n1"


@protocols
async def test_a_stream_ends_with_its_error(bench: Bench, protocol: ProtocolType) -> None:
    bench.puppet.acts["watch"] = stream(WatchEvent(cursor="1"), WatchEvent(cursor="2"), Conflict("it is edited"))
    async with calling(bench, protocol) as client:
        events = client.watch(server_pb2.WatchRequest(), headers=KNOWN)
        assert [(await anext(events)).cursor for _ in range(2)] == ["1", "2"]
        with pytest.raises(ConnectError) as error:
            await anext(events)
    assert (error.value.code, error.value.message) == (Code.ABORTED, "it is edited")
    assert [detail.type_name for detail in error.value.details] == ["composia.v1.ErrorInfo"]


@protocols
async def test_a_stranger_is_refused(bench: Bench, protocol: ProtocolType) -> None:
    async with calling(bench, protocol) as client:
        with pytest.raises(ConnectError) as refused:
            await client.get_node(server_pb2.GetNodeRequest(name="n1"))
    assert refused.value.code is Code.UNAUTHENTICATED


@protocols
async def test_the_server_ends_a_call_at_the_deadline_that_came_with_it(bench: Bench, protocol: ProtocolType) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def get_node(_: str) -> None:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()

    bench.puppet.acts["get_node"] = get_node
    within_ms = 100
    async with calling(bench, protocol) as client:
        while not begun.is_set():  # on a busy machine the deadline may pass before that
            is_connect = protocol is ProtocolType.CONNECT
            header = {"connect-timeout-ms": f"{within_ms}"} if is_connect else {"grpc-timeout": f"{within_ms}m"}
            with pytest.raises(ConnectError) as late:
                await soon(client.get_node(server_pb2.GetNodeRequest(name="n1"), headers={**KNOWN, **header}))
            assert late.value.code is Code.DEADLINE_EXCEEDED
            within_ms *= 4
        await soon(ended.wait())
