"""curl speaks plain JSON to the port, over HTTP/1.1 and HTTP/2; a read is a GET too, a stream is envelopes of JSON."""

import subprocess
from base64 import b64decode
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest

from composia._gen.v1 import error_pb2
from composia._version import __version__
from composia.builtin_plugins.connect.twins import ErrorInfo
from tests.clients import refusals
from tests.clients.curl import END_OF_STREAM, Curl
from tests.clients.refusals import Refusal
from tests.clients.served import SIMULATED_NODE, WEB, Served

STATUS = {
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "permission_denied": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
}


@pytest.fixture(params=["--http1.1", "--http2"])
def curl(served: Served, request: pytest.FixtureRequest) -> Curl:
    return Curl(served=served, http=request.param)


def deploy(curl: Curl) -> Any:
    """Deploy the quick service; its deployment and its task, as stored."""
    status, started = curl.call("admin", "Deploy", {"requestId": str(uuid4()), "services": [WEB]})
    assert status == HTTPStatus.OK
    (view,) = started["deployments"]
    return view


def said(error: Any) -> tuple[str, str, ErrorInfo]:
    """Code, message and the one detail of an error, which says the same in binary and in plain JSON."""
    (detail,) = error["details"]
    binary = error_pb2.ErrorInfo.FromString(b64decode(detail["value"] + "==="))
    info = ErrorInfo(code=binary.code, where=binary.where, hint=binary.hint, id=binary.id)
    assert detail["type"] == "composia.v1.ErrorInfo"
    assert detail["debug"] == {key: text for key, text in asdict(info).items() if text}
    return error["code"], error["message"], info


def test_a_call_is_json_and_is_answered_with_json(curl: Curl) -> None:
    status, info = curl.call("viewer", "GetServerInfo", {})
    assert (status, info["version"]) == (HTTPStatus.OK, __version__)


def test_a_read_is_a_get_too(curl: Curl) -> None:
    called = curl.call("viewer", "GetService", {"name": WEB})
    assert curl.get("viewer", "GetService", {"name": WEB}) == called
    assert called[1]["placed"] == [SIMULATED_NODE]


def test_a_change_is_no_get(curl: Curl) -> None:
    status, _ = curl.get("admin", "Deploy", {"requestId": str(uuid4()), "services": [WEB]})
    assert status == HTTPStatus.METHOD_NOT_ALLOWED


def test_what_the_calls_mean_is_served_beside_them_to_everybody(curl: Curl) -> None:
    done = subprocess.run(curl.command("nobody", "--fail", f"{curl.served.url}/api/"), capture_output=True, check=True)
    assert b'<section id="GetStatus">' in done.stdout


@refusals.unary
def test_an_error_says_what_where_and_what_would_be_right(curl: Curl, refusal: Refusal) -> None:
    status, error = curl.call(refusal.who, refusal.method, refusal.request)
    assert status == STATUS[refusal.code]
    assert said(error) == (refusal.code, refusal.message, refusal.info)


def test_a_get_is_refused_in_the_same_words(curl: Curl) -> None:
    refusal = refusals.UNARY["no token"]
    status, error = curl.get(refusal.who, refusal.method, refusal.request)
    assert status == STATUS[refusal.code]
    assert said(error) == (refusal.code, refusal.message, refusal.info)


@refusals.streams
def test_a_stream_ends_with_its_error(curl: Curl, refusal: Refusal) -> None:
    with curl.stream(refusal.who, refusal.method, refusal.request) as envelopes:
        ((flags, last),) = envelopes
    assert flags == END_OF_STREAM
    assert said(last["error"]) == (refusal.code, refusal.message, refusal.info)


def test_a_deploy_is_watched_from_before_it_began_to_its_end(curl: Curl) -> None:
    with curl.stream("viewer", "Watch", {}) as envelopes:
        _, first = next(envelopes)
        assert first["snapshot"]
        deployment = deploy(curl)["deployment"]["id"]
        states = []
        for _, event in envelopes:
            states += [one["state"] for one in event.get("deployments", ()) if one["id"] == deployment]
            if states and states[-1] == "DEPLOYMENT_STATE_SUCCEEDED":
                break
    # a watcher is told how a thing is now, and need not hear of each step
    assert set(states[:-1]) <= {"DEPLOYMENT_STATE_PENDING", "DEPLOYMENT_STATE_RUNNING"}
    assert states[-1] == "DEPLOYMENT_STATE_SUCCEEDED"


def test_the_output_of_a_task_is_followed_until_the_task_has_ended(curl: Curl) -> None:
    curl.call("admin", "Operate", {"requestId": str(uuid4()), "kind": "TASK_KIND_DOWN", "service": WEB})
    (task,) = deploy(curl)["tasks"]
    with curl.stream("viewer", "TaskOutput", {"task": task["id"], "follow": True}) as envelopes:
        *chunks, end = envelopes
    assert b"plan: app: create, not there" in b"".join(b64decode(chunk["data"]) for _, chunk in chunks)
    assert end == (END_OF_STREAM, {})
    assert curl.get("viewer", "GetTask", {"task": task["id"]})[1]["state"] == "TASK_STATE_SUCCEEDED"
