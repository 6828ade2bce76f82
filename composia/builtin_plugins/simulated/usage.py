"""What simulated containers use: values that move as real ones do, the same for the same container and time."""

import math
import zlib
from collections.abc import Iterable

from composia.core.container import Container, ContainerState
from composia.core.usage import ContainerUsages, DockerUsage

MIB = 1 << 20
_LIMIT_BYTES = 512 * MIB


def usages(containers: Iterable[Container], now_ms: int) -> ContainerUsages:
    """Of those that run, by name. What is counted grows from its start on."""
    running = [one for one in containers if one.state is ContainerState.RUNNING]
    seeds = [zlib.crc32(one.name.encode()) for one in running]
    ages = [max(0.0, (now_ms - one.started_ms) / 1000) for one in running]
    # a wave of its own length for each, between nothing and 1
    waves = [0.5 + 0.5 * math.sin(now_ms / 1000 / (30 + seed % 90) + seed) for seed in seeds]
    both = list(zip(seeds, waves, strict=True))
    counted = [(int(age * (1000 + seed % 50_000)), seed) for age, seed in zip(ages, seeds, strict=True)]
    return ContainerUsages(
        names=tuple(one.name for one in running),
        cpu_percent=tuple(round((seed % 400) / 10 * wave, 2) for seed, wave in both),
        memory_bytes=tuple(int((8 + seed % 200) * MIB * (0.8 + 0.2 * wave)) for seed, wave in both),
        memory_limit_bytes=tuple(_LIMIT_BYTES if seed % 2 else 0 for seed in seeds),
        received_bytes=tuple(count for count, _ in counted),
        sent_bytes=tuple(count // 2 for count, _ in counted),
        read_bytes=tuple(count // 4 for count, _ in counted),
        written_bytes=tuple(count // 8 for count, _ in counted),
        pids=tuple(1 + seed % 20 for seed in seeds),
    )


def disk(containers: int, images: int, unused: int, image_mb: float, now_ms: int) -> DockerUsage:
    """Of so many containers and images, of which so many are unused."""
    each = int(image_mb * 1_000_000)
    return DockerUsage(
        images_bytes=images * each,
        containers_bytes=containers * MIB,
        unused_bytes=unused * each,
        at_ms=now_ms,
    )
