"""Where a caller's connection comes from."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def peer_address(host: str) -> Address | None:
    """The IP address of a host as sockets tell it; one of IPv4 as such, though it came to a socket for both. None when it is
    no address, as where a proxy speaks over a socket file."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
