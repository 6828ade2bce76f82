"""What Docker takes of the disk."""

from collections.abc import Mapping
from dataclasses import replace

import anyio
import msgspec

from composia.builtin_plugins.compose.engine_errors import silent
from composia.builtin_plugins.compose.engine_stream import EngineStreams
from composia.clock import Clock
from composia.core.usage import DockerUsage
from composia.errors import NotPossible

PATIENCE_S = 120.0
"""How long the engine may take: it walks through every volume."""

AGAIN_S = 0.5
"""How long until it is asked again that measures for somebody else."""

_BUSY = "disk usage operation is already running"


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
    answer = await measure(replace(streams, deadline_s=PATIENCE_S))
    return replace(disk_of(answer), at_ms=clock.now_ms(), root=info.docker_root_dir)


async def measure(streams: EngineStreams, query: Mapping[str, str] | None = None) -> bytes:
    """The engine's answer, in JSON, once it has measured. Engines such as 20.10 do it for one at a time and refuse any
    other, who waits here instead."""
    try:
        with anyio.fail_after(streams.deadline_s):
            while True:
                try:
                    return await streams.ask("GET", "/system/df", query)
                except NotPossible as error:
                    if _BUSY not in str(error):
                        raise
                await anyio.sleep(AGAIN_S)
    except TimeoutError:
        raise silent(streams.docker_host, streams.deadline_s) from None


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
