"""What does not go together in a project, and what goes together and fails, or hurts, only later."""

from composia.core.container import Port
from composia.core.definition.demands import published
from composia.core.definition.document import Mapping, Node, Scalar, Sequence, dig, resolve
from composia.core.definition.findings import Findings
from composia.core.definition.interpolation import Known
from composia.core.definition.mounts import mounts
from composia.core.definition.schema import service_hint
from composia.core.suggest import did_you_mean

RESTARTS = ("no", "always", "on-failure", "unless-stopped")
MOUNT_TYPES = ("bind", "volume", "tmpfs", "cluster", "npipe", "image")
_SOURCES = {"secrets": ("file", "environment"), "configs": ("file", "environment", "content")}
_NOT_EXTERNAL = ("driver", "driver_opts", "labels")


def check_service(name: str, key: Scalar, service: Mapping, findings: Findings, *, whole: bool, once: str = "") -> None:
    """One container service by itself. `whole` is whether all of it can be seen here; `once` is what has to be so before
    Compose looks at how its parts go together."""
    path = f"services.{name}"
    if whole and not any(_is_given(service.get(word)) for word in ("image", "build", "provider")):
        place = service if service.line else key
        findings.error(place, f"{path} has neither image nor build", service_hint(name))
    mode, networks = service.entries.get("network_mode"), service.get("networks")
    if mode and _is_given(mode[1]) and _has_items(networks):
        findings.error(mode[0], f"{path} has both network_mode and networks", "keep one of them", once=once)
    build = service.get("build")
    if isinstance(build, Mapping) and all(_is_given(build.get(way)) for way in ("dockerfile", "dockerfile_inline")):
        message = f"{path}.build has both dockerfile and dockerfile_inline"
        findings.error(build, message, "keep one of them", once=once)
    _check_replicas(path, service, findings, once)
    restart = service.get("restart")
    if isinstance(restart, Scalar) and restart.known is not Known.UNKNOWN:
        word, colon, count = restart.text.partition(":")
        if restart.text and (word not in RESTARTS or (colon and (word != "on-failure" or not count.isdigit()))):
            hint = did_you_mean(word, RESTARTS)
            findings.warn(restart, f"Docker will refuse {path}.restart {restart.written or restart.text}", hint)
    _check_mounts(path, service, findings)
    test = dig(service, "healthcheck")
    if isinstance(test, Mapping) and isinstance(test.get("test"), Sequence) and not _has_items(test.get("test")):
        findings.warn(test, f"{path}.healthcheck has no test", "test: [CMD, …]")


def check_resources(root: Mapping, findings: Findings) -> None:
    """The networks, volumes, secrets and configs of a project."""
    for kind, ways in _SOURCES.items():
        for name, _, item in entries_of(root, kind):
            if isinstance(item, Mapping) and not _is_external(item):
                given = [way for way in ways if way in item.entries]
                if not given and "driver" not in item.entries and not item.tag:
                    findings.error(item, f"{kind}.{name} needs one of {', '.join(ways)}", f"{name}: {{file: …}}")
                elif given[1:]:
                    findings.error(item, f"{kind}.{name} has {' and '.join(given)}", "keep one of them")
    for name, _, item in entries_of(root, "volumes"):
        if isinstance(item, Mapping) and _is_external(item):
            for key, _ in (item.entries[word] for word in _NOT_EXTERNAL if word in item.entries):
                hint = "keep one of them: what is external is made elsewhere"
                findings.error(key, f"volumes.{name} has external and {key.text}", hint)


def check_together(services: dict[str, Mapping], findings: Findings) -> None:
    """Container services that may get into each other's way."""
    names: dict[str, str] = {}
    for name, service in services.items():
        given = service.get("container_name")
        if isinstance(given, Scalar) and given.text and given.known is not Known.UNKNOWN:
            first = names.setdefault(given.text, name)
            if first != name:
                shown = given.written or given.text
                findings.warn(given, f"{name} and {first} have one container_name, {shown}", "give each its own")
    _check_ports(services, findings)


