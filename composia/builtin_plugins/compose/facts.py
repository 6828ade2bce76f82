"""What a host says of itself."""

import os
import platform

from composia.builtin_plugins.compose.engine import Engine
from composia.builtin_plugins.compose.installed import Installed
from composia.core.node import NodeFacts
from composia.errors import NotPossible, TimedOut, Unavailable


async def facts(installed: Installed, engine: Engine) -> NodeFacts:
    """Versions and size; without the engine, what the kernel says."""
    compose = await _version(installed)
    try:
        info = await engine.info()
    except Unavailable:
        host = platform.uname()
        return NodeFacts(
            os=host.system,
            architecture=host.machine,
            kernel=host.release,
            cpus=os.cpu_count() or 1,
            memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        )
    return NodeFacts(
        os=info["OperatingSystem"],
        architecture=info["Architecture"],
        kernel=info["KernelVersion"],
        cpus=info["NCPU"],
        memory_bytes=info["MemTotal"],
        docker_version=info["ServerVersion"],
        compose_version=compose,
        # the id alone is that of a file which copies of a host have too, and two engines on one host
        engine_id=f"{info['ID']} {info['Name']} {info['DockerRootDir']}",
    )


async def _version(installed: Installed) -> str:
    """Empty where there is no Compose, or none that answers."""
    try:
        return await installed.version()
    except (NotPossible, TimedOut):
        return ""
