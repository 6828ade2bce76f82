"""Ports as Compose writes them: `8080:80`, `127.0.0.1:8000-8001:80-81/udp`."""

import ipaddress
import re
from dataclasses import dataclass

PROTOCOLS = ("tcp", "udp", "sctp")
HINT = "[ADDRESS:][HOST:]CONTAINER[/PROTOCOL], such as 8080:80"

_RANGE = re.compile(r"([0-9]+)(?:-([0-9]+))?")


@dataclass(frozen=True)
class ShortPort:
    """The parts of the short form as they are written; empty where there is none."""

    address: str
    host: str
    container: str
    protocol: str


def split_port(text: str) -> ShortPort:
    """The short form in its parts, whatever they are."""
    rest, _, protocol = text.partition("/")
    before, _, container = rest.rpartition(":")
    address, _, host = before.rpartition(":")
    return ShortPort(address.removeprefix("[").removesuffix("]"), host, container, protocol)


def read_range(text: str) -> tuple[int, int] | str:
    """The first and last port of `80` or `80-90`, or what is wrong with them."""
    found = _RANGE.fullmatch(text)
    if found is None:
        return "is no port"
    first, last = int(found[1][:7]), int((found[2] or found[1])[:7])
    if max(first, last) > 65_535:
        return "is above 65535"
    return (first, last) if first <= last else "runs backwards"


def port_problem(text: str) -> str:
    """What Compose will have against a port in the short form; empty when nothing."""
    if text.count("/") > 1:
        return ""
    port = split_port(text)
    container, host = port.container, port.host
    if port.protocol and port.protocol.lower() not in PROTOCOLS:
        return f"the protocol {port.protocol} is none of {', '.join(PROTOCOLS)}"
    if not container:
        return "the port of the container is missing"
    if container.count("-") > 1 or host.count("-") > 1:
        return ""
    inner, outer = read_range(container), read_range(host) if host else None
    for name, read in ((container, inner), (host, outer)):
        if isinstance(read, str):
            return f"{name} {read}"
    assert not isinstance(inner, str)
    if inner == (0, 0):
        return "the port of the container is 0"
    if outer and inner[0] != inner[1] and inner[1] - inner[0] != outer[1] - outer[0]:  # type: ignore[operator]
        return f"{host} and {container} are of different length"
    return _address_problem(port.address)


def _address_problem(text: str) -> str:
    if not text or ":" in text:
        return ""  # of IPv6, versions of Compose take different spellings
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return f"{text} is no address"
    return ""
