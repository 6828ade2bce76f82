"""A server's certificate never ends while it runs, and one that is given to it is used when it is there."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from composia.clock import ManualClock
from composia.errors import Invalid
from composia.plugins.transport import Tls
from composia.server.certificates import ensure_certificates, valid_until
from composia.server.renewal import ShownCertificate

pytestmark = pytest.mark.anyio

DAY_S = 86_400
NAMES = ("composia.example.org",)


class Port:
    """Keeps which certificates it was told to read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.read: list[int] = []

    async def reload(self) -> None:
        self.read.append(x509.load_pem_x509_certificate(self._file.read_bytes()).serial_number)


def own(data: Path, clock: ManualClock) -> Callable[[], Tls]:
    def ensure() -> Tls:
        files = ensure_certificates(data, NAMES, clock)
        return Tls(certificate=files.certificate, key=files.key)

    return ensure


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_795_000_000_000)


async def test_over_three_years_there_is_always_one_that_is_good_for_weeks(tmp_path: Path, clock: ManualClock) -> None:
    port = Port(tmp_path / "tls" / "server.pem")
    shown = ShownCertificate(own(tmp_path, clock), port.reload, clock)
    await shown.look()
    for _ in range(3 * 365 // 7):
        clock.advance(7 * DAY_S)
        await shown.look()
        assert valid_until(tmp_path / "tls" / "server.pem") - clock.now_ms() > 20 * DAY_S * 1000

    assert len(port.read) == len(set(port.read)) == 2


async def test_a_certificate_that_is_given_is_read_again_when_it_has_changed(
    tmp_path: Path, clock: ManualClock
) -> None:
    old, new = own(tmp_path / "old", clock)(), own(tmp_path / "new", clock)()
    given = Tls(certificate=tmp_path / "given.pem", key=tmp_path / "given.key")
    port = Port(given.certificate)
    shown = ShownCertificate(lambda: given, port.reload, clock)
    copy(old, given)
    await shown.look()
    await shown.look()
    assert port.read == []

    copy(new, given)
    await shown.look()
    await shown.look()

    assert port.read == [x509.load_pem_x509_certificate(new.certificate.read_bytes()).serial_number]


async def test_of_a_given_one_that_ends_soon_it_is_warned_once_a_day(
    tmp_path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    given = own(tmp_path, clock)()
    shown = ShownCertificate(lambda: given, Port(given.certificate).reload, clock)
    clock.advance(380 * DAY_S)
    await shown.look()
    assert caplog.records == []

    clock.advance(5 * DAY_S)
    await shown.look()
    await shown.look()
    clock.advance(30 * DAY_S)
    await shown.look()

    assert [(r.message, r.__dict__["days"]) for r in caplog.records if r.levelno >= logging.WARNING] == [
        ("the certificate will expire", "12"),
        ("the certificate has expired", "-18"),
    ]


async def test_one_that_cannot_be_renewed_is_told_and_tried_again(
    tmp_path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    port, broken = Port(tmp_path / "tls" / "server.pem"), True
    ensure = own(tmp_path, clock)

    def sometimes() -> Tls:
        if broken:
            raise Invalid("the CA's key cannot be read", where="ca.key")
        return ensure()

    shown = ShownCertificate(sometimes, port.reload, clock)
    await shown.look()
    broken = False
    await shown.look()
    clock.advance(380 * DAY_S)
    await shown.look()

    assert [r.__dict__["error"] for r in caplog.records if r.levelno >= logging.WARNING] == [
        "ca.key: the CA's key cannot be read"
    ]
    assert len(port.read) == 1


async def test_without_tls_there_is_nothing_to_look_after(clock: ManualClock) -> None:
    async def reload() -> None:
        raise AssertionError

    await ShownCertificate(lambda: None, reload, clock).look()


def copy(source: Tls, target: Tls) -> None:
    """As files of their own, as tools put them there: a clock of coarse ticks may show what is written over as unchanged."""
    for old, new in ((target.certificate, source.certificate), (target.key, source.key)):
        shutil.copy(new, f"{old}.new")
        Path(f"{old}.new").replace(old)
