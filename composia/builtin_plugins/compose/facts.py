"""What a host says of itself."""

import os
import platform
import subprocess

import anyio.to_thread

from composia.builtin_plugins.compose.config import ComposeConfig
from composia.builtin_plugins.compose.engine import Engine
from composia.builtin_plugins.compose.program import find
from composia.core.node import NodeFacts
from composia.errors import TimedOut, Unavailable


async def facts(config: ComposeConfig, engine: Engine) -> NodeFacts:
    """Versions and size; without the engine, what the kernel says."""
    compose = await anyio.to_thread.run_sync(_compose_version, config)
    try:
        info = await engine.info()
    except (TimedOut, Unavailable):
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
        engine_id=info["ID"],
    )


def _compose_version(config: ComposeConfig) -> str:
    """Empty where there is no Compose, or none that answers."""
    try:
        program = find(config)
        done = subprocess.run(
            [*program.words, "version", "--short"],
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=config.engine_deadline_s,
            check=True,
        )
    except (Unavailable, OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
