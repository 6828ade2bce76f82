"""What it means that there is no answer: the words of sockets and of TLS, said to people with what would be right."""

import re
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from composia.errors import ComposiaError, NotPossible, Unavailable

_BEFORE = re.compile(r".*client error \(\w+\): ", re.DOTALL)
_CERTIFICATE = re.compile(r"invalid peer certificate: (.*)", re.DOTALL)
_EXPIRED = re.compile(r"certificate expired: .* not valid after (\d+)")
_NOT_YET = re.compile(r"certificate not valid yet: .* not valid before (\d+)")
_ONLY_FOR = re.compile(r'\w+\("?([^")]+)"?\)')
_CLOCK = "or the clock of this machine is wrong"

_SILENCE = ("nothing comes back from there", "is the address right, and do firewalls let it through?")
_SOCKET = (
    ("Connection refused", "nothing listens there", "is the server running, and is this its port?"),
    ("os error 101", "there is no way to it from here", "look at this machine's network"),
    ("os error 113", "there is no way to it from here", "look at the networks on the way"),
    ("deadline has elapsed", *_SILENCE),  # of one address
    ("operation timed out", *_SILENCE),  # of all until there is a connection, in the same time
)


def no_answer(text: str, url: str) -> ComposiaError:
    """The error for a call that was never answered, from the text of the HTTP client's own."""
    reason = _BEFORE.sub("", text)
    if found := _CERTIFICATE.search(reason):
        return _distrusted(found[1], url)
    if reason.startswith("dns error"):
        host = urlsplit(url).hostname
        return Unavailable(
            f"no address is known for {host}", where=url, hint="look at the name, or write the address instead"
        )
    if "corrupt message" in reason:
        return NotPossible("what answers there does not speak TLS", where=url, hint=_plaintext_hint(url))
    for sign, message, hint in _SOCKET:
        if sign in reason:
            return Unavailable(f"the server does not answer: {message}", where=url, hint=hint)
    if "(SendRequest)" in text and url.startswith("http:"):
        hint = f"if it speaks TLS, call it by https://{url.removeprefix('http://')}"
        return Unavailable("the server broke off without an answer", where=url, hint=hint)
    return Unavailable(f"the server does not answer: {reason}", where=url)


def _plaintext_hint(url: str) -> str:
    return f"is this the port of a Composia server? One with `--tls off` is called by http://{urlsplit(url).netloc}"


def _distrusted(why: str, url: str) -> ComposiaError:
    """Of a certificate that is not accepted: whose fault it is, and what to do."""
    if why in ("UnknownIssuer", "BadSignature"):
        return Unavailable(
            "the server's certificate is not from the CA that is trusted here",
            where=url,
            hint="trust the file ca.pem of that server's data directory",
        )
    if expired := _EXPIRED.match(why):
        return Unavailable(
            f"the server's certificate has expired: it was valid until {_shown(int(expired[1]))}, {_here()}",
            where=url,
            hint=f"a server renews its own; with `tls: files` it has to be given a new one, {_CLOCK}",
        )
    if not_yet := _NOT_YET.match(why):
        return Unavailable(
            f"the server's certificate is not valid yet: it is from {_shown(int(not_yet[1]))} on, {_here()}",
            where=url,
            hint="set the clock of this machine, or that of the server: one of them is wrong",
        )
    if why.startswith("certificate not valid for name"):
        host, names = urlsplit(url).hostname, ", ".join(_ONLY_FOR.findall(why.partition(";")[2]))
        return Unavailable(
            f"the server's certificate is not for {host}" + (f", only for {names}" if names else ""),
            where=url,
            hint="call it by a name of its own, or start the server with --public-url and this one",
        )
    return Unavailable(f"the server's certificate is refused: {why}", where=url)


def _shown(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _here() -> str:
    return f"and here it is {_shown(time.time())}"
