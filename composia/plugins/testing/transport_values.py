"""Promise 1 of a transport, for values: every RPC, there and back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from composia.core.check import Examination
from composia.core.container_log import ForwardedLogs, LogPage, LogsKept, LogsQuery
from composia.core.file import Comparison, FileContent, FileList
from composia.core.host_object import ContainerSize, Image, Network, Volume
from composia.core.join import Joined, JoinRequest
from composia.core.principal import POLICY, Role, TokenInfo
from composia.core.revision import RepositoryState, Revision
from composia.core.session import AgentMessage, Attempt, LogAck, LogBatch, ServerMessage
from composia.core.status import NodeView, ServiceView, StatusReport
from composia.core.task import Task, TaskState
from composia.core.token import NewCredential
from composia.core.tunnel import ExecInput, ExecOutput, TunnelDown, TunnelUp
from composia.core.usage import NodeUsage, Series, UsageQuery
from composia.core.user import Caller, SessionInfo, UserInfo
from composia.plugins.api import (
    CompareRevisionsRequest,
    DeploymentView,
    DeployRequest,
    Drained,
    DrainRequest,
    OperateRequest,
    OutputChunk,
    PluginInfo,
    PruneRequest,
    RepositoryLogRequest,
    RetryRequest,
    ScheduleView,
    ServerInfo,
    Started,
)
from composia.plugins.queue import DeploymentFilter, Page, TaskFilter
from composia.plugins.testing.transport_bench import Bench, answer, each, soon, stream
from composia.plugins.testing.values import values
from composia.plugins.transport import AgentConnection, ServerConnection, Serving
from composia.plugins.watching import WatchEvent, WatchRequest

TEXT = values(str)
TEXTS = values(tuple[str, ...])
NUMBER = values(int)

ASKED: dict[str, tuple[list[st.SearchStrategy[Any]], st.SearchStrategy[Any]]] = {
    "get_server_info": ([], values(ServerInfo)),
    "get_status": ([TEXTS], values(StatusReport)),
    "list_services": ([], values(tuple[ServiceView, ...])),
    "get_service": ([TEXT], values(ServiceView)),
    "deploy": ([values(DeployRequest)], values(Started)),
    "operate": ([values(OperateRequest)], values(Started)),
    "prune_node": ([values(PruneRequest)], values(Started)),
    "retry": ([values(RetryRequest)], values(Started)),
    "cancel_deployment": ([TEXT], values(DeploymentView)),
    "pause_deployment": ([TEXT], values(DeploymentView)),
    "resume_deployment": ([TEXT], values(DeploymentView)),
    "list_deployments": (
        [values(DeploymentFilter), NUMBER, TEXT],
        st.builds(Page, items=values(tuple[DeploymentView, ...]), next=TEXT),
    ),
    "get_deployment": ([TEXT], values(DeploymentView)),
    "list_tasks": ([values(TaskFilter), NUMBER, TEXT], st.builds(Page, items=values(tuple[Task, ...]), next=TEXT)),
    "get_task": ([TEXT], values(Task)),
    "cancel_task": ([TEXT], values(Task)),
    "resolve_task": ([TEXT, values(TaskState)], values(Task)),
    "list_nodes": ([], values(tuple[NodeView, ...])),
    "get_node": ([TEXT], values(NodeView)),
    "drain_node": ([values(DrainRequest)], values(Drained)),
    "pause_node": ([TEXT], values(NodeView)),
    "list_images": ([TEXT], values(tuple[Image, ...])),
    "list_volumes": ([TEXT], values(tuple[Volume, ...])),
    "list_networks": ([TEXT], values(tuple[Network, ...])),
    "list_container_sizes": ([TEXT], values(tuple[ContainerSize, ...])),
    "get_usage": ([TEXTS], values(tuple[NodeUsage, ...])),
    "query_usage": ([values(UsageQuery)], values(tuple[Series, ...])),
    "list_schedules": ([], values(tuple[ScheduleView, ...])),
    "run_schedule": ([TEXT], values(ScheduleView)),
    "examine": ([TEXTS], values(Examination)),
    "resume_node": ([TEXT], values(NodeView)),
    "get_repository": ([], values(RepositoryState)),
    "sync_repository": ([], values(RepositoryState)),
    "repository_log": (
        [values(RepositoryLogRequest)],
        st.builds(Page, items=values(tuple[Revision, ...]), next=TEXT),
    ),
    "list_files": ([TEXT, TEXT], values(FileList)),
    "read_file": ([TEXT, TEXT, TEXT], values(FileContent)),
    "compare_revisions": ([values(CompareRevisionsRequest)], values(Comparison)),
    "get_caller": ([], values(Caller)),
    "list_users": ([], values(tuple[UserInfo, ...])),
    "create_user": ([TEXT, values(Role), TEXT], values(UserInfo)),
    "set_password": ([TEXT, TEXT, TEXT], values(UserInfo)),
    "remove_user": ([TEXT], values(UserInfo)),
    "list_sessions": ([], values(tuple[SessionInfo, ...])),
    "end_session": ([TEXT], values(SessionInfo)),
    "create_sign_in_link": ([], values(tuple[str, int])),
    "list_plugins": ([], values(tuple[PluginInfo, ...])),
    "create_token": ([values(Role), TEXT], values(tuple[TokenInfo, str])),
    "create_join_token": ([TEXT, values(float), NUMBER], values(tuple[TokenInfo, str])),
    "join": ([values(JoinRequest)], values(Joined)),
    "renew_credential": ([values(NewCredential)], values(Joined)),
    "list_tokens": ([], values(tuple[TokenInfo, ...])),
    "revoke_token": ([TEXT], values(TokenInfo)),
}
"""Methods with one answer: what they are asked with, and what they answer."""

OF_AGENTS = {"join": Role.JOINER, "renew_credential": Role.NODE}
"""Those of them that are for agents, and the role that may call each."""

STREAMED = {
    "task_output",
    "watch",
    "session",
    "fetch_bundle",
    "push_logs",
    "forward_logs",
    "tunnel",
    "read_logs",
    "exec",
}

TALKS: dict[str, tuple[Role, Any, Any]] = {
    "forward_logs": (Role.NODE, ForwardedLogs, LogsKept),
    "tunnel": (Role.NODE, TunnelUp, TunnelDown),
    "exec": (Role.OPERATOR, ExecInput, ExecOutput),
}
"""Streams that go both ways: whose they are, and what each side says."""

over_the_wire = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,  # of a few whole views of a server: those that are, are passed over
        HealthCheck.function_scoped_fixture,
        HealthCheck.differing_executors,
    ],
)


def rpc(method: str) -> str:
    """The RPC that a method is."""
    return "".join(word.capitalize() for word in method.split("_"))


@cache
def simplest(method: str) -> tuple[Any, ...]:
    """What a method can be asked with."""
    return tuple(find(question, lambda _: True) for question in ASKED[method][0])


def client(
    bench: Bench, serving: Serving, method: str
) -> AbstractAsyncContextManager[ServerConnection | AgentConnection]:
    """A client that has the method, of a caller who may call it."""
    if method in OF_AGENTS:
        return bench.agent(serving, OF_AGENTS[method].value)
    return bench.people(serving)


class ValueContract:
    """1. A value that goes in at one end comes out equal at the other."""

    def test_1_every_rpc_is_tried(self) -> None:
        """The tests below know every RPC of the policy."""
        assert {rpc(method) for method in (*ASKED, *STREAMED)} == POLICY.keys()

    @pytest.mark.parametrize("method", sorted(ASKED))
    @over_the_wire
    @given(data=st.data())
    async def test_1_an_answer_and_what_it_was_asked_with_arrive_as_they_were(
        self, bench: Bench, serving: Serving, method: str, data: st.DataObject
    ) -> None:
        """For each RPC with one answer."""
        questions, result = ASKED[method]
        asked = tuple(data.draw(question) for question in questions)
        wanted = data.draw(result)
        bench.puppet.acts[method] = answer(wanted)
        bench.puppet.calls.clear()
        async with client(bench, serving, method) as caller:
            assert await getattr(caller, method)(*asked) == wanted
        assert bench.puppet.calls == [(method, asked, {})]

    @over_the_wire
    @given(chunks=st.lists(values(OutputChunk), max_size=5), follow=st.booleans(), attempt=NUMBER, offset=NUMBER)
    async def test_1_output_of_a_task_arrives_as_it_was(
        self, bench: Bench, serving: Serving, chunks: list[OutputChunk], follow: bool, attempt: int, offset: int
    ) -> None:
        """Bytes are bytes."""
        bench.puppet.acts["task_output"] = stream(*chunks)
        bench.puppet.calls.clear()
        asked = {"follow": follow, "attempt": attempt, "offset": offset}
        async with bench.people(serving) as people:
            found = people.task_output("t1", follow=follow, attempt=attempt, offset=offset)
            assert [chunk async for chunk in found] == chunks
        assert bench.puppet.calls == [("task_output", ("t1",), asked)]

    @over_the_wire
    @given(request=values(WatchRequest), events=st.lists(values(WatchEvent), max_size=5))
    async def test_1_watched_events_arrive_as_they_were(
        self, bench: Bench, serving: Serving, request: WatchRequest, events: list[WatchEvent]
    ) -> None:
        """In order, none missing."""
        bench.puppet.acts["watch"] = stream(*events)
        bench.puppet.calls.clear()
        async with bench.people(serving) as people:
            assert [event async for event in people.watch(request)] == events
        assert bench.puppet.calls == [("watch", (request,), {})]

    @over_the_wire
    @given(chunks=st.lists(values(bytes), max_size=5))
    async def test_1_a_bundle_arrives_as_it_was(self, bench: Bench, serving: Serving, chunks: list[bytes]) -> None:
        """Chunk by chunk."""
        bench.puppet.acts["fetch_bundle"] = stream(*chunks)
        async with bench.agent(serving) as agent:
            assert [chunk async for chunk in agent.fetch_bundle("sha256:1")] == chunks

    @over_the_wire
    @given(up=st.lists(values(AgentMessage), max_size=5), down=st.lists(values(ServerMessage), max_size=5))
    async def test_1_messages_of_a_session_arrive_as_they_were(
        self, bench: Bench, serving: Serving, up: list[AgentMessage], down: list[ServerMessage]
    ) -> None:
        """Both ways."""
        heard: list[AgentMessage] = []

        async def session(messages: AsyncIterator[AgentMessage]) -> AsyncIterator[ServerMessage]:
            heard.extend([message async for message in messages])
            for message in down:
                yield message

        bench.puppet.acts["session"] = session
        async with bench.agent(serving) as agent:
            assert [message async for message in agent.session(each(*up))] == down
        assert heard == up

    @pytest.mark.parametrize("method", sorted(TALKS))
    @over_the_wire
    @given(data=st.data())
    async def test_1_what_both_sides_of_a_stream_say_arrives_as_it_was(
        self, bench: Bench, serving: Serving, method: str, data: st.DataObject
    ) -> None:
        """For each stream that goes both ways, beside the session."""
        kind, asked, answered = TALKS[method]
        up, down = data.draw(st.lists(values(asked), max_size=5)), data.draw(st.lists(values(answered), max_size=5))
        heard: list[Any] = []

        async def talk(messages: AsyncIterator[Any]) -> AsyncIterator[Any]:
            heard.extend([message async for message in messages])
            for message in down:
                yield message

        bench.puppet.acts[method] = talk
        async with bench.agent(serving) if kind is Role.NODE else bench.people(serving) as caller:
            assert [message async for message in getattr(caller, method)(each(*up))] == down
        assert heard == up

    @over_the_wire
    @given(query=values(LogsQuery), pages=st.lists(values(LogPage), max_size=5))
    async def test_1_pages_of_logs_arrive_as_they_were(
        self, bench: Bench, serving: Serving, query: LogsQuery, pages: list[LogPage]
    ) -> None:
        """In order, none missing."""
        bench.puppet.acts["read_logs"] = stream(*pages)
        bench.puppet.calls.clear()
        async with bench.people(serving) as people:
            assert [page async for page in people.read_logs(query)] == pages
        assert bench.puppet.calls == [("read_logs", (query,), {})]

    async def test_1_a_session_speaks_both_ways_at_once(self, bench: Bench, serving: Serving) -> None:
        """An answer does not wait for the end of what is asked."""

        async def push_logs(batches: AsyncIterator[LogBatch]) -> AsyncIterator[LogAck]:
            async for batch in batches:
                yield LogAck(attempt=batch.attempt, offset=batch.offset + len(batch.data))

        bench.puppet.acts["push_logs"] = push_logs
        acks: asyncio.Queue[LogAck] = asyncio.Queue()
        attempt = Attempt(task="t1", number=1)

        async def batches() -> AsyncIterator[LogBatch]:
            for offset in range(3):
                yield LogBatch(attempt=attempt, offset=offset, data=b"x")
                assert await acks.get() == LogAck(attempt=attempt, offset=offset + 1)

        async def talk(agent: AgentConnection) -> None:
            async for ack in agent.push_logs(batches()):
                acks.put_nowait(ack)

        async with bench.agent(serving) as agent:
            await soon(talk(agent))
        assert acks.empty()
