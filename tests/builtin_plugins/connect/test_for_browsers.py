"""Answers as browsers get them: kept in no cache, and compressed where that pays."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest

from composia.core.node import Node, NodeState
from composia.core.status import NodeView
from composia.errors import NotFound
from composia.plugins.testing.transport_bench import Bench, answer
from composia.plugins.transport import Serving, Tls, Transport

pytestmark = pytest.mark.anyio

GET_NODES = "/composia.v1.ServerService/ListNodes?connect=v1&encoding=proto&message="
BROWSER = "gzip, deflate, br, zstd"
NODES = tuple(NodeView(node=Node(name=f"node-{n}", agent_id="a"), state=NodeState.ONLINE) for n in range(500))


@pytest.fixture
def bench(transport: Transport, certified: tuple[Tls, bytes]) -> Bench:
    tls, ca = certified
    return Bench(transport=transport, tls=tls, ca=ca)


@pytest.fixture
async def serving(bench: Bench) -> AsyncIterator[Serving]:
    async with bench.serving() as serving:
        yield serving


async def got(serving: Serving, path: str, *headers: str) -> tuple[dict[str, str], bytes]:
    """The headers and the body of what a browser gets by that path."""
    sent = [word for header in headers for word in ("--header", header)]
    process = await asyncio.create_subprocess_exec(
        *("curl", "--silent", "--insecure", "--http2", "--include", "--max-time", "60"),
        *("--header", "authorization: Bearer viewer", *sent, f"{serving.address}{path}"),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    head, _, body = out.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    return {"status": lines[0].split()[1]} | dict(line.split(": ", 1) for line in lines[1:]), body


async def test_no_cache_keeps_an_answer_and_no_browser_either(bench: Bench, serving: Serving) -> None:
    bench.puppet.acts["list_nodes"] = answer(NODES[:1])
    headers, _ = await got(serving, GET_NODES)
    bench.puppet.acts["list_nodes"] = answer(NotFound("no such thing"))
    failed, _ = await got(serving, GET_NODES)
    none, _ = await got(serving, "/composia.v1.ServerService/ListNode?connect=v1&encoding=proto&message=")

    assert (headers["status"], failed["status"], none["status"]) == ("200", "404", "404")
    assert {one["cache-control"] for one in (headers, failed, none)} == {"no-store"}


async def test_an_answer_is_compressed_for_browsers(bench: Bench, serving: Serving) -> None:
    bench.puppet.acts["list_nodes"] = answer(NODES)
    packed_headers, packed = await got(serving, GET_NODES, f"accept-encoding: {BROWSER}")
    plain_headers, plain = await got(serving, GET_NODES)

    assert packed_headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain_headers or plain_headers["content-encoding"] == "identity"
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 4
    assert "accept-encoding" in packed_headers["vary"].lower()
