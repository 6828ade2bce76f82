"""The socket that a server listens on, and the URL that leads to it."""

import asyncio
import errno
import ipaddress
import os
import socket

from composia.errors import Invalid, NotPossible

PEER_GONE_S = 60
"""A peer whose host does not acknowledge for so long is gone: one without power or network never says so."""

_HINTS = {
    errno.EACCES: "ports below 1024 are for root: choose another, or allow it with CAP_NET_BIND_SERVICE",
    errno.EADDRNOTAVAIL: "an address of this machine, or 0.0.0.0 for all of them",
}


async def listening(listen: str, *, tls: bool, backlog: int) -> tuple[socket.socket, str]:
    """A listening socket for `HOST:PORT` (`[HOST]:PORT` for IPv6; port 0 takes a free one) and its URL.

    `Invalid` for text that is no address, `NotPossible` for one that is taken, not of this machine, or in plaintext
    reachable from others.
    """
    host, port = _split(listen)
    family, address = await _resolve(host, port, listen)
    if not tls and not ipaddress.ip_address(address).is_loopback:
        raise NotPossible(
            "without TLS a server answers only on loopback",
            where=f"listen {listen}",
            hint="set `tls`, or listen on 127.0.0.1",
        )
    opened = _bind(family, address, port, listen, backlog)
    _ask_after_peers(opened)
    real_port = opened.getsockname()[1]
    return opened, f"{'https' if tls else 'http'}://{_shown(host, address)}:{real_port}"


def _split(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise Invalid("not an address to listen on", where=f"listen {listen}", hint="HOST:PORT, as 0.0.0.0:8443")
    return host.removeprefix("[").removesuffix("]"), int(port)


async def _resolve(host: str, port: int, listen: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        hint = "an address of this machine, or 0.0.0.0 for all of them"
        raise NotPossible(f"no address is known for {host}", where=f"listen {listen}", hint=hint) from error
    family, _, _, _, address = found[0]
    return family, str(address[0])


def _bind(family: socket.AddressFamily, address: str, port: int, listen: str, backlog: int) -> socket.socket:
    both = family is socket.AF_INET6 and ipaddress.ip_address(address).is_unspecified and socket.has_dualstack_ipv6()
    try:
        return socket.create_server((address, port), family=family, backlog=backlog, dualstack_ipv6=both)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise NotPossible(
                "the port is taken", where=f"listen {listen}", hint="another server runs, or choose another port"
            ) from error
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        hint = _HINTS.get(error.errno or 0, "")
        raise NotPossible(f"cannot listen: {reason}", where=f"listen {listen}", hint=hint) from error


def _ask_after_peers(opened: socket.socket) -> None:
    """Let the kernel find out which peers are gone; a connection has these settings from the socket it came in on."""
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PEER_GONE_S // 2)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PEER_GONE_S // 6)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, PEER_GONE_S * 1000)


def _shown(host: str, address: str) -> str:
    if ipaddress.ip_address(address).is_unspecified:
        return "localhost"
    return f"[{host}]" if ":" in host else host
