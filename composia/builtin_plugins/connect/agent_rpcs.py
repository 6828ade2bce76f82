"""`AgentService` over `AgentApi`."""

from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.request import RequestContext
from google.protobuf.message import Message

from composia._gen.v1 import agent_pb2, container_log_pb2, join_pb2, logs_pb2, session_pb2, tunnel_pb2
from composia.builtin_plugins.connect import twins
from composia.builtin_plugins.connect.changes import Changes
from composia.builtin_plugins.connect.closing import closing
from composia.builtin_plugins.connect.error import from_connect
from composia.builtin_plugins.connect.twin import Twin
from composia.builtin_plugins.connect.values import packed, unpacked
from composia.errors import Unavailable
from composia.plugins.api import AgentApi

Context = RequestContext[Any, Any]
Value = TypeVar("Value")
Wire = TypeVar("Wire", bound=Message)


class AgentRpcs:
    """`api` is that of the present caller."""

    def __init__(self, api: Callable[[], AgentApi], changes: Changes) -> None:
        self._api = api
        self._changes = changes

    async def join(self, request: join_pb2.JoinRequest, _: Context, /) -> join_pb2.Joined:
        """Become a node."""
        asked = twins.JOIN_REQUEST.unpack(request)
        return twins.JOINED.pack(await self._changes.finish(self._api().join(asked)))

    async def renew_credential(self, request: join_pb2.NewCredential, _: Context, /) -> join_pb2.Joined:
        """A further credential."""
        new = twins.NEW_CREDENTIAL.unpack(request)
        return twins.JOINED.pack(await self._changes.finish(self._api().renew_credential(new)))

    def session(
        self, request: AsyncIterator[session_pb2.AgentMessage], _: Context, /
    ) -> AsyncIterator[session_pb2.ServerMessage]:
        """The one stream of an agent."""
        return packed(self._api().session(heard(request, twins.AGENT_MESSAGE)), twins.SERVER_MESSAGE)

    async def fetch_bundle(
        self, request: agent_pb2.FetchBundleRequest, _: Context, /
    ) -> AsyncIterator[agent_pb2.BundleChunk]:
        """The archive of a bundle."""
        chunks = self._api().fetch_bundle(request.digest)
        async with closing(chunks):
            async for data in chunks:
                yield agent_pb2.BundleChunk(data=data)

    def push_logs(self, request: AsyncIterator[logs_pb2.LogBatch], _: Context, /) -> AsyncIterator[logs_pb2.LogAck]:
        """Output of this node's attempts."""
        return packed(self._api().push_logs(heard(request, twins.LOG_BATCH)), twins.LOG_ACK)

    def forward_logs(
        self, request: AsyncIterator[container_log_pb2.ForwardedLogs], _: Context, /
    ) -> AsyncIterator[container_log_pb2.LogsKept]:
        """Logs of this node's containers."""
        return packed(self._api().forward_logs(heard(request, twins.FORWARDED_LOGS)), twins.LOGS_KEPT)

    def tunnel(
        self, request: AsyncIterator[tunnel_pb2.TunnelUp], _: Context, /
    ) -> AsyncIterator[tunnel_pb2.TunnelDown]:
        """A tunnel that the server asked for."""
        return packed(self._api().tunnel(heard(request, twins.TUNNEL_UP)), twins.TUNNEL_DOWN)


async def heard(request: AsyncIterator[Wire], twin: Twin[Value, Wire]) -> AsyncIterator[Value]:
    """What a caller streams; `Unavailable` when it goes away in the middle."""
    values = unpacked(request, twin)
    async with closing(values):
        try:
            async for value in values:
                yield value
        except ConnectError as error:
            if error.code is Code.CANCELED:
                raise Unavailable("the agent is gone") from error
            raise from_connect(error) from error
