"""What container services refer to in their project and is not there."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from composia.core.definition.dependencies import circle, dependencies
from composia.core.definition.document import Mapping as Yaml
from composia.core.definition.document import Node, Scalar, Sequence, dig
from composia.core.definition.findings import Findings
from composia.core.definition.interpolation import Known
from composia.core.definition.mounts import mounts


@dataclass(frozen=True, kw_only=True)
class Whole:
    """A service's projects as one: by kind (`networks`) and name, where each thing is defined."""

    defined: Mapping[str, Mapping[str, Node]]
    active: Mapping[str, Yaml]
    """The container services whose profiles are on."""
    off: Collection[str]
    """The container services whose profiles are off."""
    is_open: bool
    """Whether there may be more of everything."""
    profiles_known: bool
    """Whether nothing on the node can switch a profile on."""


def find_undefined(whole: Whole, findings: Findings) -> None:
    """Note every name that nothing has, and a circle of services that need each other."""
    if not whole.is_open:
        for service in whole.active.values():
            if findings.is_full:
                break
            for kind, node, name in names_of(service):
                if name not in whole.defined[kind]:
                    # without the default network, where no file has it
                    known = [one for one, place in whole.defined[kind].items() if isinstance(place, Scalar)]
                    _note(kind, node, name, known, findings)
    _find_missing_services(whole, findings)


def _find_missing_services(whole: Whole, findings: Findings) -> None:
    needs: dict[str, dict[str, Node]] = {}
    for name, service in whole.active.items():
        needs[name] = {}
        noted: set[int] = set()
        for needed in dependencies(service):
            needs[name].setdefault(needed.service, needed.node)
            if id(needed.node) in noted:
                continue
            noted.add(id(needed.node))
            if needed.service in whole.off and not needed.optional:
                note = findings.error if whole.profiles_known else findings.warn
                hint = f"switch it on with COMPOSE_PROFILES in .env, or give {name} the same profile"
                note(needed.node, f"{name} needs {needed.service}, whose profile is off", hint)
            elif needed.service not in whole.defined["services"] and not whole.is_open:
                hint = findings.meant(needed.service, whole.defined["services"])
                findings.error(needed.node, f"there is no service {_shown(needed.node, needed.service)}", hint)
    names = circle(needs)
    if names:
        hint = "take one of these out"
        findings.error(needs[names[0]][names[1]], f"services need each other: {' → '.join(names)}", hint)


def names_of(service: Yaml) -> Iterator[tuple[str, Node, str]]:
    """What a container service refers to by name in its project: kind, place and name."""
    networks = service.get("networks")
    if isinstance(networks, Yaml):
        yield from (("networks", key, name) for name, (key, _) in networks.entries.items())
    for node in networks.items if isinstance(networks, Sequence) else ():
        yield from _text("networks", node)
    for mount in mounts(service):
        if mount.volume:
            yield "volumes", mount.node, mount.volume
    for kind in ("secrets", "configs"):
        yield from _sources(kind, service.get(kind))
    yield from _sources("secrets", dig(service, "build", "secrets"))


def _sources(kind: str, listed: Node | None) -> Iterator[tuple[str, Node, str]]:
    for item in listed.items if isinstance(listed, Sequence) else ():
        yield from _text(kind, item.get("source") if isinstance(item, Yaml) else item)


def _text(kind: str, node: Node | None) -> Iterator[tuple[str, Node, str]]:
    if isinstance(node, Scalar) and node.text and node.known is not Known.UNKNOWN:
        yield kind, node, node.text


def _note(kind: str, node: Node, name: str, known: Collection[str], findings: Findings) -> None:
    if kind == "volumes" and "/" in name:
        hint = f"a path begins with a dot: ./{_shown(node, name)}"
    else:
        hint = findings.meant(name, known) or f"{kind}: {{{_shown(node, name)}: }} at the top of the file"
    findings.error(node, f"there is no {kind[:-1]} {_shown(node, name)}", hint)


def _shown(node: Node, name: str) -> str:
    """A name as it stands in the file: what a variable holds may be a secret."""
    return node.written or name if isinstance(node, Scalar) else name
