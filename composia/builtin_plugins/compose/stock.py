"""Images, volumes and networks of the host, and which containers have them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf

import anyio
import msgspec

from composia.builtin_plugins.compose.disk import measure
from composia.builtin_plugins.compose.engine_stream import EngineStreams
from composia.builtin_plugins.compose.seen import PROJECT, milliseconds
from composia.core.host_object import ContainerSize, Image, Network, Volume

MEASURING_S = 45.0
"""How long the engine may take to measure its volumes or containers, which it does by walking through them. Later they come
without sizes."""

_BUILTIN = ("bridge", "host", "none")


class _Mount(msgspec.Struct, frozen=True, rename="pascal"):
    type: str = ""
    name: str = ""


class _Attached(msgspec.Struct, frozen=True):
    network_id: str = msgspec.field(default="", name="NetworkID")


class _Networks(msgspec.Struct, frozen=True, rename="pascal"):
    networks: dict[str, _Attached] | None = None


class _Container(msgspec.Struct, frozen=True, rename="pascal"):
    id: str
    names: tuple[str, ...] | None = None
    image_id: str = msgspec.field(default="", name="ImageID")
    mounts: tuple[_Mount, ...] | None = None
    network_settings: _Networks | None = None

    @property
    def name(self) -> str:
        return (self.names or (self.id[:12],))[0].removeprefix("/")


class _Written(msgspec.Struct, frozen=True, rename="pascal"):
    id: str
    size_rw: int = 0


class _Image(msgspec.Struct, frozen=True, rename="pascal"):
    id: str
    repo_tags: tuple[str, ...] | None = None
    size: int = 0
    created: int = 0


class _Usage(msgspec.Struct, frozen=True, rename="pascal"):
    size: int = -1


class _Volume(msgspec.Struct, frozen=True, rename="pascal"):
    name: str
    driver: str = ""
    labels: dict[str, str] | None = None
    created_at: str = ""
    usage_data: _Usage | None = None


class _Volumes(msgspec.Struct, frozen=True, rename="pascal"):
    volumes: tuple[_Volume, ...] | None = None


class _Subnet(msgspec.Struct, frozen=True, rename="pascal"):
    subnet: str = ""


class _Addresses(msgspec.Struct, frozen=True, rename="pascal"):
    config: tuple[_Subnet, ...] | None = None


class _Network(msgspec.Struct, frozen=True, rename="pascal"):
    id: str
    name: str
    driver: str = ""
    labels: dict[str, str] | None = None
    internal: bool = False
    created: str = ""
    ipam: _Addresses | None = msgspec.field(default=None, name="IPAM")


@dataclass(frozen=True, kw_only=True)
class EngineStock:
    """Asks for them. `Unavailable` when the engine does not answer."""

    streams: EngineStreams
    measuring_s: float = MEASURING_S

    async def images(self) -> tuple[Image, ...]:
        """All images, the newest first."""
        images = msgspec.json.decode(await self.streams.ask("GET", "/images/json"), type=tuple[_Image, ...])
        names = _by((c.image_id, c) for c in await self._containers())
        found = [
            Image(
                id=image.id,
                tags=tuple(sorted(tag for tag in image.repo_tags or () if not tag.startswith("<none>"))),
                size_bytes=image.size,
                created_ms=image.created * 1000,
                containers=names[image.id],
            )
            for image in images
        ]
        return tuple(sorted(found, key=lambda image: (-image.created_ms, image.tags, image.id)))

    async def volumes(self) -> tuple[Volume, ...]:
        """All volumes by name, with their sizes, as far as they were measured in time."""
        volumes = msgspec.json.decode(await self.streams.ask("GET", "/volumes"), type=_Volumes).volumes or ()
        names = _by((m.name, c) for c in await self._containers() for m in c.mounts or () if m.type == "volume")
        sizes = await self._sizes()
        found = [
            Volume(
                name=volume.name,
                driver=volume.driver,
                project=_project(volume.labels),
                size_bytes=sizes.get(volume.name, -1),
                created_ms=milliseconds(volume.created_at) if volume.created_at else 0,
                containers=names[volume.name],
            )
            for volume in volumes
        ]
        return tuple(sorted(found, key=lambda volume: volume.name))

    async def container_sizes(self) -> tuple[ContainerSize, ...]:
        """How much all containers have written, by id; none where measuring that takes too long."""
        await self.streams.ask("GET", "/_ping")  # an engine that hangs is another thing than one that measures for long
        answer = b"[]"
        with anyio.move_on_after(self.measuring_s):
            patient = replace(self.streams, deadline_s=inf)
            answer = await patient.ask("GET", "/containers/json", {"all": "1", "size": "1"})
        measured = msgspec.json.decode(answer, type=tuple[_Written, ...])
        return tuple(sorted((ContainerSize(id=c.id, size_bytes=c.size_rw) for c in measured), key=lambda size: size.id))

    async def networks(self) -> tuple[Network, ...]:
        """All networks by name."""
        networks = msgspec.json.decode(await self.streams.ask("GET", "/networks"), type=tuple[_Network, ...])
        names = _by(
            (attached.network_id, c)
            for c in await self._containers()
            for attached in ((c.network_settings and c.network_settings.networks) or {}).values()
        )
        found = [
            Network(
                id=network.id,
                name=network.name,
                driver=network.driver,
                project=_project(network.labels),
                internal=network.internal,
                builtin=network.name in _BUILTIN,
                subnets=tuple(sorted(entry.subnet for entry in (network.ipam and network.ipam.config) or ())),
                created_ms=milliseconds(network.created),
                containers=names[network.id],
            )
            for network in networks
        ]
        return tuple(sorted(found, key=lambda network: (network.name, network.id)))

    async def _sizes(self) -> dict[str, int]:
        """The sizes of volumes by name; none where it takes too long."""
        answer = b"{}"
        with anyio.move_on_after(self.measuring_s):
            answer = await measure(replace(self.streams, deadline_s=inf), {"type": "volume"})
        measured = msgspec.json.decode(answer, type=_Volumes).volumes or ()
        return {volume.name: volume.usage_data.size for volume in measured if volume.usage_data}

    async def _containers(self) -> tuple[_Container, ...]:
        """All of them, since what a stopped one has is in use."""
        answer = await self.streams.ask("GET", "/containers/json", {"all": "1"})
        return msgspec.json.decode(answer, type=tuple[_Container, ...])


def _by(pairs: Iterable[tuple[str, _Container]]) -> Mapping[str, tuple[str, ...]]:
    """The names of containers by what they have."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, container in pairs:
        found[key].add(container.name)
    return defaultdict(tuple, {key: tuple(sorted(names)) for key, names in found.items()})


def _project(labels: Mapping[str, str] | None) -> str:
    return (labels or {}).get(PROJECT, "")
