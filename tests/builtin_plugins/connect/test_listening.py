import asyncio
import errno
import socket

import pytest

from composia.builtin_plugins.connect.listening import listening
from composia.errors import ComposiaError, NotPossible

pytestmark = pytest.mark.anyio

WORDS = ("SO_KEEPALIVE", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_USER_TIMEOUT")


async def test_the_kernel_asks_after_the_peer_of_each_connection() -> None:
    opened, address = await listening("127.0.0.1:0", tls=False, backlog=1)
    accepted: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()

    async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(writer.get_extra_info("socket"))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(take, sock=opened):
        _, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
        peer = await accepted
        kept = {
            word: peer.getsockopt(socket.SOL_SOCKET if word[0] == "S" else socket.IPPROTO_TCP, getattr(socket, word))
            for word in WORDS
        }
        writer.close()
        await writer.wait_closed()
    assert kept == {"SO_KEEPALIVE": 1, "TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_USER_TIMEOUT": 60_000}


@pytest.mark.parametrize(
    ("listen", "host"),
    [("127.0.0.1:0", "127.0.0.1"), ("localhost:0", "localhost"), ("[::1]:0", "[::1]"), ("0.0.0.0:0", "localhost")],
)
async def test_the_url_names_the_host_and_the_real_port(listen: str, host: str) -> None:
    opened, address = await listening(listen, tls=True, backlog=1)
    with opened:
        assert address == f"https://{host}:{opened.getsockname()[1]}"


@pytest.mark.parametrize(
    ("listen", "message", "hint"),
    [
        ("192.0.2.1:0", "cannot listen: cannot assign requested address", "an address of this machine"),
        ("nowhere.invalid:0", "no address is known for nowhere.invalid", "an address of this machine"),
        ("127.0.0.1", "not an address to listen on", "HOST:PORT, as 0.0.0.0:8443"),
        ("127.0.0.1:65536", "not an address to listen on", "HOST:PORT"),
        ("127.0.0.1:²", "not an address to listen on", "HOST:PORT"),
        (":8443", "not an address to listen on", "HOST:PORT"),
    ],
)
async def test_where_one_cannot_listen_says_why_and_what_would_do(listen: str, message: str, hint: str) -> None:
    with pytest.raises(ComposiaError) as refused:
        await listening(listen, tls=True, backlog=1)
    assert (refused.value.message, refused.value.where) == (message, f"listen {listen}")
    assert refused.value.hint.startswith(hint)


async def test_a_port_that_is_taken_is_told_as_that() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(NotPossible) as refused:
            await listening(listen, tls=True, backlog=1)
    assert (refused.value.message, refused.value.where) == ("the port is taken", f"listen {listen}")
    assert refused.value.hint == "another server runs, or choose another port"


async def test_a_port_for_root_alone_says_so_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> socket.socket:
        raise PermissionError(errno.EACCES, "Permission denied (while attempting to bind on address ('127.0.0.1', 80))")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(NotPossible) as refused:
        await listening("127.0.0.1:80", tls=True, backlog=1)
    assert refused.value.message == "cannot listen: permission denied"
    assert refused.value.hint.startswith("ports below 1024 are for root")
