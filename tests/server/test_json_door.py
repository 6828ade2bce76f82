"""Whatever comes in by the JSON door, for each RPC of a real control plane: an answer, or one error like all others."""

import asyncio
import json
import logging
import struct
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composia._gen.v1 import error_pb2
from composia.builtin_plugins.connect.application import Application
from composia.builtin_plugins.connect.unserved import SERVICES
from composia.builtin_plugins.sqlite.queue import SqliteQueue, open_queue
from composia.clock import ManualClock
from composia.core.principal import POLICY, Principal
from composia.core.session import Hello
from composia.errors import ERRORS
from composia.plugins.api import DeployRequest
from composia.plugins.auth import Credentials
from composia.plugins.transport import Binding
from composia.server.agents import Agents
from composia.server.control_plane import ControlPlane
from composia.server.people import People
from tests.server.world import ADA, make_plane

METHODS = [(service, method) for service in SERVICES.values() for method in service.methods]
EXAMPLES = 60
QUIET_S = 0.05
"""After so long without an answer the caller of a stream hangs up."""


@dataclass(kw_only=True)
class Door:
    """A control plane with one service, one node and one deployment, and the door to it."""

    plane: ControlPlane
    app: Application
    loop: asyncio.AbstractEventLoop

    def call(
        self,
        path: str,
        kind: str,
        body: bytes,
        *,
        stream: bool = False,
        method: str = "POST",
        query: bytes = b"",
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> tuple[int, bytes]:
        """Status and body of an answer."""
        given = [(b"content-type", kind.encode()), (b"authorization", b"Bearer x"), *headers]
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": path,
            "root_path": "",
            "query_string": query,
            "headers": given,
            "client": ("127.0.0.1", 1),
            "extensions": {},
        }
        return self.loop.run_until_complete(self._call(scope, body, stream=stream))

    async def _call(self, scope: dict[str, Any], body: bytes, *, stream: bool) -> tuple[int, bytes]:
        status, answered, sent = 0, bytearray(), False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if not sent:
                sent = True
                return {"type": "http.request", "body": body, "more_body": False}
            await asyncio.sleep(QUIET_S if stream else 60)
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            answered.extend(message.get("body", b""))

        task = asyncio.ensure_future(self.app.app(scope, receive, send))
        await asyncio.wait({task}, timeout=60)
        assert task.done(), "no answer"
        if not task.cancelled() and (error := task.exception()):
            raise error
        return status, bytes(answered)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    directory = tmp_path_factory.mktemp("door")
    runner = asyncio.Runner()
    plane = runner.run(make(directory))

    async def authenticate(credentials: Credentials) -> Principal:
        role = min(POLICY[credentials.method])
        return Principal(id="x", role=role, credential="c", node="a") if role != "admin" else ADA

    binding = Binding(
        listen="",
        tls=None,
        authenticate=authenticate,
        server_api=lambda principal: People(plane, principal),
        agent_api=lambda principal: Agents(plane, principal),
        ready=plane.health.ready,
    )
    yield Door(plane=plane, app=Application(binding), loop=runner.get_loop())
    runner.run(plane.queue.close())
    runner.close()


async def make(directory: Path) -> ControlPlane:
    queue: SqliteQueue = await open_queue(directory / "queue")
    plane = make_plane(directory, queue, ManualClock())
    service = directory / "repo" / "web"
    service.mkdir()
    (service / "composia-meta.yaml").write_text("name: web\nnodes: [a]\n")
    (service / "compose.yaml").write_text("services: {main: {image: busybox}}\n")
    await plane.repository.sync()
    session = Agents(plane, Principal(id="n", role=min(POLICY["Session"]), credential="c", node="a")).session(hello())
    await anext(session)
    await session.aclose()  # type: ignore[attr-defined]
    await People(plane, ADA).deploy(DeployRequest(request_id="first", services=("web",)))
    return plane


async def hello() -> Any:
    yield Hello(node="a", agent_id="id-a")
    await asyncio.Event().wait()


TEXTS = st.sampled_from(
    [
        "web",
        "a",
        "t1",
        "t2",
        "d1",
        "",
        " ",
        "\x00",
        "\x1b[31m",
        "../..",
        "☃",
        "é" * 300,
        "1" * 50,
        "-1",
        "dir-x",
        "cps_x",
    ]
) | st.text(max_size=12)
NUMBERS = (
    st.sampled_from([0, 1, -1, 1000, 2**31 - 1, -(2**31), 2**31, 2**63 - 1, -(2**63), 2**63, 2**64]) | st.integers()
)
FLOATS = NUMBERS | st.floats() | st.sampled_from(["NaN", "Infinity", "-Infinity"])
ODD = (
    st.none()
    | st.booleans()
    | st.floats()
    | TEXTS
    | st.lists(TEXTS, max_size=2)
    | st.dictionaries(TEXTS, TEXTS, max_size=2)
)
SCALARS = {
    FieldDescriptor.TYPE_STRING: TEXTS,
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_BYTES: st.sampled_from(["", "AA==", "AAA", "!", "a" * 64]),
    FieldDescriptor.TYPE_DOUBLE: FLOATS,
}


