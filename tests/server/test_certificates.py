"""The server's own CA and certificate."""

import ipaddress
import shutil
import ssl
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from composia.clock import ManualClock
from composia.errors import Invalid
from composia.server.certificates import certificate_names, check_public_urls, ensure_certificates

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


@pytest.mark.parametrize(
    "content", [b"", b"\xff\x00", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
@pytest.mark.parametrize("file", ["server.pem", "server.key"])
def test_a_certificate_or_key_that_was_spoilt_is_made_new(
    tmp_path: Path, clock: ManualClock, file: str, content: bytes
) -> None:
    ca = ensure_certificates(tmp_path, NAMES, clock).ca.read_bytes()
    (tmp_path / "tls" / file).write_bytes(content)

    files = ensure_certificates(tmp_path, NAMES, clock)

    verify(tmp_path, NAMES[0], clock)
    assert files.ca.read_bytes() == ca
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(files.certificate, files.key)


def test_a_key_of_another_certificate_is_not_shown_with_ours(tmp_path: Path, clock: ManualClock) -> None:
    other = ensure_certificates(tmp_path / "other", NAMES, clock)
    ours = ensure_certificates(tmp_path / "ours", NAMES, clock)
    shutil.copy(other.key, ours.key)

    files = ensure_certificates(tmp_path / "ours", NAMES, clock)

    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(files.certificate, files.key)


def test_a_certificate_of_another_ca_is_made_new(tmp_path: Path, clock: ManualClock) -> None:
    other = ensure_certificates(tmp_path / "other", NAMES, clock)
    ours = ensure_certificates(tmp_path / "ours", NAMES, clock)
    shutil.copy(other.key, ours.key)
    shutil.copy(other.certificate, ours.certificate)

    ensure_certificates(tmp_path / "ours", NAMES, clock)

    verify(tmp_path / "ours", NAMES[0], clock)


def test_a_certificate_from_a_clock_that_was_ahead_is_made_new(tmp_path: Path, clock: ManualClock) -> None:
    ensure_certificates(tmp_path, NAMES, clock)
    clock.advance(200 * 86_400)
    ensure_certificates(tmp_path, ("other.example.org",), clock)
    clock.set_wall(-180 * 86_400)

    ensure_certificates(tmp_path, ("other.example.org",), clock)

    verify(tmp_path, "other.example.org", clock)


def spoil(file: Path) -> None:
    file.write_bytes(b"\x00not a key\xff")


@pytest.mark.parametrize(
    ("broken", "how", "message"),
    [
        ("ca.pem", Path.unlink, "the CA's certificate is missing, and its key is there"),
        ("ca.pem", spoil, "the CA's certificate cannot be read"),
        ("tls/ca.key", Path.unlink, "the CA's key is missing, and a new certificate is needed"),
        ("tls/ca.key", spoil, "the CA's key cannot be read"),
    ],
)
def test_half_of_a_ca_or_a_spoilt_one_is_refused_and_never_replaced(
    tmp_path: Path, clock: ManualClock, broken: str, how: Callable[[Path], None], message: str
) -> None:
    ensure_certificates(tmp_path, NAMES, clock)
    how(tmp_path / broken)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    with pytest.raises(Invalid) as refused:
        ensure_certificates(tmp_path, ("new.example.org",), clock)

    assert str(refused.value) == f"{tmp_path / broken}: {message}"
    assert "put it back" in refused.value.hint
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_ca_whose_key_is_kept_elsewhere_is_good_as_long_as_nothing_new_is_needed(
    tmp_path: Path, clock: ManualClock
) -> None:
    ensure_certificates(tmp_path, NAMES, clock)
    (tmp_path / "tls" / "ca.key").unlink()

    ensure_certificates(tmp_path, NAMES, clock)


@pytest.mark.parametrize(
    ("days", "message"),
    [(3651, "the CA has expired: it was valid until "), (-2, "the CA is not valid yet: it is from ")],
)
def test_a_ca_out_of_its_time_is_told(tmp_path: Path, clock: ManualClock, days: int, message: str) -> None:
    ensure_certificates(tmp_path, NAMES, clock)
    clock.set_wall(days * 86_400)

    with pytest.raises(Invalid) as refused:
        ensure_certificates(tmp_path, NAMES, clock)

    assert refused.value.message.startswith(message)
    assert refused.value.where == str(tmp_path / "ca.pem")


def test_a_name_of_other_letters_is_in_the_certificate_as_the_wire_has_it(tmp_path: Path, clock: ManualClock) -> None:
    ensure_certificates(tmp_path, ("müller.example",), clock)

    verify(tmp_path, "xn--mller-kva.example", clock)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "foo",
            "ftp://a",
            "https://",
            "https://a b:1",
            "https://a:b",
            "https://a:0",
            "https://[::1",
            "https://a?b",
        ),
        *("https://me:pw@a", f"https://{'a' * 64}.example", f"https://{'a.' * 200}example"),
    ],
)
def test_a_public_url_that_leads_nowhere_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_public_urls(["https://a.example.org:8443", url])

    assert (refused.value.message, refused.value.hint) == ("this is no URL that leads to a server", "https://NAME:PORT")
    assert refused.value.where.startswith("public URL ")


@pytest.mark.parametrize(
    "url", ["https://a:8443", "https://10.0.0.7", "https://[2001:db8::1]:8443/", "https://müller.example"]
)
def test_a_public_url_that_leads_somewhere_is_good(url: str) -> None:
    check_public_urls([url])
