"""JSON that a client sends is understood as it is written, or refused with the place."""

import json
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st

from composia._gen.v1 import server_pb2
from composia.builtin_plugins.connect.json_reading import read_json
from composia.errors import Invalid

REQUESTS: list[type[Message]] = [
    GetMessageClass(method.input_type)
    for service in server_pb2.DESCRIPTOR.services_by_name.values()
    for method in service.methods
]

NAMES = "one of TASK_KIND_DEPLOY, TASK_KIND_STOP, TASK_KIND_START, TASK_KIND_RESTART, TASK_KIND_DOWN, TASK_KIND_PRUNE"


@pytest.mark.parametrize(
    ("message", "text", "said", "hint"),
    [
        ("DeployRequest", '{"nods": ["a"]}', "DeployRequest: unknown field nods", "did you mean nodes?"),
        ("ListTasksRequest", '{"which": {"stats": []}}', "which: unknown field stats", "did you mean states?"),
        ("DeployRequest", '{"nodes": "a"}', "nodes: expected a list, got a text", "[…]"),
        ("DeployRequest", '{"nodes": ["a", 3]}', "nodes[1]: expected a text, got a number", '"…"'),
        ("DeployRequest", '{"all": "yes"}', "all: expected true or false, got a text", ""),
        ("DeployRequest", '{"all": 1}', "all: expected true or false, got a number", ""),
        ("ListTasksRequest", '{"limit": true}', "limit: expected a number, got true", ""),
        ("ListTasksRequest", '{"limit": 1e999}', "ListTasksRequest: the request does not fit", None),
        ("ListTasksRequest", '{"limit": 99999999999}', "ListTasksRequest: the request does not fit", None),
        ("ListTasksRequest", '{"limit": 9e99}', "ListTasksRequest: the request does not fit", None),
        ("ListTasksRequest", f'{{"limit": {"9" * 30}}}', "limit: the number is too large", ""),
        ("ListTasksRequest", '{"which": []}', "which: expected an object, got a list", "{…}"),
        ("GetNodeRequest", "[]", "GetNodeRequest: expected an object, got a list", "{…}"),
        ("GetNodeRequest", '"web"', "GetNodeRequest: expected an object, got a text", "{…}"),
        ("GetNodeRequest", "null", "GetNodeRequest: expected an object, got null", "{…}"),
        ("GetNodeRequest", '{"name": "a", "name": "b"}', "the request: field name is given twice", "keep one of them"),
        ("GetNodeRequest", '{"name": NaN}', "the request: NaN is no JSON", "a number"),
        ("GetNodeRequest", r'{"name": "\ud800"}', "name: half of a surrogate pair is no character", ""),
        ("OperateRequest", '{"kind": "STOP"}', "kind: unknown value STOP", NAMES),
        ("OperateRequest", '{"kind": []}', "kind: expected a name, got a list", ""),
        ("GetNodeRequest", "{", "line 1, column 2: the request is no JSON: expecting property name", None),
        ("GetNodeRequest", "", "line 1, column 1: the request is no JSON: expecting value", None),
        ("GetNodeRequest", "{} {}", "line 1, column 4: the request is no JSON: extra data", None),
        ("GetNodeRequest", '{"a":' * 5000 + "1" + "}" * 5000, "the request is nested too deeply", None),
        ("GetNodeRequest", '{"x": ' + "9" * 5000 + "}", "the request is no JSON: exceeds the limit", None),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(message: str, text: str, said: str, hint: str | None) -> None:
    (kind,) = {request for request in REQUESTS if request.DESCRIPTOR.name == message}
    with pytest.raises(Invalid) as refused:
        read_json(text.encode(), kind)
    assert str(refused.value).startswith(said)
    if hint is not None:
        assert (str(refused.value), refused.value.hint) == (said, hint)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(Invalid, match="byte 9: the request is no text in UTF-8"):
        read_json(b'{"name":"\xff"}', REQUESTS[0])


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
FIELDS = st.sampled_from(["name", "names", "nodes", "services", "which", "limit", "after", "kind", "task", "follow"])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner), max_leaves=8)


@given(kind=st.sampled_from(REQUESTS), value=VALUES)
def test_whatever_is_sent_is_understood_as_the_wire_library_does_or_is_invalid(kind: type[Message], value: Any) -> None:
    text = json.dumps(value)
    try:
        read = read_json(text.encode(), kind)
    except Invalid:
        return
    assert read == json_format.Parse(text, kind())
