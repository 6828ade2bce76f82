"""What a remote that is away, refuses or makes no sense raises, and how that reads."""

import ssl
import zlib
from contextlib import suppress
from urllib.parse import urlsplit

from dulwich.client import HTTPProxyUnauthorized, HTTPUnauthorized, InvalidWants, StrangeHostname
from dulwich.errors import (
    ApplyDeltaError,
    ChecksumMismatch,
    FileFormatException,
    GitProtocolError,
    HangupException,
    NotGitRepository,
    ObjectMissing,
)
from dulwich.pack import UnresolvedDeltas
from urllib3.exceptions import HTTPError, MaxRetryError, SSLError
from urllib3.exceptions import TimeoutError as HTTPTimeout

from composia.builtin_plugins.git.remote import Remote
from composia.errors import Invalid

TROUBLE = (
    GitProtocolError,
    HangupException,
    NotGitRepository,
    HTTPUnauthorized,
    HTTPProxyUnauthorized,
    HTTPError,
    InvalidWants,
    StrangeHostname,
    UnresolvedDeltas,
    ChecksumMismatch,
    ApplyDeltaError,
    ObjectMissing,
    FileFormatException,
    Invalid,  # an empty token file
    OSError,  # the network, and an unreadable token file
    ValueError,  # from here on: what dulwich lets through when the other side sends no Git
    LookupError,
    AssertionError,
    zlib.error,
)

LONGEST = 300


def explain(remote: Remote, error: BaseException) -> str:
    """The trouble in one line, without the secret."""
    text = " ".join(_say(remote, error).split())
    for secret in _secrets(remote):
        text = text.replace(secret, "***")
    return text.replace(remote.url, remote.location)[:LONGEST]


def _say(remote: Remote, error: BaseException) -> str:
    root = _root(error)
    match root:
        case HTTPUnauthorized():
            return "the credentials are refused" if _secrets(remote) else "credentials are asked for; set token_file"
        case HTTPProxyUnauthorized():
            return "the proxy asks for credentials"
        case NotGitRepository():
            return "there is no Git repository"
        case HTTPTimeout() | TimeoutError():
            return f"no answer within {remote.timeout_s:g} s"
        case ssl.SSLCertVerificationError():
            return f"the certificate is not trusted: {root.verify_message}; set ca_file"
        case OSError(strerror=str(reason)) if reason:
            return f"{reason.lower()}: {root.filename}" if root.filename else reason.lower()
        case GitProtocolError() | OSError() | HTTPError() | Invalid() if str(root):
            return str(root)
        case _:
            return f"the answer is no Git: {type(root).__name__} {root}"


def _root(error: BaseException) -> BaseException:
    """The first cause, which HTTP libraries wrap several times; what we and what ssh said stands in the last one."""
    while not isinstance(error, (Invalid, HangupException)):
        inner: object = error.__cause__
        if isinstance(error, MaxRetryError):
            inner = error.reason
        elif isinstance(error, SSLError):
            inner = error.args[0]
        if not isinstance(inner, BaseException):
            break
        error = inner
    return error


def _secrets(remote: Remote) -> list[str]:
    """The token, and the password as it stands in the URL."""
    found = [urlsplit(remote.url).password or ""] if remote.is_http else []
    with suppress(OSError, Invalid):  # what cannot be read was not sent
        found.append(remote.token)
    return [secret for secret in found if secret]
