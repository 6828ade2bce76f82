"""The gRPC health protocol, asked by gRPC's own implementation, without a token."""

from collections.abc import AsyncIterator

import grpc
import pytest

from composia._gen.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from composia.builtin_plugins.connect import health_rpcs
from composia.plugins.testing.transport_bench import Bench, soon
from composia.plugins.transport import Serving, Tls, Transport

pytestmark = pytest.mark.anyio

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING


@pytest.fixture
def bench(transport: Transport, certified: tuple[Tls, bytes]) -> Bench:
    tls, ca = certified
    return Bench(transport=transport, tls=tls, ca=ca)


@pytest.fixture
async def serving(bench: Bench) -> AsyncIterator[Serving]:
    async with bench.serving() as serving:
        yield serving


@pytest.fixture
async def channel(bench: Bench, serving: Serving) -> AsyncIterator[grpc.aio.Channel]:
    credentials = grpc.ssl_channel_credentials(bench.ca)
    async with grpc.aio.secure_channel(serving.address.removeprefix("https://"), credentials) as channel:
        yield channel


async def check(channel: grpc.aio.Channel, service: str = "") -> int:
    call = channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=HealthCheckRequest.SerializeToString,
        response_deserializer=HealthCheckResponse.FromString,
    )
    return int((await soon(call(HealthCheckRequest(service=service)))).status)


async def watch(channel: grpc.aio.Channel, service: str = "") -> AsyncIterator[int]:
    call = channel.unary_stream(
        "/grpc.health.v1.Health/Watch",
        request_serializer=HealthCheckRequest.SerializeToString,
        response_deserializer=HealthCheckResponse.FromString,
    )
    async for answer in call(HealthCheckRequest(service=service)):
        yield int(answer.status)


@pytest.mark.parametrize("service", ["", "composia.v1.ServerService", "composia.v1.AgentService"])
async def test_the_server_and_each_service_of_it_serve_as_long_as_the_server_can(
    bench: Bench, channel: grpc.aio.Channel, service: str
) -> None:
    assert await check(channel, service) == SERVING
    bench.ready = False
    assert await check(channel, service) == NOT_SERVING


async def test_a_service_that_is_not_served_here_is_unknown(channel: grpc.aio.Channel) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await check(channel, "composia.v1.Nothing")
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    assert await soon(anext(watch(channel, "composia.v1.Nothing"))) == HealthCheckResponse.SERVICE_UNKNOWN


async def test_who_watches_is_told_now_and_of_each_change(
    bench: Bench, channel: grpc.aio.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_rpcs, "LOOK_S", 0.01)
    told = watch(channel)
    assert await soon(anext(told)) == SERVING
    bench.ready = False
    assert await soon(anext(told)) == NOT_SERVING
    bench.ready = True
    assert await soon(anext(told)) == SERVING


async def test_a_watch_ends_with_the_server(bench: Bench, channel: grpc.aio.Channel, serving: Serving) -> None:
    told = watch(channel)
    assert await soon(anext(told)) == SERVING
    await serving.stop()
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        await soon(anext(told))
    assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
