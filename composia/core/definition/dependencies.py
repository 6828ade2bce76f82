"""What a container service needs other ones for, and circles of that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from composia.core.definition.document import Mapping as Yaml
from composia.core.definition.document import Node, Scalar, Sequence, dig, resolve
from composia.core.definition.interpolation import Known

_SHARED = ("network_mode", "ipc", "pid")


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """One service that another one needs. `optional` when it may be off."""

    service: str
    node: Scalar
    optional: bool = False


def dependencies(service: Yaml) -> Iterator[Dependency]:
    """The services that this one names, as far as that is known here."""
    depends_on = service.get("depends_on")
    if isinstance(depends_on, Yaml):
        for name, (key, value) in depends_on.entries.items():
            required = dig(value, "required")
            optional = isinstance(required, Scalar) and resolve(required) is False
            yield Dependency(service=name, node=key, optional=optional)
    for text in _texts(depends_on):
        yield Dependency(service=text.text, node=text)
    for text in _texts(service.get("links")):
        yield Dependency(service=text.text.partition(":")[0], node=text)
    for text in _texts(service.get("volumes_from")):
        if not text.text.startswith("container:"):
            yield Dependency(service=text.text.partition(":")[0], node=text)
    for word in _SHARED:
        node = service.get(word)
        if isinstance(node, Scalar) and node.known is not Known.UNKNOWN and node.text.startswith("service:"):
            yield Dependency(service=node.text.removeprefix("service:"), node=node)


def circle(needs: Mapping[str, Mapping[str, Node]]) -> list[str]:
    """The services of a circle, the first one again at its end; empty where there is none."""
    done: set[str] = set()
    for start in needs:
        path: dict[str, None] = {}
        left = [iter([start])]
        while left:
            name = next(left[-1], None)
            if name is None:
                left.pop()
                if path:
                    done.add(path.popitem()[0])
            elif name in path:
                names = list(path)
                return [*names[names.index(name) :], name]
            elif name not in done:
                path[name] = None
                left.append(iter(needs.get(name, {})))
    return []


def _texts(node: Node | None) -> Iterator[Scalar]:
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Scalar) and item.known is not Known.UNKNOWN and item.text:
            yield item
