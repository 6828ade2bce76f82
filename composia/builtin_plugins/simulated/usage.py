"""What simulated containers use: values that move as real ones do, the same for the same container and time."""

import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from composia.builtin_plugins.simulated.config import SimulatedConfig
from composia.builtin_plugins.simulated.stock import image_bytes, volume_bytes
from composia.builtin_plugins.simulated.world import World
from composia.core.container import Container, ContainerState
from composia.core.usage import ContainerUsages, DockerUsage, FilesystemUsage, HostUsage

MIB = 1 << 20
_LIMIT_BYTES = 512 * MIB
_SINCE_S = 1_700_000_000


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The host that a node is on."""

    name: str
    cpus: int
    memory_bytes: int
    disk_bytes: int


def machine(config: SimulatedConfig, name: str) -> Machine | None:
    """The one that is configured; None for the agent's own."""
    if not config.cpus:
        return None
    return Machine(name=name, cpus=config.cpus, memory_bytes=config.memory_gib << 30, disk_bytes=config.disk_gib << 30)


def usages(containers: Iterable[Container], now_ms: int) -> ContainerUsages:
    """Of those that run, by name. What is counted grows from its start on."""
    running = [one for one in containers if one.state is ContainerState.RUNNING]
    seeds = [zlib.crc32(one.name.encode()) for one in running]
    ages = [max(0.0, (now_ms - one.started_ms) / 1000) for one in running]
    # a wave of its own length for each, between nothing and 1
    waves = [
        0.5 + 0.35 * math.sin(now_ms / 1000 / (30 + seed % 90) + seed) + 0.15 * math.sin(now_ms / 1000 / 7 + seed)
        for seed in seeds
    ]
    both = list(zip(seeds, waves, strict=True))
    counted = [(int(age * (1000 + seed % 50_000)), seed) for age, seed in zip(ages, seeds, strict=True)]
    return ContainerUsages(
        names=tuple(one.name for one in running),
        cpu_percent=tuple(round((seed % 100) ** 2 / 400 * wave, 2) for seed, wave in both),  # few have much to do
        memory_bytes=tuple(int((8 + seed % 200) * MIB * (0.8 + 0.2 * wave)) for seed, wave in both),
        memory_limit_bytes=tuple(_LIMIT_BYTES if seed % 2 else 0 for seed in seeds),
        received_bytes=tuple(count for count, _ in counted),
        sent_bytes=tuple(count // 2 for count, _ in counted),
        read_bytes=tuple(count // 4 for count, _ in counted),
        written_bytes=tuple(count // 8 for count, _ in counted),
        pids=tuple(1 + seed % 20 for seed in seeds),
    )


def disk(world: World, containers: int, now_ms: int) -> DockerUsage:
    """What its images, its volumes and so many containers would take."""
    return DockerUsage(
        images_bytes=sum(map(image_bytes, world.images)),
        containers_bytes=containers * MIB,
        volumes_bytes=sum(map(volume_bytes, world.volumes)),
        unused_bytes=sum(map(image_bytes, world.unused_images())),
        at_ms=now_ms,
    )


def host(about: Machine, used: ContainerUsages, docker: DockerUsage, now_ms: int) -> HostUsage:
    """A machine on which these containers run, and little else."""
    seed = zlib.crc32(about.name.encode())
    wave = 0.5 + 0.5 * math.sin(now_ms / 1000 / 97 + seed)
    cpu_percent = min(100.0, sum(used.cpu_percent) / about.cpus + 2 + 4 * wave)
    memory = min(about.memory_bytes, sum(used.memory_bytes) + int((900 + 200 * wave) * MIB))
    up_s = now_ms / 1000 - _SINCE_S + seed % 5_000_000
    taken = docker.total_bytes + 9_000 * MIB
    return HostUsage(
        cpu_percent=round(cpu_percent, 2),
        load_1m=round(about.cpus * cpu_percent / 100 * (0.9 + 0.2 * wave), 2),
        load_5m=round(about.cpus * cpu_percent / 105, 2),
        load_15m=round(about.cpus * cpu_percent / 115, 2),
        memory_bytes=about.memory_bytes,
        memory_available_bytes=about.memory_bytes - memory,
        swap_bytes=2 << 30,
        swap_free_bytes=(2 << 30) - (seed % 300) * MIB,
        uptime_s=round(up_s, 1),
        received_bytes=int(up_s * (200_000 + seed % 900_000)),
        sent_bytes=int(up_s * (90_000 + seed % 400_000)),
        filesystems=(
            FilesystemUsage(mount="/", device="/dev/sda1", size_bytes=64 << 30, available_bytes=(30 + seed % 20) << 30),
            FilesystemUsage(
                mount="/var/lib/docker",
                device="/dev/sdb1",
                size_bytes=about.disk_bytes,
                available_bytes=max(0, about.disk_bytes - taken),
            ),
        ),
        docker=docker,
    )
