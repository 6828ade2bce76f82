"""Python with connectrpc: the client that the proto files generate, and Composia's own over it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from connectrpc.errors import ConnectError
from connectrpc.protocol import ProtocolType
from google.protobuf.json_format import ParseDict
from google.protobuf.message_factory import GetMessageClass
from pyqwest import Client, HTTPTransport, HTTPVersion

from composia._gen.v1 import error_pb2, server_pb2
from composia._gen.v1.server_connect import ServerServiceClient
from composia._version import __version__
from composia.builtin_plugins.connect.transport import ConnectTransport
from composia.builtin_plugins.connect.twins import ErrorInfo
from composia.core.deployment import DeploymentState
from composia.core.principal import Role
from composia.errors import ComposiaError
from composia.plugins.api import DeployRequest
from composia.plugins.transport import ServerConnection, Target
from composia.plugins.watching import WatchRequest
from tests.clients import refusals
from tests.clients.refusals import Refusal
from tests.clients.served import SIMULATED_NODE, WEB, Served

pytestmark = pytest.mark.anyio

protocols = pytest.mark.parametrize("protocol", list(ProtocolType))


@asynccontextmanager
async def generated(
    served: Served, protocol: ProtocolType = ProtocolType.CONNECT, **options: Any
) -> AsyncIterator[ServerServiceClient]:
    """The generated client, which knows nothing of Composia."""
    ca = served.ca.read_bytes()
    async with HTTPTransport(tls_ca_cert=ca, http_version=HTTPVersion.HTTP2, enable_otel=False) as http:
        yield ServerServiceClient(served.url, http_client=Client(http), protocol=protocol, **options)


@asynccontextmanager
async def own(served: Served, who: str) -> AsyncIterator[ServerConnection]:
    """Composia's client, in its own words."""
    target = Target(url=served.url, token=served.tokens.get(who, ""), ca=served.ca.read_bytes())
    connection = await ConnectTransport().connect_server(target)
    try:
        yield connection
    finally:
        await connection.close()


def said(error: ConnectError) -> tuple[str, str, ErrorInfo]:
    """Code, message and the one detail of an error."""
    (detail,) = error.details
    info = error_pb2.ErrorInfo.FromString(detail.message_bytes)
    assert detail.type_name == "composia.v1.ErrorInfo"
    ours = ErrorInfo(code=info.code, where=info.where, hint=info.hint, id=info.id)
    return error.code.value, error.message, ours


class Seen:
    """An interceptor that notes by which method of HTTP a call went."""

    def __init__(self) -> None:
        self.methods: list[str] = []

    async def on_start(self, ctx: Any) -> None:
        """The call begins."""
        self.methods.append(ctx.http_method)

    async def on_end(self, token: None, ctx: Any, error: Exception | None, /) -> None:
        """The call is over."""


@protocols
async def test_a_call_is_answered(served: Served, protocol: ProtocolType) -> None:
    async with generated(served, protocol) as client:
        found = await client.get_service(server_pb2.GetServiceRequest(name=WEB), headers=served.headers("viewer"))
    assert list(found.placed) == [SIMULATED_NODE]


async def test_a_read_is_a_get_too(served: Served) -> None:
    seen = Seen()
    request, headers = server_pb2.GetServiceRequest(name=WEB), served.headers("viewer")
    async with generated(served, interceptors=[seen]) as client:
        called = await client.get_service(request, headers=headers)
        assert await client.get_service(request, headers=headers, use_get=True) == called
    assert seen.methods == ["POST", "GET"]


def method_of(client: ServerServiceClient, refusal: Refusal) -> tuple[Any, Any]:
    """The client's method for an RPC, and the request."""
    descriptor = server_pb2.DESCRIPTOR.services_by_name["ServerService"].methods_by_name[refusal.method]
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in refusal.method).lstrip("_")
    return getattr(client, name), ParseDict(refusal.request, GetMessageClass(descriptor.input_type)())


@protocols
@refusals.unary
async def test_an_error_says_what_where_and_what_would_be_right(
    served: Served, protocol: ProtocolType, refusal: Refusal
) -> None:
    async with generated(served, protocol) as client:
        call, request = method_of(client, refusal)
        with pytest.raises(ConnectError) as refused:
            await call(request, headers=served.headers(refusal.who))
    assert said(refused.value) == (refusal.code, refusal.message, refusal.info)


@protocols
@refusals.streams
async def test_a_stream_ends_with_its_error(served: Served, protocol: ProtocolType, refusal: Refusal) -> None:
    async with generated(served, protocol) as client:
        call, request = method_of(client, refusal)
        with pytest.raises(ConnectError) as refused:
            await anext(call(request, headers=served.headers(refusal.who)))
    assert said(refused.value) == (refusal.code, refusal.message, refusal.info)


async def test_our_own_client_answers_in_values_and_raises_in_our_words(served: Served) -> None:
    async with own(served, "viewer") as server:
        assert (await server.get_server_info()).version == __version__
        with pytest.raises(ComposiaError) as unknown:
            await server.get_service("wbe")
        with pytest.raises(ComposiaError) as forbidden:
            await server.create_token(Role.ADMIN, "")
    async with own(served, "nobody") as server:
        with pytest.raises(ComposiaError) as unauthenticated:
            await server.get_status(())
    heard = [(error.value.code, error.value.where, error.value.hint) for error in (unknown, forbidden, unauthenticated)]
    assert heard == [
        ("not_found", "", "did you mean web?"),
        ("forbidden", "CreateToken", ""),
        ("unauthenticated", "", "composia login, or `authorization: Bearer TOKEN`"),
    ]


async def test_our_own_client_watches_a_deploy_to_its_end(served: Served) -> None:
    states = []
    async with own(served, "admin") as server:
        events = server.watch(WatchRequest())
        assert (await anext(events)).snapshot
        started = await server.deploy(DeployRequest(request_id=str(uuid4()), services=(WEB,)))
        deployment = started.deployments[0].deployment.id
        async for event in events:
            states += [one.state for one in event.deployments if one.id == deployment]
            if states and states[-1] is DeploymentState.SUCCEEDED:
                break
    # a watcher is told how a thing is now, and need not hear of each step
    assert set(states[:-1]) <= {DeploymentState.PENDING, DeploymentState.RUNNING}
    assert states[-1] is DeploymentState.SUCCEEDED
