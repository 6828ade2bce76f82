"""What a remote that is away, refuses or makes no sense raises, and how that reads."""

import re
import socket
import ssl
import zlib
from contextlib import suppress
from pathlib import Path
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
from dulwich.repo import UnsupportedExtension, UnsupportedVersion
from urllib3.exceptions import HTTPError, MaxRetryError, SSLError
from urllib3.exceptions import TimeoutError as HTTPTimeout

from composia.builtin_plugins.git.remote import Remote
from composia.builtin_plugins.git.ssh import explain_ssh
from composia.errors import Invalid

TROUBLE = (
    GitProtocolError,
    HangupException,
    NotGitRepository,
    UnsupportedExtension,
    UnsupportedVersion,
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
    Invalid,  # a file of the configuration that cannot be used
    OSError,  # the network, and an unreadable token file
    ValueError,  # from here on: what dulwich lets through when the other side sends no Git
    LookupError,
    AssertionError,
    zlib.error,
)

LONGEST = 300


CHECK_URL = "check url"
FULL_CLONE = "give the repository that it was cloned from, or a full clone"
FORBIDDEN = frozenset({"401", "403"})
WRONG_NAME = frozenset({62, 64})
"""How OpenSSL calls a certificate for another host name, and for another address."""


def explain(remote: Remote, error: BaseException) -> str:
    """The trouble and what helps, in one line, without the secret."""
    what, hint = _say_incomplete(remote) or _say(remote, _root(error))
    text = " ".join(f"{what}; {hint}".split() if hint else what.split())
    for secret in _secrets(remote):
        text = text.replace(secret, "***")
    return text.replace(remote.url, remote.location)[:LONGEST]


def _say(remote: Remote, error: BaseException) -> tuple[str, str]:
    """What is wrong, and what helps."""
    match error:
        case Invalid():
            return str(error), error.hint
        case HTTPUnauthorized() if _secrets(remote):
            return "the credentials are refused", "check the token and username"
        case HTTPUnauthorized():
            return "credentials are asked for", "set token_file"
        case HTTPProxyUnauthorized():
            return "the proxy asks for credentials", "put them into the proxy's address"
        case NotGitRepository():
            return "there is no Git repository", CHECK_URL
        case HTTPTimeout() | TimeoutError():
            return f"no answer within {remote.timeout_s:g} s", "check url and the network, or raise timeout_s"
        case OSError():
            return _say_system(error)
        case HangupException() if remote.is_ssh:
            return explain_ssh(str(error), remote.ssh_key_file, remote.known_hosts_file)
        case GitProtocolError() | HTTPError() if str(error):
            return _say_protocol(str(error))
        case _:
            return _say_no_git(error)


def _say_incomplete(remote: Remote) -> tuple[str, str] | None:
    """Of a directory on this machine that is no whole repository: what it lacks fails in ways that say nothing."""
    if remote.is_http or remote.is_ssh:
        return None
    top = Path(remote.url.removeprefix("file://"))
    for place in (top / ".git", top):
        with suppress(OSError):
            if any((place / "objects" / "pack").glob("*.promisor")):
                return "it is a partial clone, which lacks files of older commits", FULL_CLONE
            if (place / "shallow").exists():
                return "it is a shallow clone, which lacks older commits", "git fetch --unshallow there"
    return None


def _say_system(error: OSError) -> tuple[str, str]:
    match error:
        case ssl.SSLCertVerificationError(verify_code=code) if code in WRONG_NAME:
            return f"the certificate is of another host: {error.verify_message.rstrip('.')}", CHECK_URL
        case ssl.SSLCertVerificationError():
            return f"the certificate is not trusted: {error.verify_message}", "set ca_file to the CA's certificate"
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER"):
            return "the host does not speak https there", "check url; http://… has no TLS"
        case ssl.SSLError(reason="NO_CERTIFICATE_OR_CRL_FOUND"):
            return "there is no certificate in ca_file", "it has to be in PEM form"
        case socket.gaierror():
            return "the host is not found", "check url and the name servers of this machine"
        case ConnectionRefusedError():
            return "connection refused", "check url and its port"
        case FileNotFoundError(filename="ssh"):
            return "there is no ssh on this machine", "install openssh-client, or use https://…"
        case OSError(strerror=str(reason)) if reason:
            return f"{reason.lower()}: {error.filename}" if error.filename else reason.lower(), ""
        case _:
            return str(error) or type(error).__name__, ""


def _say_protocol(text: str) -> tuple[str, str]:
    status = re.match(r"unexpected http resp (\d+)", text)
    if status and status[1] in FORBIDDEN:
        return (
            f"the host forbids it (http {status[1]})",
            "the token may lack the right to read, or the address is wrong",
        )
    if status:
        return f"the host answers with http {status[1]}", "it is tried again"
    if text.startswith("Redirected from") or text == "too many redirects":
        return "the host leads away from the repository, as to a page to sign in", "check url, and set token_file"
    if "Connection aborted" in text or text.startswith("The remote server unexpectedly closed"):
        return "the host hung up", "check url: it may be https and not http, or another port"
    return text, ""


def _say_no_git(error: BaseException) -> tuple[str, str]:
    if isinstance(error, UnsupportedExtension):
        return f"it uses an extension of Git that is unknown here: {error.extension}", FULL_CLONE
    if isinstance(error, UnsupportedVersion):
        return f"its format is unknown here: repositoryformatversion {error.version}", FULL_CLONE
    text = str(error)
    if text.startswith("Invalid info/refs format"):
        is_page = "got b'<" in text
        return ("a web page answers" if is_page else "what answers is no Git repository"), (
            "check url; it is the one that git clone takes"
        )
    return f"the answer is no Git: {type(error).__name__} {text}", CHECK_URL


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