def values(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    """Mostly what fits a field, and now and then what does not."""
    one: st.SearchStrategy[Any]
    if field.message_type is not None:
        one = messages(field.message_type, depth + 1) if depth < 4 else st.just({})
    elif field.enum_type is not None:
        one = st.sampled_from([value.name for value in field.enum_type.values] + ["NOPE"]) | st.integers(-1, 12)
    else:
        one = SCALARS.get(field.type, NUMBERS)
    fitting = st.lists(one, max_size=3) if field.is_repeated else one
    return fitting if depth else st.integers(0, 9).flatmap(lambda n: ODD if n == 0 else fitting)


def messages(kind: Descriptor, depth: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    known = {field.json_name: values(field, depth) for field in kind.fields}
    whole = st.fixed_dictionaries({}, optional=known)
    return (
        whole | st.tuples(whole, TEXTS, ODD).map(lambda parts: {**parts[0], parts[1]: parts[2]}) if not depth else whole
    )


def bodies(method: MethodDescriptor) -> st.SearchStrategy[bytes]:
    made = messages(method.input_type).map(lambda value: json.dumps(value).encode())
    return st.integers(0, 9).flatmap(
        lambda n: st.binary(max_size=30) | ODD.map(lambda v: json.dumps(v).encode()) if n == 0 else made
    )


def enveloped(body: bytes) -> bytes:
    return struct.pack(">BI", 0, len(body)) + body


@pytest.mark.parametrize(("service", "method"), METHODS, ids=[method.name for _, method in METHODS])
def test_whatever_is_sent_is_answered_or_is_one_error_that_says_what_is_wrong(
    door: Door, caplog: pytest.LogCaptureFixture, service: Any, method: MethodDescriptor
) -> None:
    stream = method.client_streaming or method.server_streaming
    path = f"/{service.full_name}/{method.name}"

    @settings(max_examples=EXAMPLES if not stream else EXAMPLES // 4, deadline=None, database=None)
    @given(body=bodies(method))
    def sent(body: bytes) -> None:
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            if stream:
                status, answer = door.call(path, "application/connect+json", enveloped(body), stream=True)
                error = ended_with(answer)
            else:
                status, answer = door.call(path, "application/json", body, stream=False)
                error = None if status == 200 else json.loads(answer)
        assert [r.getMessage() for r in caplog.records] == []
        if stream:
            assert status in (0, 200)
        if error is not None:
            assert_clear(error)

    sent()


def ended_with(answer: bytes) -> Any:
    """The error at the end of a stream, if it ended with one."""
    while len(answer) >= 5:
        flags, length = struct.unpack(">BI", answer[:5])
        body, answer = answer[5 : 5 + length], answer[5 + length :]
        if flags & 2:
            return json.loads(body).get("error")
    return None


def assert_clear(error: Any) -> None:
    """It is one of ours, with a detail, and holds nothing of how it came about."""
    if error["code"] == "canceled":  # it hung up
        return
    (detail,) = error["details"]
    info = error_pb2.ErrorInfo.FromString(b64decode(detail["value"] + "==="))
    assert info.code in ERRORS
    assert info.code != "internal", error
    assert error["message"]
    text = json.dumps(error)
    assert "Traceback" not in text
    assert 'File "' not in text
    assert len(text) < 4000


@settings(max_examples=300, deadline=None, database=None)
@given(
    service_and_method=st.sampled_from([m for m in METHODS if not m[1].server_streaming]), body=st.binary(max_size=60)
)
def test_binary_that_is_none_is_answered_or_is_one_clear_error(
    door: Door, service_and_method: Any, body: bytes
) -> None:
    service, method = service_and_method
    status, answer = door.call(f"/{service.full_name}/{method.name}", "application/proto", body)
    if status != 200:
        assert_clear(json.loads(answer))


HEADERS = st.tuples(
    st.sampled_from([
        b"connect-timeout-ms", b"connect-protocol-version", b"content-encoding", b"accept-encoding", b"authorization",
        b"cookie", b"content-type", b"te", b"grpc-timeout", b"content-length", b"host", b"x-forwarded-for",
    ]),
    st.sampled_from([b"", b"abc", b"-1", b"0", b"1", b"9" * 30, b"gzip", b"br, zz", b"\xff\xfe", b"Bearer", b"Bearer \xe9", b"a=b; c"])
    | st.binary(max_size=10),
)  # fmt: skip


@settings(
    max_examples=300,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(headers=st.lists(HEADERS, max_size=4))
def test_whatever_the_headers_say_there_is_an_answer_or_one_clear_error(
    door: Door, caplog: pytest.LogCaptureFixture, headers: list[tuple[bytes, bytes]]
) -> None:
    caplog.clear()
    status, answer = door.call("/composia.v1.ServerService/ListNodes", "application/json", b"{}", headers=headers)
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
    if status != 200 and answer:
        assert_clear(json.loads(answer))


@settings(max_examples=200, deadline=None, database=None)
@given(
    query=st.dictionaries(
        st.sampled_from([b"encoding", b"message", b"base64", b"compression", b"connect", b"x"]),
        st.sampled_from([b"json", b"proto", b"{}", b"%7B%7D", b"1", b"zz", b"gzip", b"%ff", b"", b"&", b"e30"]) | st.binary(max_size=8),
    )
)  # fmt: skip
def test_whatever_a_query_says_there_is_an_answer_or_one_clear_error(door: Door, query: dict[bytes, bytes]) -> None:
    text = b"&".join(key + b"=" + value for key, value in query.items())
    status, answer = door.call("/composia.v1.ServerService/ListNodes", "", b"", method="GET", query=text)
    if status != 200:
        assert_clear(json.loads(answer))


def test_the_text_of_a_fault_stays_in_the_log(
    door: Door, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise RuntimeError("the secret of the fault")

    monkeypatch.setattr(People, "list_plugins", fail)
    _, answer = door.call("/composia.v1.ServerService/ListPlugins", "application/json", b"{}")

    error = json.loads(answer)
    (detail,) = error["details"]
    (record,) = caplog.records
    assert (error["code"], error["message"]) == ("internal", "internal error")
    assert b"secret" not in answer
    assert record.__dict__["id"] == detail["debug"]["id"]
    assert record.exc_info is not None
