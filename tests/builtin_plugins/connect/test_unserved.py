"""Calls that no RPC takes are errors like all others."""

import json
from base64 import b64decode
from typing import Any

import pytest

from composia._gen.v1 import error_pb2
from composia._version import __version__
from composia.builtin_plugins.connect.transport import ConnectTransport
from composia.plugins.routes import Route
from composia.plugins.testing.transport_bench import Bench
from tests.builtin_plugins.connect.test_http_clients import curl

pytestmark = pytest.mark.anyio

JSON = ("--header", "content-type: application/json")
SERVICE = "composia.v1.ServerService"
VERSION = f"this server is Composia {__version__}; use that version on both sides"


@pytest.mark.parametrize(
    ("path", "options", "status", "code", "said"),
    [
        ("ServerService/GetNod", (*JSON, "-d", "{}"), 404, "not_found", (SERVICE, "no RPC named GetNod", "did you mean GetNode?")),
        ("ServerService/Xyzzy", (*JSON, "-d", "{}"), 404, "not_found", (SERVICE, "no RPC named Xyzzy", VERSION)),
        ("ServerService/", (*JSON, "-d", "{}"), 404, "not_found", (SERVICE, "no RPC named ", VERSION)),
        ("ServerServic/GetNode", (*JSON, "-d", "{}"), 404, "not_found", ("", "no service of the API named composia.v1.ServerServic", f"did you mean {SERVICE}?")),
        ("ServerService/GetNode", ("-X", "PUT", *JSON, "-d", "{}"), 405, "invalid", ("GetNode", "this is not called by PUT", "GET or POST")),
        ("ServerService/Deploy", (), 405, "invalid", ("Deploy", "this is not called by GET", "POST")),
        ("ServerService/GetNode", (), 415, "invalid", ("GetNode", "the request says not in which form it is", "?encoding=json&message={…}")),
        ("ServerService/Watch", (*JSON, "-d", "{}"), 415, "invalid", ("Watch", "content type application/json is not read here", "content-type: application/connect+json")),
        ("ServerService/GetNode", ("--header", "content-type: text/x", "-d", "{}"), 415, "invalid", ("GetNode", "content type text/x is not read here", "content-type: application/json")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("flag", ["--http1.1", "--http2-prior-knowledge"])
async def test_a_call_that_no_rpc_takes_says_what_is_wrong(
    flag: str, path: str, options: tuple[str, ...], status: int, code: str, said: tuple[str, str, str]
) -> None:
    async def page(_scope: Any, _receive: Any, _send: Any) -> None:
        raise AssertionError("an RPC's path is not a page's")

    bench = Bench(ConnectTransport(), routes=(Route(path="/", app=page),))
    async with bench.serving() as serving:
        url = f"{serving.address}/composia.v1.{path}"
        answer = await curl(flag, "--header", "authorization: Bearer admin", *options, url)

    where, message, hint = said
    (detail,) = answer[2]["details"]
    info = error_pb2.ErrorInfo.FromString(b64decode(detail["value"] + "==="))
    assert (answer[0], answer[2]["message"]) == (status, message)
    assert info == error_pb2.ErrorInfo(code=code, where=where, hint=hint)
    assert detail["debug"] == {k: v for k, v in {"code": code, "where": where, "hint": hint}.items() if v}
    assert bench.puppet.calls == []
    assert json.dumps(answer[2])
