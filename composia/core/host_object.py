"""Images, volumes and networks of a node. What no container has, running or not, is unused; and how large containers are."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image. `tags` are empty for one that has lost them; `containers` are the names of those made from it."""

    id: str
    tags: tuple[str, ...] = ()
    size_bytes: int = 0
    created_ms: int = 0
    containers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A volume. `project` is Compose's label; `size_bytes` is -1 where the engine cannot tell."""

    name: str
    driver: str = ""
    project: str = ""
    size_bytes: int = -1
    created_ms: int = 0
    containers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ContainerSize:
    """How much a container has written itself, over its image and beside its volumes. `id` is the container's."""

    id: str
    size_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network. `project` is Compose's label; `builtin` says that it is one of Docker's own."""

    id: str
    name: str
    driver: str = ""
    project: str = ""
    internal: bool = False
    builtin: bool = False
    subnets: tuple[str, ...] = ()
    created_ms: int = 0
    containers: tuple[str, ...] = ()
