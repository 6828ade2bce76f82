"""The server's own CA and certificate, made at the first start and reissued when its names change."""

import datetime as dt
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from composia.clock import Clock
from composia.core.suggest import shown
from composia.durable import make_private, write_durably
from composia.errors import Invalid

CA_LIFE = dt.timedelta(days=3650)
SERVER_LIFE = dt.timedelta(days=397)
RENEW_BEFORE = dt.timedelta(days=30)
BACKDATE = dt.timedelta(days=1)
"""Other machines' clocks may be behind ours."""

_HOST = re.compile(r"[0-9A-Za-z._-]{1,253}|[0-9A-Fa-f:.]+")

_NEW_CA = "put it back, or move ca.pem and tls/ca.key away: then there is a new CA, and every agent and login needs it"


@dataclass(frozen=True, kw_only=True)
class CertificateFiles:
    """Where the PEM files lie: `ca` is for people to hand out, the others are the server's."""

    ca: Path
    certificate: Path
    key: Path


def check_public_urls(urls: Iterable[str]) -> None:
    """`Invalid` for one that cannot lead to a server."""
    for url in urls:
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").encode("idna").decode()
            good = parts.scheme in ("http", "https") and parts.port != 0 and bool(_HOST.fullmatch(host))
            good = good and not (parts.query or parts.fragment or parts.username)
        except ValueError:  # a port or an address that is none, a name whose parts are too long
            good = False
        if not good:
            where = f"public URL {shown(url)}"
            raise Invalid("this is no URL that leads to a server", where=where, hint="https://NAME:PORT")


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
    """Make what is missing, spoilt, about to expire, or carries other names; keep the rest. The CA stays as it is, since all
    agents and people trust it: `Invalid` when there is only half of one, or it cannot be read or used."""
    directory = data / "tls"
    make_private(directory)
    files = CertificateFiles(ca=data / "ca.pem", certificate=directory / "server.pem", key=directory / "server.key")
    now = dt.datetime.fromtimestamp(clock.now_ms() / 1000, dt.UTC)
    ca_key_file = directory / "ca.key"
    if not files.ca.exists():
        if ca_key_file.exists():
            hint = (
                f"put it back, or remove {ca_key_file} too: then there is a new CA, and every agent and login needs it"
            )
            raise Invalid("the CA's certificate is missing, and its key is there", where=str(files.ca), hint=hint)
        _make_ca(files.ca, ca_key_file, now)
    ca = _read_ca(files.ca, now)
    wanted = [_general_name(name) for name in names]
    if not _still_good(files, ca, wanted, now):
        _issue(files, ca, _read_ca_key(ca_key_file, ca), wanted, now)
    return files


def valid_until(certificate: Path) -> int:
    """When a certificate ends, as milliseconds UTC. `Invalid` when it cannot be read."""
    return round(_read(certificate).not_valid_after_utc.timestamp() * 1000)


def _read(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except ValueError as error:
        raise Invalid("this is no certificate in PEM form", where=str(file)) from error


def _read_ca(file: Path, now: dt.datetime) -> x509.Certificate:
    try:
        ca = _read(file)
    except Invalid as error:
        raise Invalid("the CA's certificate cannot be read", where=str(file), hint=_NEW_CA) from error
    if now >= ca.not_valid_after_utc:
        raise Invalid(
            f"the CA has expired: it was valid until {ca.not_valid_after_utc:%F}", where=str(file), hint=_NEW_CA
        )
    if now < ca.not_valid_before_utc:
        message = f"the CA is not valid yet: it is from {ca.not_valid_before_utc:%F %H:%M} UTC on, and here it is {now:%F %H:%M}"
        raise Invalid(message, where=str(file), hint="set the clock of this machine")
    return ca


def _read_ca_key(file: Path, ca: x509.Certificate) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except FileNotFoundError as error:
        message = "the CA's key is missing, and a new certificate is needed"
        raise Invalid(message, where=str(file), hint=_NEW_CA) from error
    except (ValueError, TypeError) as error:
        raise Invalid("the CA's key cannot be read", where=str(file), hint=_NEW_CA) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != ca.public_key():
        raise Invalid("this is not the key of the CA's certificate", where=str(file), hint=_NEW_CA)
    return key


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
    write_durably(key_file, _private(key))
    write_durably(ca_file, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _issue(
    files: CertificateFiles,
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    names: list[x509.GeneralName],
    now: dt.datetime,
) -> None:
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
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    write_durably(files.key, _private(key))
    write_durably(files.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _still_good(files: CertificateFiles, ca: x509.Certificate, names: list[x509.GeneralName], now: dt.datetime) -> bool:
    try:
        certificate = _read(files.certificate)
        key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
        certificate.verify_directly_issued_by(ca)
        carried = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (Invalid, FileNotFoundError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False  # it is ours to make: whatever is wrong with it, there will be another
    return (
        key.public_key() == certificate.public_key()
        and certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - RENEW_BEFORE
        and set(carried) == set(names)
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())


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
