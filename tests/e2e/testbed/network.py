"""The wires: a switch in a network namespace of its own, one cable to each node and one to the machine.

The switch is not in the machine's namespace, so the machine's firewall has no say in what the nodes send each other.
"""

import ipaddress
import os
import re
import subprocess
from pathlib import Path

from tests.e2e.testbed.place import Place


def ip(*arguments: str) -> str:
    """Run ip(8); its own message says what is wrong."""
    return subprocess.run(["ip", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def namespaces() -> list[str]:
    """The names of the network namespaces there are."""
    return [line.split()[0] for line in ip("netns", "list").splitlines()]


def is_free(place: Place) -> bool:
    """Whether nothing else on this machine has the place's subnet or its link."""
    routes = (line.split()[0] for line in ip("-4", "route", "show").splitlines())
    networks = (ipaddress.IPv4Network(route) for route in routes if route[0].isdigit())
    subnet = ipaddress.IPv4Network(f"{place.prefix}.0/24")
    # A wider route, say of a VPN, gives way to ours.
    return not has_link(place) and not any(subnet.overlaps(other) for other in networks if other.prefixlen >= 16)


def has_link(place: Place) -> bool:
    """Whether the machine's cable to the switch is there."""
    return Path("/sys/class/net", place.host_link).exists()


def can_separate() -> bool:
    """Whether this machine lets us make network namespaces: a container mostly does not."""
    return subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode == 0


def inside(namespace: str) -> list[str]:
    """The words before a command that put it into a network namespace."""
    # Not `ip netns exec`: that mounts a new /sys, which hides the cgroups from an engine.
    return ["nsenter", f"--net=/run/netns/{namespace}"]


def make_switch(place: Place) -> None:
    """Make the switch and the machine's cable to it, where they are not there yet."""
    if make_namespace(place.switch):
        ip("-n", place.switch, "link", "add", "switch", "type", "bridge")
        ip("-n", place.switch, "link", "set", "switch", "up")
    if not has_link(place):
        ip("link", "add", place.host_link, "type", "veth", "peer", "name", "port0", "netns", place.switch)
        ip("address", "add", f"{place.host}/24", "dev", place.host_link)
        ip("link", "set", place.host_link, "up")
        ip("-n", place.switch, "link", "set", "port0", "master", "switch", "up")


def make_node(place: Place, node: int) -> None:
    """Make a node's namespace and its cable to the switch, where they are not there yet."""
    namespace, port = place.namespace(node), f"port{node}"
    if not make_namespace(namespace):
        return
    ip("link", "add", "eth0", "netns", namespace, "type", "veth", "peer", "name", port, "netns", place.switch)
    ip("-n", place.switch, "link", "set", port, "master", "switch", "up")
    ip("-n", namespace, "address", "add", f"{place.address(node)}/24", "dev", "eth0")
    # No default route: what is not in the test bed is unreachable at once, not after a timeout.
    ip("-n", namespace, "link", "set", "eth0", "up")


def set_port(place: Place, node: int, *, up: bool) -> None:
    """Plug a node's cable into the switch, or pull it: what was connected hears nothing of it and stalls."""
    ip("-n", place.switch, "link", "set", f"port{node}", "up" if up else "down")


def is_cut(place: Place, node: int) -> bool:
    """Whether a node's cable is out."""
    return " state DOWN " in ip("-n", place.switch, "link", "show", f"port{node}")


def remove(place: Place) -> None:
    """Take away all links and namespaces of the test bed; nothing may run in them any more."""
    if has_link(place):  # first, because it goes with the switch, too, but some time later
        ip("link", "delete", place.host_link)
    for namespace in namespaces():
        if re.fullmatch(rf"composia-{place.name}-(switch|[0-9]+)", namespace):
            ip("netns", "delete", namespace)


def make_namespace(name: str) -> bool:
    """Make a namespace with its loopback up; False when it is there. A file left from before a reboot is replaced."""
    path = Path("/run/netns", name)
    if os.path.ismount(path):  # Path.is_mount() says no for every file
        return False
    if path.exists():
        ip("netns", "delete", name)
    ip("netns", "add", name)
    ip("-n", name, "link", "set", "lo", "up")
    return True
