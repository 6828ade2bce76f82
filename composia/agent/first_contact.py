"""The first contact with a server: its CA is fetched from whoever answers, and believed only by its fingerprint."""

import ssl
from urllib.parse import urlsplit

import anyio

from composia.core.join import CA_PATH, JoinString, fingerprint
from composia.errors import Invalid, NotPossible, TimedOut, Unavailable

DEADLINE_S = 10.0
MOST_BYTES = 64 << 10
"""No CA is larger, and nothing more is read."""


async def fetch_ca(join: JoinString) -> bytes | None:
    """The CA of a join string's server, PEM; None when this host's own CAs vouch for it. Nothing secret is sent.

    `NotPossible` for any other CA than the string means, `Unavailable` or `TimedOut` when nobody answers.
    """
    if not join.ca_sha256:
        return None
    pem = await _get(join.url)
    try:
        same = fingerprint(pem) == join.ca_sha256
    except Invalid:
        same = False
    if not same:
        raise NotPossible(
            f"the CA of {join.url} is not the one of this join string",
            hint="nothing was sent; make a new string with `composia node join-token`, and if it is refused too, somebody "
            "else answers there",
        )
    return pem


async def _get(url: str) -> bytes:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise Invalid("a server with a CA has an https address", where=url)
    request = f"GET {parts.path.rstrip('/')}{CA_PATH} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n".encode()
    try:
        with anyio.fail_after(DEADLINE_S):
            answer = await _exchange(parts.hostname, parts.port or 443, request)
    except TimeoutError as error:
        raise TimedOut(f"no answer in {DEADLINE_S:g} s", where=url) from error
    except (OSError, anyio.BrokenResourceError) as error:
        raise Unavailable(f"the server does not answer: {error}", where=url) from error
    head, _, body = answer.partition(b"\r\n\r\n")
    if head.split(b" ")[1:2] != [b"200"]:
        raise NotPossible("what answers there is no Composia server with a CA of its own", where=url)
    return body


async def _exchange(host: str, port: int, request: bytes) -> bytes:
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    answer = bytearray()
    stream = await anyio.connect_tcp(host, port, ssl_context=unverified, tls_standard_compatible=False)
    async with stream:
        await stream.send(request)
        while len(answer) <= MOST_BYTES:
            try:
                answer += await stream.receive()
            except anyio.EndOfStream:
                break
    return bytes(answer[:MOST_BYTES])
