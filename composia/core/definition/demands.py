"""What Compose files ask of a node: fixed ports of the host, platforms, named volumes."""

import ipaddress
from collections.abc import Iterable, Iterator

from composia.core.container import Port
from composia.core.definition.document import Mapping, Node, Scalar, Sequence
from composia.core.definition.interpolation import Known
from composia.core.definition.ports import read_range, split_port
from composia.core.service import Demands


def demands(documents: Iterable[Mapping]) -> Demands:
    """What the container services that always start ask for, in all documents of a project together. What depends on a
    variable is left out, and so is what Compose would refuse."""
    ports: set[Port] = set()
    platforms: dict[str, str] = {}
    volumes: set[str] = set()
    for document in documents:
        services = {name: service for name, service in _mappings(document.get("services")) if not _optional(service)}
        ports.update(port for service in services.values() for port in published(service))
        asked = {name: _text(service.get("platform")) for name, service in services.items()}
        platforms |= {name: platform for name, platform in asked.items() if platform}
        volumes.update(_volumes(document.get("volumes")))
    return Demands(
        ports=tuple(sorted(ports)), platforms=tuple(sorted(platforms.items())), volumes=tuple(sorted(volumes))
    )


def _mappings(node: Node | None) -> Iterator[tuple[str, Mapping]]:
    for name, (_, value) in node.entries.items() if isinstance(node, Mapping) else ():
        if isinstance(value, Mapping):
            yield name, value


def _optional(service: Mapping) -> bool:
    profiles = service.get("profiles")
    return isinstance(profiles, Sequence) and bool(profiles.items)


def _volumes(node: Node | None) -> Iterator[str]:
    """The names; one that is there anyway (`external`) is not of the project, and stays wherever it is."""
    for name, (_, volume) in node.entries.items() if isinstance(node, Mapping) else ():
        external = volume.get("external") if isinstance(volume, Mapping) else None
        if _text(external) in ("", "false"):
            yield name


def published(service: Mapping) -> Iterator[Port]:
    """The fixed ports of the host that a container service publishes."""
    listed = service.get("ports")
    if not isinstance(listed, Sequence) or _text(service.get("network_mode")) == "host":
        return
    for item in listed.items:
        if isinstance(item, Mapping):
            target, published = _text(item.get("target")), _text(item.get("published"))
            yield from _published(published, target, _text(item.get("protocol")), _text(item.get("host_ip")))
        else:
            port = split_port(_text(item))
            yield from _published(port.host, port.container, port.protocol, port.address)


def _published(published: str, target: str, protocol: str, address: str) -> Iterator[Port]:
    """The ports of the host. Of a range for a single port Compose takes any one, which is not a fixed one."""
    numbers, targets = _numbers(published), _numbers(target)
    where = _address(address)
    if where is not None and len(numbers) == len(targets):
        for number in numbers:
            yield Port(number=number, protocol=protocol or "tcp", address=where)


def _numbers(text: str) -> range:
    """The ports of a range; none where it is no range, or begins with 0, which is any port."""
    found = read_range(text)
    return range(0) if isinstance(found, str) or not found[0] else range(found[0], found[1] + 1)


def _address(text: str) -> str | None:
    """The address as Docker writes it; None for what is none."""
    try:
        return str(ipaddress.ip_address(text)) if text else ""
    except ValueError:
        return None


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) and node.known is Known.SURE and "$" not in node.text else ""