def _check_ports(services: dict[str, Mapping], findings: Findings) -> None:
    """That no port of the host is wanted twice in one project, also not by several containers of one service."""
    taken: dict[tuple[int, str], list[tuple[str, Port]]] = {}
    for name, service in services.items():
        ports = service.get("ports")
        own = tuple(dict.fromkeys(published(service)))  # one that is written twice Compose takes for one
        counts = [_count(service.get("scale")), _count(dig(service, "deploy", "replicas"))]
        many = max((count for count in counts if count is not None), default=1)
        if own and many > 1 and ports:
            message = f"services.{name} has {many} containers, and only one of them can have port {own[0]}"
            findings.warn(ports, message, "leave the port of the host out, or give a range")
        if 0 in counts:
            continue
        for port in own:
            others = taken.setdefault((port.number, port.protocol), [])
            other = next((first for first, its in others if first != name and its.clashes(port)), None)
            if other and ports:
                findings.warn(
                    ports, f"{name} and {other} both publish port {port}", "give each its own port of the host"
                )
            others.append((name, port))


def entries_of(root: Mapping, kind: str) -> list[tuple[str, Scalar, Node]]:
    """The entries of a section of a project."""
    section = root.get(kind)
    return [(name, *entry) for name, entry in section.entries.items()] if isinstance(section, Mapping) else []


def _check_replicas(path: str, service: Mapping, findings: Findings, once: str) -> None:
    name, scale, replicas = service.get("container_name"), service.get("scale"), dig(service, "deploy", "replicas")
    counts = [count for node in (scale, replicas) if (count := _count(node)) is not None]
    if _is_given(name) and isinstance(name, Scalar) and any(count > 1 for count in counts):
        message = f"{path} has a container_name, which only one of {max(counts)} containers can have"
        findings.error(name, message, "leave container_name out", once=once)
    if len(counts) == 2 and counts[0] != counts[1] and scale:
        message = f"{path} has scale {counts[0]} and deploy.replicas {counts[1]}"
        findings.error(scale, message, "keep one of them", once=once)


def _check_mounts(path: str, service: Mapping, findings: Findings) -> None:
    listed = dig(service, "volumes")
    for item in listed.items if isinstance(listed, Sequence) else ():
        if not isinstance(item, Mapping):
            continue
        kind = item.get("type")
        if isinstance(kind, Scalar) and kind.text and kind.known is Known.SURE and kind.text not in MOUNT_TYPES:
            findings.warn(
                kind, f"Docker knows no mount of type {kind.written or kind.text}", did_you_mean(kind.text, MOUNT_TYPES)
            )
        if "target" not in item.entries:
            findings.error(item, f"a mount of {path} needs target, a path in the container", "target: /…")
    for mount in mounts(service):
        if mount.excess and isinstance(mount.node, Scalar):
            shown = mount.node.written or mount.node.text
            findings.error(mount.node, f"{shown} has more parts than SOURCE:TARGET:OPTIONS")
    for target, node in _twice(service).items():
        findings.warn(node, f"{path} mounts {target} twice; the last one counts", "keep one of them")


def _twice(service: Mapping) -> dict[str, Node]:
    """Targets that one file names twice."""
    seen: dict[str, Node] = {}
    twice: dict[str, Node] = {}
    for mount in mounts(service):
        target = mount.target.rstrip("/")
        if target and target in seen and seen[target].file == mount.node.file:
            twice[target] = mount.node
        seen[target] = mount.node
    return twice


def _is_external(item: Mapping) -> bool:
    external = item.get("external")
    if isinstance(external, Scalar):
        return external.known is not Known.SURE or external.text.lower() not in (
            "false",
            "no",
            "off",
            "0",
            "f",
            "n",
            "",
        )
    return external is not None


def _is_given(node: Node | None) -> bool:
    return node is not None and not (isinstance(node, Scalar) and node.known is Known.SURE and not node.text)


def _has_items(node: Node | None) -> bool:
    return (isinstance(node, Sequence) and bool(node.items)) or (isinstance(node, Mapping) and bool(node.entries))


def _count(node: Node | None) -> int | None:
    if not isinstance(node, Scalar) or node.known is not Known.SURE:
        return None
    value = resolve(node)
    if isinstance(value, str) and value.isdecimal():
        return int(value[:9])
    return value if isinstance(value, int) and not isinstance(value, bool) else None
