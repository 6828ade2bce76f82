import asyncio
import socket

import pytest

from composia.builtin_plugins.connect.listening import listening

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
