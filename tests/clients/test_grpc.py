"""grpcio, gRPC's own implementation, on the same port. gRPC has no GET: what only reads is called like the rest."""

import queue
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.json_format import ParseDict
from google.protobuf.message_factory import GetMessageClass
from grpc_status import rpc_status

from composia._gen.v1 import agent_pb2, deployment_pb2, error_pb2, logs_pb2, node_pb2, server_pb2, session_pb2, task_pb2
from composia._version import __version__
from composia.builtin_plugins.connect.twins import ErrorInfo
from tests.clients import refusals
from tests.clients.refusals import Refusal
from tests.clients.served import PLAYED, PLAYED_NODE, SIMULATED_NODE, WEB, Served

TIMEOUT_S = 60
ATTEMPT = session_pb2.Attempt


class Grpc:
    """A channel, and the calls on it by the name of their RPC."""

    def __init__(self, channel: grpc.Channel, served: Served) -> None:
        self._channel = channel
        self._served = served

    def call(self, who: str, name: str, request: Any) -> Any:
        """The answer, the stream of answers, or what is raised."""
        method = _method(name)
        kinds = (("unary_unary", "unary_stream"), ("stream_unary", "stream_stream"))
        kind = kinds[method.client_streaming][method.server_streaming]
        path = f"/{method.containing_service.full_name}/{name}"
        calling = getattr(self._channel, kind)(
            path,
            request_serializer=GetMessageClass(method.input_type).SerializeToString,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        metadata = tuple(self._served.headers(who).items())
        return calling(request, metadata=metadata, timeout=TIMEOUT_S)

    def deploy(self, service: str) -> deployment_pb2.DeploymentView:
        """Deploy a service; what was stored."""
        started = self.call("admin", "Deploy", server_pb2.DeployRequest(request_id=str(uuid4()), services=[service]))
        view: deployment_pb2.DeploymentView = started.deployments[0]
        return view


def _method(name: str) -> MethodDescriptor:
    for file in (server_pb2.DESCRIPTOR, agent_pb2.DESCRIPTOR):
        for service in file.services_by_name.values():
            if name in service.methods_by_name:
                return service.methods_by_name[name]
    raise KeyError(name)


@pytest.fixture
def client(served: Served) -> Iterator[Grpc]:
    credentials = grpc.ssl_channel_credentials(served.ca.read_bytes())
    with grpc.secure_channel(served.address, credentials) as channel:
        yield Grpc(channel, served)


def said(error: Any) -> tuple[str, str, ErrorInfo]:
    """Code, message and the one detail of an error."""
    status = rpc_status.from_call(error)
    assert status is not None
    (detail,) = status.details
    info = error_pb2.ErrorInfo()
    assert detail.Unpack(info)
    ours = ErrorInfo(code=info.code, where=info.where, hint=info.hint, id=info.id)
    return error.code().name.lower(), error.details(), ours


def test_a_call_is_answered(client: Grpc) -> None:
    assert client.call("viewer", "GetServerInfo", server_pb2.GetServerInfoRequest()).version == __version__
    service = client.call("viewer", "GetService", server_pb2.GetServiceRequest(name=WEB))
    assert list(service.placed) == [SIMULATED_NODE]


@refusals.unary
def test_an_error_says_what_where_and_what_would_be_right(client: Grpc, refusal: Refusal) -> None:
    request = ParseDict(refusal.request, GetMessageClass(_method(refusal.method).input_type)())
    with pytest.raises(grpc.RpcError) as refused:
        client.call(refusal.who, refusal.method, request)
    assert said(refused.value) == (refusal.code, refusal.message, refusal.info)


@refusals.streams
def test_a_stream_ends_with_its_error(client: Grpc, refusal: Refusal) -> None:
    request = ParseDict(refusal.request, GetMessageClass(_method(refusal.method).input_type)())
    with pytest.raises(grpc.RpcError) as refused:
        next(client.call(refusal.who, refusal.method, request))
    assert said(refused.value) == (refusal.code, refusal.message, refusal.info)


def test_a_deploy_is_watched_from_before_it_began_to_its_end(client: Grpc) -> None:
    events = client.call("viewer", "Watch", server_pb2.WatchRequest())
    assert next(events).snapshot
    deployment = client.deploy(WEB).deployment.id
    states: list[int] = []
    for event in events:
        states += [one.state for one in event.deployments if one.id == deployment]
        if states and states[-1] == deployment_pb2.DEPLOYMENT_STATE_SUCCEEDED:
            break
    events.cancel()
    # a watcher is told how a thing is now, and need not hear of each step
    assert set(states[:-1]) <= {deployment_pb2.DEPLOYMENT_STATE_PENDING, deployment_pb2.DEPLOYMENT_STATE_RUNNING}
    assert states[-1] == deployment_pb2.DEPLOYMENT_STATE_SUCCEEDED


class PlayedNode:
    """A node that is nothing but its stream to the server."""

    def __init__(self, client: Grpc) -> None:
        self._outgoing: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._answers = client.call("node", "Session", iter(self._outgoing.get, None))

    def say(self, **body: Any) -> None:
        """Send a message."""
        self._outgoing.put(session_pb2.AgentMessage(**body))

    def report(self, report: session_pb2.Report) -> None:
        """Send news of an attempt."""
        self.say(reports=session_pb2.Reports(reports=[report]))

    def hear(self, kind: str) -> Any:
        """The next message of that kind; others are passed over."""
        for answer in self._answers:
            if answer.WhichOneof("body") == kind:
                return getattr(answer, kind)
        raise AssertionError(f"the stream ended before {kind}")

    def close(self) -> None:
        """End the stream."""
        self._outgoing.put(None)
        self._answers.cancel()


@pytest.fixture
def node(client: Grpc) -> Iterator[PlayedNode]:
    played = PlayedNode(client)
    played.say(hello=hello(PLAYED_NODE))
    yield played
    played.close()


def hello(node: str) -> session_pb2.Hello:
    return session_pb2.Hello(node=node, agent_id="grpcio", protocol_min=1, protocol_max=1, capacity=4)


def finished(attempt: ATTEMPT, number: int, state: "task_pb2.TaskState", **more: Any) -> session_pb2.Report:
    end = session_pb2.Finished(state=state, **more)
    return session_pb2.Report(attempt=attempt, number=number, finished=end)


def test_a_session_goes_both_ways_from_hello_to_the_end_of_what_a_person_cancelled(
    client: Grpc, node: PlayedNode
) -> None:
    assert node.hear("welcome").version == __version__
    node.say(heartbeat=session_pb2.Heartbeat(number=7, status=node_pb2.NodeStatus()))
    assert node.hear("heartbeat_reply").number == 7

    task = client.deploy(PLAYED).tasks[0].id
    run = node.hear("run")
    assert (run.attempt.task, run.order.service) == (task, PLAYED)
    node.report(session_pb2.Report(attempt=run.attempt, number=1, accepted=session_pb2.Accepted()))
    assert node.hear("acknowledged").number == 1

    client.call("admin", "CancelTask", server_pb2.CancelTaskRequest(task=task))
    assert node.hear("cancel").attempt == run.attempt
    node.report(finished(run.attempt, 2, task_pb2.TASK_STATE_CANCELLED))
    assert node.hear("acknowledged").number == 2
    shown = client.call("viewer", "GetTask", server_pb2.GetTaskRequest(task=task))
    assert shown.state == task_pb2.TASK_STATE_CANCELLED


def test_output_is_followed_while_a_node_pushes_it(client: Grpc, node: PlayedNode) -> None:
    node.hear("welcome")
    task = client.deploy(PLAYED).tasks[0].id
    attempt = node.hear("run").attempt
    node.report(session_pb2.Report(attempt=attempt, number=1, accepted=session_pb2.Accepted()))
    pushed: queue.SimpleQueue[Any] = queue.SimpleQueue()
    acks = client.call("node", "PushLogs", iter(pushed.get, None))
    chunks = client.call("viewer", "TaskOutput", server_pb2.TaskOutputRequest(task=task, follow=True))
    for offset, data in ((0, b"first "), (6, b"\xff second")):
        pushed.put(logs_pb2.LogBatch(attempt=attempt, offset=offset, data=data))
        assert next(acks).offset == offset + len(data)
        assert next(chunks).data == data
    pushed.put(None)
    node.report(finished(attempt, 2, task_pb2.TASK_STATE_FAILED, output_bytes=13))
    node.hear("acknowledged")
    assert list(chunks) == []


def test_a_session_of_another_node_ends_with_an_error_that_says_how_to_get_its_token(client: Grpc) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        next(client.call("node", "Session", iter([session_pb2.AgentMessage(hello=hello(SIMULATED_NODE))])))
    hint = f"composia token create --role node --node {SIMULATED_NODE}"
    info = ErrorInfo(code="forbidden", where=f"node {SIMULATED_NODE}", hint=hint, id="")
    assert said(refused.value) == ("permission_denied", f"this token is for node {PLAYED_NODE}", info)
