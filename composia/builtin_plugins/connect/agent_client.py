"""`AgentApi` over the wire."""

from collections.abc import AsyncIterator

from composia._gen.v1 import agent_pb2
from composia._gen.v1.agent_connect import AgentServiceClient
from composia.builtin_plugins.connect import twins
from composia.builtin_plugins.connect.closing import closing
from composia.builtin_plugins.connect.dialing import ANSWER_MAX_BYTES, Line
from composia.builtin_plugins.connect.values import packed, unpacked
from composia.core.container_log import ForwardedLogs, LogsKept
from composia.core.join import Joined, JoinRequest
from composia.core.session import AgentMessage, LogAck, LogBatch, ServerMessage
from composia.core.token import NewCredential
from composia.core.tunnel import TunnelDown, TunnelUp
from composia.plugins.transport import Target

IN_LINE_S = 20.0
"""How long a connection may take. When a whole fleet comes back at once, each has to wait in line; who goes away and stands in
line again makes it longer for all."""


class AgentClient:
    """An agent's connection. What it sends is small and often: compressing it would only cost."""

    def __init__(self, target: Target) -> None:
        self._line = Line(target, connect_s=IN_LINE_S)
        self._rpcs = AgentServiceClient(
            self._line.url,
            http_client=self._line.http,
            interceptors=[self._line],
            send_compression=None,
            accept_compression=[],
            read_max_bytes=ANSWER_MAX_BYTES,
        )

    async def join(self, request: JoinRequest) -> Joined:
        """Become a node."""
        return twins.JOINED.unpack(await self._rpcs.join(twins.JOIN_REQUEST.pack(request)))

    async def renew_credential(self, credential: NewCredential) -> Joined:
        """A further credential."""
        return twins.JOINED.unpack(await self._rpcs.renew_credential(twins.NEW_CREDENTIAL.pack(credential)))

    def session(self, messages: AsyncIterator[AgentMessage]) -> AsyncIterator[ServerMessage]:
        """The one stream of an agent."""
        return unpacked(self._rpcs.session(packed(messages, twins.AGENT_MESSAGE)), twins.SERVER_MESSAGE)

    async def fetch_bundle(self, digest: str) -> AsyncIterator[bytes]:
        """The archive of a bundle."""
        chunks = self._rpcs.fetch_bundle(agent_pb2.FetchBundleRequest(digest=digest))
        async with closing(chunks):
            async for chunk in chunks:
                yield chunk.data

    def push_logs(self, batches: AsyncIterator[LogBatch]) -> AsyncIterator[LogAck]:
        """Output of this node's attempts."""
        return unpacked(self._rpcs.push_logs(packed(batches, twins.LOG_BATCH)), twins.LOG_ACK)

    def forward_logs(self, batches: AsyncIterator[ForwardedLogs]) -> AsyncIterator[LogsKept]:
        """Logs of this node's containers."""
        return unpacked(self._rpcs.forward_logs(packed(batches, twins.FORWARDED_LOGS)), twins.LOGS_KEPT)

    def tunnel(self, messages: AsyncIterator[TunnelUp]) -> AsyncIterator[TunnelDown]:
        """A tunnel that the server asked for."""
        return unpacked(self._rpcs.tunnel(packed(messages, twins.TUNNEL_UP)), twins.TUNNEL_DOWN)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._line.close()
