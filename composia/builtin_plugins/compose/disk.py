"""What Docker takes of the disk."""

from dataclasses import replace

import msgspec

from composia.builtin_plugins.compose.engine_stream import EngineStreams
from composia.clock import Clock
from composia.core.usage import DockerUsage

PATIENCE_S = 120.0
"""How long the engine may take: it walks through every volume."""


class _Image(msgspec.Struct, frozen=True, rename="pascal"):
    size: int = 0
    shared_size: int = 0
    containers: int = 0


class _Container(msgspec.Struct, frozen=True, rename="pascal"):
    size_rw: int = 0


class _VolumeUsage(msgspec.Struct, frozen=True, rename="pascal"):
    size: int = 0
    ref_count: int = 0


class _Volume(msgspec.Struct, frozen=True, rename="pascal"):
    usage_data: _VolumeUsage | None = None


class _Build(msgspec.Struct, frozen=True, rename="pascal"):
    size: int = 0
    in_use: bool = False
    shared: bool = False


class _Used(msgspec.Struct, frozen=True, rename="pascal"):
    layers_size: int = 0
    images: tuple[_Image, ...] | None = None
    containers: tuple[_Container, ...] | None = None
    volumes: tuple[_Volume, ...] | None = None
    build_cache: tuple[_Build, ...] | None = None


class _Info(msgspec.Struct, frozen=True, rename="pascal"):
    docker_root_dir: str = ""


async def read_disk(streams: EngineStreams, clock: Clock) -> DockerUsage:
    """Ask for it. `Unavailable` when the engine does not answer."""
    info = msgspec.json.decode(await streams.ask("GET", "/info"), type=_Info)
    answer = await replace(streams, deadline_s=PATIENCE_S).ask("GET", "/system/df")
    return replace(disk_of(answer), at_ms=clock.now_ms(), root=info.docker_root_dir)


def disk_of(answer: bytes) -> DockerUsage:
    """From the engine's answer. Of an image that no container uses counts what it shares with no other one, for that is
    sure to be free without it. What the engine has not measured is negative there, and nothing here."""
    used = msgspec.json.decode(answer, type=_Used)
    volumes = [volume.usage_data for volume in used.volumes or () if volume.usage_data]
    builds = [build for build in used.build_cache or () if not build.shared]
    images = [image for image in used.images or () if image.containers == 0]
    unused = sum(max(0, image.size - max(0, image.shared_size)) for image in images)
    unused += sum(max(0, volume.size) for volume in volumes if volume.ref_count == 0)
    unused += sum(build.size for build in builds if not build.in_use)
    return DockerUsage(
        images_bytes=used.layers_size,
        containers_bytes=sum(max(0, container.size_rw) for container in used.containers or ()),
        volumes_bytes=sum(max(0, volume.size) for volume in volumes),
        build_cache_bytes=sum(build.size for build in builds),
        unused_bytes=unused,
    )
