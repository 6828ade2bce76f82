"""The log sink `syslog`: under the contract over TCP and TLS, and what becomes of it when the receiver goes away."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import anyio
import msgspec
import pytest

from composia.builtin_plugins.log_syslog import line
from composia.builtin_plugins.log_syslog.config import SyslogConfig
from composia.builtin_plugins.log_syslog.sink import SyslogSink
from composia.clock import SystemClock
from composia.core.container_log import ForwardedLogs
from composia.errors import Unavailable
from composia.plugins.testing.log_lines import NOON_NS, batch, source
from composia.plugins.testing.log_sink import LogSinkBench, LogSinkContract
from composia.server.certificates import ensure_certificates
from tests.builtin_plugins.log_syslog.receiver import PATIENCE_S, Receiver

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["tcp", "tls"])
async def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Receiver]:
    context = None
    if request.param == "tls":
        files = ensure_certificates(tmp_path, ("127.0.0.1",), SystemClock())
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(files.certificate, files.key)
    made = Receiver(tls=context)
    await made.start()
    yield made
    await made.stop()


def config_for(receiver: Receiver, tmp_path: Path, **more: object) -> SyslogConfig:
    """What leads to it."""
    values = {
        "address": f"127.0.0.1:{receiver.port}",
        "tls": receiver.tls is not None,
        "ca_file": str(tmp_path / "ca.pem") if receiver.tls else "",
        "timeout_s": 5.0,
    }
    return msgspec.convert(values | more, SyslogConfig)


@pytest.fixture
async def sink(receiver: Receiver, tmp_path: Path) -> AsyncIterator[SyslogSink]:
    made = SyslogSink(config_for(receiver, tmp_path))
    yield made
    await made.close()


class TestSyslogSink(LogSinkContract):
    @pytest.fixture
    def bench(self, sink: SyslogSink, receiver: Receiver) -> LogSinkBench:
        async def lines() -> list[bytes]:
            await sink.close()  # it waits until the other side has all of it
            await receiver.wait_for(1)
            await sink.append("end", batch(1, [b"end"]))
            while not (got := receiver.messages)[-1].endswith(b"] end"):
                await receiver.wait_for(len(got) + 1)
            return [message.partition(b'"] ')[2] for message in got[:-1]]

        return LogSinkBench(sink=sink, lines=lines)


async def append_all(sink: SyslogSink, *batches: ForwardedLogs) -> None:
    """One after another."""
    for one in batches:
        await sink.append("n1", one)


async def test_a_message_is_one_of_rfc_5424_whatever_the_line_is(sink: SyslogSink, receiver: Receiver) -> None:
    await sink.append(
        "n1", batch(1, [b"hello", b"\xff\x00 2 <1>", b""], of=source("web", 'a"]b'), at_ns=NOON_NS + 1_234_567_890)
    )
    await sink.append("n1", batch(2, [b"bad"], at_ns=NOON_NS, stderr=True))

    data = b'[composia@32473 node="n1" service="web" container="a\\"\\]b" name="web-a\\"\\]b-1"]'
    plain = b'[composia@32473 node="n1" service="web" container="app" name="web-app-1"]'
    assert await receiver.wait_for(4) == [
        b'<134>1 2026-11-03T12:00:01.234567Z n1 web weba"]b0 stdout ' + data + b" hello",
        b'<134>1 2026-11-03T12:00:02.234567Z n1 web weba"]b0 stdout ' + data + b" \xff\x00 2 <1>",
        b'<134>1 2026-11-03T12:00:03.234567Z n1 web weba"]b0 stdout ' + data + b" ",
        b"<131>1 2026-11-03T12:00:00.000000Z n1 web webapp0 stderr " + plain + b" bad",
    ]


async def test_nothing_is_lost_when_the_receiver_goes_away_and_comes_back(sink: SyslogSink, receiver: Receiver) -> None:
    """It goes when it has all of what came before; what is taken while it is away comes when it is back."""
    sent = 0

    async def append() -> None:
        """The next line, again and again until it is taken."""
        nonlocal sent
        sent += 1
        while True:
            with suppress(Unavailable):
                await sink.append("n1", batch(sent, [b"line %d" % sent]))
                return
            await asyncio.sleep(0.01)

    for _ in range(4):
        for _ in range(10):
            await append()
        with anyio.fail_after(PATIENCE_S):
            while not {b"line %d" % number for number in range(1, sent + 1)} <= texts(receiver):
                await append()  # with which the sink sees that a connection is gone
                await asyncio.sleep(0.05)
        await receiver.stop()
        appending = asyncio.create_task(append())
        await asyncio.sleep(0)
        await receiver.start()
        await appending
    assert receiver.connections >= 4


def texts(receiver: Receiver) -> set[bytes]:
    """The lines that came."""
    return {message.partition(b'"] ')[2] for message in receiver.messages}


async def test_a_receiver_that_does_not_read_is_unavailable_and_holds_no_memory(
    receiver: Receiver, tmp_path: Path
) -> None:
    sink = SyslogSink(config_for(receiver, tmp_path, timeout_s=3.0))
    await sink.append("n1", batch(1, [b"one"]))
    await receiver.wait_for(1)
    receiver.reads.clear()
    with pytest.raises(Unavailable, match="does not answer"):
        await append_all(sink, *(batch(number, [b"x" * 1000] * 1000) for number in range(2, 200)))
    receiver.reads.set()
    await sink.close()


async def test_what_was_refused_is_not_sent_again_by_itself(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gave it gives it again. Small pieces find room in the sending system, and are not acknowledged."""
    monkeypatch.setattr(line, "UNCONFIRMED_BYTES", 0)
    await receiver.stop()
    deaf = Receiver(tls=receiver.tls, port=receiver.port)
    await deaf.start()
    deaf.reads.clear()
    calling = line.Line(config_for(receiver, tmp_path, timeout_s=1.0))
    with suppress(Unavailable):
        while True:
            await calling.send(b"30000 " + b"x" * 30000)
    await deaf.stop()
    deaf.reads.set()
    await receiver.start()
    while not receiver.messages:
        with suppress(Unavailable):
            await calling.send(b"3 end")
            await receiver.wait_for(1)

    assert set(receiver.messages) == {b"end"}
    await calling.close()


async def test_who_is_not_vouched_for_gets_nothing(receiver: Receiver) -> None:
    sink = SyslogSink(SyslogConfig(address=f"127.0.0.1:{receiver.port}", tls=True, timeout_s=2.0))
    with pytest.raises(Unavailable):
        await sink.append("n1", batch(1, [b"secret"]))
    assert receiver.messages == []


@pytest.mark.parametrize(
    "wrong",
    [{"address": "nowhere"}, {"address": "host:0"}, {"address": ":514"}, {"address": "h:1", "facility": 24}, {}],
)
def test_what_leads_nowhere_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, SyslogConfig)
