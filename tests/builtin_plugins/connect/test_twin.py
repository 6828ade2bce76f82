from dataclasses import dataclass, replace
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st

from composia._gen.v1 import problem_pb2, release_pb2, server_pb2, session_pb2, step_pb2, task_pb2
from composia.builtin_plugins.connect import twins
from composia.builtin_plugins.connect.twin import Twin
from composia.core.node import NodeStatus
from composia.core.problem import Problem, Severity
from composia.core.release import ReleasedContainer
from composia.core.session import Heartbeat, HeartbeatReply
from composia.core.task import Order, TaskKind
from composia.errors import Invalid
from composia.plugins.testing.values import values

TWINS: dict[str, Twin[Any, Any]] = {name: twin for name, twin in vars(twins).items() if isinstance(twin, Twin)}


@pytest.mark.parametrize("name", sorted(TWINS))
@settings(max_examples=40)
@given(data=st.data())
def test_what_goes_over_the_wire_comes_out_as_it_went_in(name: str, data: st.DataObject) -> None:
    twin = TWINS[name]
    value = data.draw(values(twin.kind))
    wire = twin.pack(value).SerializeToString()
    assert twin.unpack(twin.message.FromString(wire)) == value


@settings(max_examples=40)
@given(value=values(twins.STARTED.kind))
def test_json_says_the_same_as_bytes(value: Any) -> None:
    text = json_format.MessageToJson(twins.STARTED.pack(value))
    assert twins.STARTED.unpack(json_format.Parse(text, twins.STARTED.message())) == value


def test_a_list_that_is_absent_is_not_an_empty_one() -> None:
    nothing = Heartbeat(number=1, status=NodeStatus(), inventory="x")
    empty = replace(nothing, containers=(), workspaces=())
    for heartbeat in (nothing, empty):
        assert twins.AGENT_MESSAGE.unpack(twins.AGENT_MESSAGE.pack(heartbeat)) == heartbeat


def test_bytes_of_a_file_name_that_are_no_text_do_not_stop_a_message() -> None:
    order = Order(kind=TaskKind.DEPLOY, service="caf\udce9", project="p")
    twin = Twin[Order, task_pb2.Order](Order, task_pb2.Order)
    assert twin.unpack(twin.pack(order)) == replace(order, service="caf?")


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Not what the message of that name is."""

    services: tuple[str, ...]


@pytest.mark.parametrize(
    ("kind", "message", "says"),
    [
        (Filter, task_pb2.TaskFilter, "composia.v1.TaskFilter is no Filter"),
        (
            dataclass(frozen=True)(type("Step", (), {"__annotations__": {"name": str, "note": str}})),
            step_pb2.Step,
            "composia.v1.Step.name is no str",
        ),
        (
            dataclass(frozen=True)(type("Attempt", (), {"__annotations__": {"task": str}})),
            session_pb2.Attempt,
            "Attempt and composia.v1.Attempt differ in ['number']",
        ),
        (
            dataclass(frozen=True)(type("Attempt", (), {"__annotations__": {"task": str, "number": int, "x": int}})),
            session_pb2.Attempt,
            "composia.v1.Attempt has no field x",
        ),
    ],
)
def test_a_type_and_a_message_that_differ_are_refused_at_first_use(kind: Any, message: Any, says: str) -> None:
    with pytest.raises(TypeError) as refused:
        Twin[Any, Any](kind, message).unpack(message())
    assert str(refused.value) == says


def test_a_part_that_has_to_be_said_and_is_not_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        twins.OPERATE_REQUEST.unpack(server_pb2.OperateRequest(service="web"))
    assert str(refused.value) == "OperateRequest: kind is missing"


def test_a_message_without_a_body_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        twins.AGENT_MESSAGE.unpack(session_pb2.AgentMessage())
    assert str(refused.value) == "AgentMessage: body is missing or unknown to this version"


def test_a_word_of_a_later_version_is_named() -> None:
    twin = Twin[Problem, problem_pb2.Problem](Problem, problem_pb2.Problem)
    later = twin.pack(Problem(severity=Severity.ERROR, message="m"))
    later.severity = 99  # type: ignore[assignment]
    with pytest.raises(Invalid) as refused:
        twin.unpack(later)
    assert str(refused.value) == "Severity: this version knows no Severity 99"


def test_what_an_older_peer_does_not_say_yet_has_its_default() -> None:
    order = task_pb2.Order(kind=task_pb2.TASK_KIND_STOP, service="web", project="web")
    twin = Twin[Order, task_pb2.Order](Order, task_pb2.Order)
    assert twin.unpack(order).health == Order(kind=TaskKind.STOP, service="", project="").health


def test_a_number_that_an_older_peer_does_not_say_yet_has_its_default_too_and_zero_is_one_that_was_said() -> None:
    twin = Twin[ReleasedContainer, release_pb2.ReleasedContainer](ReleasedContainer, release_pb2.ReleasedContainer)
    older = release_pb2.ReleasedContainer(service="web", config_digest="sha256:c")
    none = ReleasedContainer(service="web", config_digest="sha256:c", count=0)

    assert twin.unpack(older).count == 1
    assert twin.unpack(twin.pack(none)) == none


def test_union_members_go_in_the_field_that_has_their_name() -> None:
    packed = twins.SERVER_MESSAGE.pack(HeartbeatReply(number=3, want_inventory=True))
    assert packed == session_pb2.ServerMessage(
        heartbeat_reply=session_pb2.HeartbeatReply(number=3, want_inventory=True)
    )
