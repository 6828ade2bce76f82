"""Each way in which a server cannot be reached, on real sockets, is told as what it is, with what would be right."""

import asyncio
import contextlib
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from composia.builtin_plugins.connect import dialing
from composia.builtin_plugins.connect.transport import ConnectTransport
from composia.clock import ManualClock, SystemClock
from composia.errors import ComposiaError, NotPossible, Unavailable
from composia.plugins.testing.transport_bench import soon
from composia.plugins.transport import Target
from composia.server.certificates import CertificateFiles, ensure_certificates

pytestmark = pytest.mark.anyio

DAY_MS = 86_400_000
GREETING = b"SSH-2.0-OpenSSH_9.2p1\r\n"


async def refusal(url: str, ca: bytes | None = None) -> ComposiaError:
    people = await ConnectTransport().connect_server(Target(url=url, token="admin", ca=ca))
    try:
        with pytest.raises(ComposiaError) as refused:
            await soon(people.get_server_info())
    finally:
        await people.close()
    assert refused.value.where == url
    return refused.value


def certified(directory: Path, *names: str, made_days_ago: float = 0) -> CertificateFiles:
    """A server's certificate as it would be had it been made at another time."""
    now_ms = SystemClock().now_ms() - round(made_days_ago * DAY_MS)
    return ensure_certificates(directory, names, ManualClock(now_ms))


@asynccontextmanager
async def answering(files: CertificateFiles | None = None, says: bytes = b"") -> AsyncIterator[int]:
    """The port of something that says that, over TLS if it has a certificate."""
    over: list[asyncio.Event] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over.append(asyncio.Event())
        ended = over[-1]
        writer.write(says)
        with contextlib.suppress(OSError):
            await reader.read(1)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        ended.set()

    tls = None
    if files is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(files.certificate, files.key)
    async with await asyncio.start_server(take, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1]
        for event in over:
            await soon(event.wait())


@pytest.mark.parametrize(
    ("made_days_ago", "message", "hint"),
    [
        (
            500,
            r"the server's certificate has expired: it was valid until \d{4}-\d\d-\d\d \d\d:\d\d UTC, and here it is",
            "given",
        ),
        (
            -3,
            r"the server's certificate is not valid yet: it is from .* UTC on, and here it is .* UTC",
            "set the clock",
        ),
        (4000, r"the server's certificate has expired", "given a new one, or the clock of this machine is wrong"),
    ],
)
async def test_a_certificate_out_of_its_time_says_when_it_is_good_and_what_time_it_is_here(
    tmp_path: Path, made_days_ago: float, message: str, hint: str
) -> None:
    files = certified(tmp_path, "127.0.0.1", made_days_ago=made_days_ago)
    async with answering(files) as port:
        error = await refusal(f"https://127.0.0.1:{port}", files.ca.read_bytes())
    assert isinstance(error, Unavailable)
    with pytest.raises(Unavailable, match=message):
        raise error
    assert hint in error.hint


@pytest.mark.parametrize("off_hours", [-23, -1, 1, 23])
async def test_clocks_that_differ_by_hours_do_not_part_a_client_and_its_server(
    tmp_path: Path, off_hours: float
) -> None:
    files = certified(tmp_path, "127.0.0.1", made_days_ago=off_hours / 24)
    async with answering(files) as port:
        error = await refusal(f"https://127.0.0.1:{port}", files.ca.read_bytes())
    assert "certificate" not in error.message  # it is trusted; what answers is no Composia


async def test_a_certificate_of_other_names_says_which_they_are(tmp_path: Path) -> None:
    files = certified(tmp_path, "a.example", "10.0.0.1")
    async with answering(files) as port:
        error = await refusal(f"https://127.0.0.1:{port}", files.ca.read_bytes())
    assert isinstance(error, Unavailable)
    assert error.message.startswith("the server's certificate is not for 127.0.0.1, only for a.example")
    assert "--public-url" in error.hint


async def test_a_port_where_nobody_listens() -> None:
    error = await refusal("https://127.0.0.1:9")
    assert isinstance(error, Unavailable)
    assert (error.message, error.hint) == (
        "the server does not answer: nothing listens there",
        "is the server running, and is this its port?",
    )


async def test_a_name_that_does_not_exist() -> None:
    error = await refusal("https://nowhere.invalid:8443")
    assert isinstance(error, Unavailable)
    assert (error.message, error.hint) == (
        "no address is known for nowhere.invalid",
        "look at the name, or write the address instead",
    )


NOTHING_COMES_BACK = (
    "the server does not answer: nothing comes back from there",
    "is the address right, and do firewalls let it through?",
)


async def test_a_host_from_which_nothing_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialing, "CONNECT_S", 0.3)
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):  # nobody takes them, and then the kernel answers no further one
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        error = await refusal(f"https://127.0.0.1:{full.getsockname()[1]}")
    assert isinstance(error, Unavailable)
    assert (error.message, error.hint) == NOTHING_COMES_BACK


async def test_a_host_that_takes_a_connection_and_then_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialing, "CONNECT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = await refusal(f"https://127.0.0.1:{silent.getsockname()[1]}")
    assert isinstance(error, Unavailable)
    assert (error.message, error.hint) == NOTHING_COMES_BACK


def test_a_machine_without_a_way_there() -> None:
    alone = ["unshare", "--net", "--map-root-user"]
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("networks cannot be taken away here")
    environment = {"COMPOSIA_SERVER": "https://192.0.2.1:8443", "COMPOSIA_TOKEN": "cps_x", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [*alone, sys.executable, "-m", "composia", "node", "list"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said = "https://192.0.2.1:8443: the server does not answer: there is no way to it from here"
    assert (done.returncode, done.stderr) == (1, f"composia: {said}\n  hint: look at this machine's network\n")


@pytest.mark.parametrize("says", [GREETING, b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_a_port_that_does_not_speak_tls(says: bytes) -> None:
    async with answering(says=says) as port:
        error = await refusal(f"https://127.0.0.1:{port}")
    assert isinstance(error, NotPossible)
    assert (error.message, error.hint) == (
        "what answers there does not speak TLS",
        f"is this the port of a Composia server? One with `--tls off` is called by http://127.0.0.1:{port}",
    )


async def test_plaintext_to_a_port_that_speaks_tls(tmp_path: Path) -> None:
    async with answering(certified(tmp_path, "127.0.0.1")) as port:
        error = await refusal(f"http://127.0.0.1:{port}")
    assert isinstance(error, Unavailable)
    assert (error.message, error.hint) == (
        "the server broke off without an answer",
        f"if it speaks TLS, call it by https://127.0.0.1:{port}",
    )
