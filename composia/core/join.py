"""Joining: the one string that a host needs to become a node, and what it asks and is answered."""

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass, field

from composia.core.token import NewCredential, read_token
from composia.errors import Invalid

PREFIX = "cpj1_"

CA_PATH = "/ca.pem"
"""Where a server shows its CA to whoever asks."""

_CHECK_BYTES = 4
_LABEL = re.compile(r"[^a-z0-9_-]+")
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class JoinString:
    """Where the server is, what its CA looks like (`fingerprint`; empty when the host's own CAs vouch for it), and a join
    token. `str` is the text that people copy."""

    url: str
    ca_sha256: str
    secret: str = field(repr=False)

    def __str__(self) -> str:
        body = json.dumps([self.url, self.ca_sha256, self.secret], separators=(",", ":")).encode()
        return PREFIX + base64.urlsafe_b64encode(_check(body) + body).decode().rstrip("=")


@dataclass(frozen=True, kw_only=True)
class JoinRequest:
    """What a host asks with a join token. `node` is what it is to be called, if somebody said so there; else the node's
    name is made of the host's."""

    credential: NewCredential
    node: str = ""
    host: str = ""


@dataclass(frozen=True, kw_only=True)
class Joined:
    """The credential is good, for that node. `ca` is what the agent is to trust from now on, PEM; empty are its system's."""

    node: str
    ca: str
    expires_ms: int


def read_join_string(text: str) -> JoinString:
    """The join string of a text; white space in and around it, as copying brings it, is left out. `Invalid` for a text that
    is damaged or something else."""
    try:
        text = "".join(text.split())
        packed = text.removeprefix(PREFIX)
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        check, body = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
        url, ca_sha256, secret = json.loads(body)
        whole = text.startswith(PREFIX) and check == _check(body) and read_token(secret) is not None
    except (ValueError, TypeError, binascii.Error):
        whole = False
    if not whole:
        raise Invalid("this is no join string, or not all of it", hint="copy what `composia node join-token` prints")
    return JoinString(url=url, ca_sha256=ca_sha256, secret=secret)


def fingerprint(pem: bytes) -> str:
    """The SHA-256 of the certificates in a PEM file, one after the other, in hex; of a single one what `openssl x509
    -fingerprint -sha256` says. `Invalid` when there is none."""
    try:
        found = [base64.b64decode(b"".join(body.split()), validate=True) for body in _CERTIFICATE.findall(pem)]
    except binascii.Error:
        found = []
    if not found:
        raise Invalid("there is no certificate in it")
    return hashlib.sha256(b"".join(found)).hexdigest()


def name_of_host(host: str) -> str:
    """A node's name made of a host's: its first label, in lower case, with `-` for what no name may hold."""
    return _LABEL.sub("-", host.partition(".")[0].lower()).strip("-_") or "node"


def _check(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:_CHECK_BYTES]
