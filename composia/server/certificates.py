"""The server's own CA and certificate, made at the first start and reissued when its names change."""

import datetime as dt
import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from composia.clock import Clock

CA_LIFE = dt.timedelta(days=3650)
SERVER_LIFE = dt.timedelta(days=397)
RENEW_BEFORE = dt.timedelta(days=30)
BACKDATE = dt.timedelta(days=1)
"""Other machines' clocks may be behind ours."""


@dataclass(frozen=True, kw_only=True)
class CertificateFiles:
    """Where the PEM files lie: `ca` is for people to hand out, the others are the server's."""

    ca: Path
    certificate: Path
    key: Path


def certificate_names(listen: str, public_urls: Iterable[str]) -> tuple[str, ...]:
    """The host names and addresses that a certificate must carry: of the public URLs, the listening address where it
    is one, and this machine's loopback."""
    hosts = [urlsplit(url).hostname or "" for url in public_urls] + [listen.rpartition(":")[0].strip("[]")]
    named = [host for host in hosts if host and host not in ("0.0.0.0", "::")]  # noqa: S104 - to leave them out
    return tuple(dict.fromkeys([*named, "localhost", "127.0.0.1"]))


def is_loopback(listen: str) -> bool:
    """Whether nobody but this machine can reach that listening address."""
    host = listen.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def ensure_certificates(data: Path, names: tuple[str, ...], clock: Clock) -> CertificateFiles:
    """Make what is missing, about to expire, or carries other names; keep the rest. The CA stays as it is."""
    directory = data / "tls"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = CertificateFiles(ca=data / "ca.pem", certificate=directory / "server.pem", key=directory / "server.key")
    now = dt.datetime.fromtimestamp(clock.now_ms() / 1000, dt.UTC)
    ca_key_file = directory / "ca.key"
    if not (files.ca.exists() and ca_key_file.exists()):
        _make_ca(files.ca, ca_key_file, now)
    if not _still_good(files, names, now):
        _issue(files, ca_key_file, names, now)
    return files


def _make_ca(ca_file: Path, key_file: Path, now: dt.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Composia CA")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(key_file, _private(key), 0o600)
    _write(ca_file, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _issue(files: CertificateFiles, ca_key_file: Path, names: tuple[str, ...], now: dt.datetime) -> None:
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    ca_key = serialization.load_pem_private_key(ca_key_file.read_bytes(), password=None)
    if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{ca_key_file} holds another kind of key than was written there")
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Composia server")]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(min(now + SERVER_LIFE, ca.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    _write(files.key, _private(key), 0o600)
    _write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _still_good(files: CertificateFiles, names: tuple[str, ...], now: dt.datetime) -> bool:
    if not (files.certificate.exists() and files.key.exists()):
        return False
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    carried = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        certificate.issuer == ca.subject
        and now < certificate.not_valid_after_utc - RENEW_BEFORE
        and set(carried) == {_general_name(name) for name in names}
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """Replace a file in one step, never readable by others meanwhile."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
