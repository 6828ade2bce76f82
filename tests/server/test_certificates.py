"""The server's own CA and certificate."""

import ipaddress
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from composia.clock import ManualClock
from composia.server.certificates import certificate_names, ensure_certificates

NAMES = ("composia.example.org", "127.0.0.1")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_795_000_000_000)


def verify(data: Path, name: str, clock: ManualClock) -> None:
    import datetime as dt  # noqa: PLC0415

    ca = x509.load_pem_x509_certificate((data / "ca.pem").read_bytes())
    leaf = x509.load_pem_x509_certificate((data / "tls" / "server.pem").read_bytes())
    subject: x509.DNSName | x509.IPAddress
    try:
        subject = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        subject = x509.DNSName(name)
    now = dt.datetime.fromtimestamp(clock.now_ms() / 1000)  # noqa: DTZ006 - the verifier takes naive UTC
    PolicyBuilder().store(Store([ca])).time(now).build_server_verifier(subject).verify(leaf, [])


@pytest.mark.parametrize("name", NAMES)
def test_the_certificate_is_good_for_each_name_under_its_own_ca(tmp_path: Path, clock: ManualClock, name: str) -> None:
    ensure_certificates(tmp_path, NAMES, clock)

    verify(tmp_path, name, clock)
    with pytest.raises(VerificationError):
        verify(tmp_path, "elsewhere.example.org", clock)


def test_keys_are_private_and_the_ca_can_be_handed_out(tmp_path: Path, clock: ManualClock) -> None:
    files = ensure_certificates(tmp_path, NAMES, clock)

    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (files.ca, files.key, tmp_path / "tls" / "ca.key")}
    assert modes == {"ca.pem": 0o644, "server.key": 0o600, "ca.key": 0o600}


def test_a_second_start_changes_nothing(tmp_path: Path, clock: ManualClock) -> None:
    files = ensure_certificates(tmp_path, NAMES, clock)
    before = [p.read_bytes() for p in (files.ca, files.certificate, files.key)]

    ensure_certificates(tmp_path, NAMES, clock)

    assert [p.read_bytes() for p in (files.ca, files.certificate, files.key)] == before


def test_other_names_get_another_certificate_under_the_same_ca(tmp_path: Path, clock: ManualClock) -> None:
    ca = ensure_certificates(tmp_path, NAMES, clock).ca.read_bytes()

    ensure_certificates(tmp_path, ("new.example.org",), clock)

    assert (tmp_path / "ca.pem").read_bytes() == ca
    verify(tmp_path, "new.example.org", clock)


def test_a_certificate_is_renewed_before_it_expires(tmp_path: Path, clock: ManualClock) -> None:
    certificate = ensure_certificates(tmp_path, NAMES, clock).certificate
    before = certificate.read_bytes()
    clock.advance(370 * 86_400)

    ensure_certificates(tmp_path, NAMES, clock)

    assert certificate.read_bytes() != before
    verify(tmp_path, NAMES[0], clock)


def test_names_are_those_of_the_public_urls_and_of_this_machine() -> None:
    assert certificate_names("0.0.0.0:8443", ["https://a.example.org:8443", "https://10.0.0.7"]) == (
        "a.example.org",
        "10.0.0.7",
        "localhost",
        "127.0.0.1",
    )
    assert certificate_names("192.0.2.1:8443", []) == ("192.0.2.1", "localhost", "127.0.0.1")
