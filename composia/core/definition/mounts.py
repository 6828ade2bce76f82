"""The mounts of a container service, in either form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from composia.core.definition.document import Mapping, Node, Scalar, Sequence, dig
from composia.core.definition.interpolation import Known

_PATH = re.compile(r"[./~\\]|[A-Za-z]:[\\/]")


@dataclass(frozen=True, kw_only=True)
class Mount:
    """What is mounted where. `volume` is the name of a volume, and `path` the path on the host of what is bound; empty for
    anything else."""

    node: Node
    """Where its source stands."""

    volume: str = ""
    path: str = ""
    source: Scalar | None = None
    """The text that has the path."""

    target: str = ""
    excess: bool = False
    """Whether it has more parts than Compose knows a meaning for."""


def mounts(service: Mapping) -> Iterator[Mount]:
    """The mounts that are known here."""
    listed = dig(service, "volumes")
    for item in listed.items if isinstance(listed, Sequence) else ():
        if isinstance(item, Scalar) and item.known is not Known.UNKNOWN:
            yield _short(item)
        elif isinstance(item, Mapping):
            yield _long(item)


def _short(item: Scalar) -> Mount:
    parts = item.text.split(":")
    if len(parts) == 1:
        return Mount(node=item, target=parts[0])
    if len(parts[0]) == 1 or _PATH.match(item.text):  # a single letter is a drive to Compose
        drive = len(parts[0]) == 1 and parts[0].isalpha()
        if drive:
            return Mount(node=item)
        return Mount(node=item, path=parts[0], source=item, target=parts[1], excess=len(parts) > 3)
    return Mount(node=item, volume=parts[0], target=parts[1], excess=len(parts) > 3)


def _long(item: Mapping) -> Mount:
    source, target, kind = item.get("source"), item.get("target"), item.get("type")
    path = target.text if isinstance(target, Scalar) and target.known is Known.SURE else ""
    is_volume = isinstance(kind, Scalar) and kind.text == "volume"
    if is_volume and isinstance(source, Scalar) and source.known is not Known.UNKNOWN:
        return Mount(node=source, volume=source.text, target=path)
    if isinstance(kind, Scalar) and kind.text == "bind" and isinstance(source, Scalar):
        return Mount(node=item, path=source.text, source=source, target=path)
    return Mount(node=item, target=path)
