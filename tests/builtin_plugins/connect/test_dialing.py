"""What a client says when what it calls is not there, or is something else."""

import asyncio
import contextlib
import ssl

import pytest

from composia.builtin_plugins.connect import dialing
from composia.builtin_plugins.connect.transport import ConnectTransport
from composia.errors import ComposiaError, Invalid, NotPossible, TimedOut
from composia.plugins.testing.transport_bench import Bench, soon
from composia.plugins.transport import Target, Tls

pytestmark = pytest.mark.anyio


async def refusal(url: str, ca: bytes | None = None) -> ComposiaError:
    people = await ConnectTransport().connect_server(Target(url=url, token="admin", ca=ca))
    try:
        with pytest.raises(ComposiaError) as refused:
            await soon(people.get_server_info())
    finally:
        await people.close()
    return refused.value


async def test_a_ca_that_looks_like_one_and_is_none_is_invalid() -> None:
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    with pytest.raises(Invalid, match="the CA to trust is not a PEM certificate"):
        await ConnectTransport().connect_agent(Target(url="https://a:1", token="", ca=broken))


NO_URLS = ["", "https://", "a:8443", "//a", "ftp://a", "https://a:b", "https://a:99999", "https://a:0", "https://[::1"]
NO_URLS += [
    "https://a b",
    "https://a\n",
    "https://\udcff",
    "https://a?b",
    "https://a#b",
    "https://me:pw@a",
    "https://%61",
]


@pytest.mark.parametrize("url", NO_URLS)
async def test_what_is_no_url_is_invalid(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        await ConnectTransport().connect_agent(Target(url=url, token=""))
    said = url if url.isprintable() else repr(url)
    assert (refused.value.message, refused.value.where) == ("not the address of a server", said)


@pytest.mark.parametrize("token", ["cps_a\nb", "cps_\udcff", "cps_☃", "\x00", " ", "cps_a "])
async def test_a_token_that_cannot_be_one_is_not_sent_and_not_said_back(token: str) -> None:
    with pytest.raises(Invalid) as refused:
        await ConnectTransport().connect_server(Target(url="https://a:1", token=token))
    assert str(refused.value) == "https://a:1: what was given as a token cannot be one"
    assert not token.strip() or token not in refused.value.hint


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"307 Elsewhere\r\nlocation: /elsewhere", "Temporary Redirect"),
        (b"404 Not Found", "Not Found"),
        (b"200 OK\r\ncontent-type: text/html", "invalid content-type: 'text/html'; expecting 'application/proto'"),
    ],
)
async def test_a_server_that_is_another_program_is_told_as_such(
    certified: tuple[Tls, bytes], answer: bytes, says: str
) -> None:
    asked: list[bytes] = []
    over = asyncio.Event()

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 " + answer + b"\r\ncontent-length: 0\r\n\r\n")
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        over.set()

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certified[0].certificate, certified[0].key)
    async with await asyncio.start_server(other, "127.0.0.1", 0, ssl=tls) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        error = await refusal(url, certified[1])
        await soon(over.wait())
    assert isinstance(error, NotPossible)
    assert str(error) == f"{url}: what answers there is no Composia server, or one of another version: {says}"
    assert asked == [b"POST /composia.v1.ServerService/GetServerInfo HTTP/1.1\r\n"]


async def test_an_answer_is_not_waited_for_without_end(
    certified: tuple[Tls, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialing, "ANSWER_S", 0.05)
    bench = Bench(ConnectTransport(), tls=certified[0], ca=certified[1])

    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    bench.puppet.acts["list_nodes"] = wait
    async with bench.serving() as serving, bench.people(serving) as people:
        with pytest.raises(TimedOut) as late:
            await soon(people.list_nodes())
        assert str(late.value) == f"{serving.address}: no answer in 0.05 s"


async def test_a_read_ends_when_its_caller_is_gone(certified: tuple[Tls, bytes]) -> None:
    bench = Bench(ConnectTransport(), tls=certified[0], ca=certified[1])
    began, ended = asyncio.Event(), asyncio.Event()

    async def list_nodes() -> None:
        began.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()

    bench.puppet.acts["list_nodes"] = list_nodes
    async with bench.serving() as serving, bench.people(serving) as people:
        call = asyncio.ensure_future(people.list_nodes())
        await soon(began.wait())
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await soon(ended.wait())
