"""Compose as a program: where it is and with which environment it runs."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from composia.builtin_plugins.compose.config import ComposeConfig
from composia.builtin_plugins.compose.known_errors import INSTALL_COMPOSE
from composia.errors import NotPossible

PLUGINS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
"""Where the docker CLI looks for plugins, after the user's own directory."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """The first words of each call, and the whole environment of children."""

    words: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]


def find(config: ComposeConfig) -> Program:
    """Compose's plugin binary, which starts faster, or else the docker CLI; `NotPossible` when there is neither."""
    environment = _environment(config)
    if config.compose:
        return Program(words=(config.compose,), environment=environment)
    for candidate in _candidates(config):
        if os.access(candidate, os.X_OK):
            return Program(words=(str(candidate),), environment=environment)
    if docker := shutil.which("docker", path=config.path):
        return Program(words=(docker, "compose"), environment=environment)
    raise NotPossible("there is no Docker Compose on this node", hint=INSTALL_COMPOSE)


def version_of(program: Program, deadline_s: float) -> str:
    """What it says of itself; blocking. Raises `OSError` or `subprocess.SubprocessError` when it says nothing in time."""
    done = subprocess.run(
        [*program.words, "version", "--short"],
        env=dict(program.environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=deadline_s,
        check=True,
    )
    return done.stdout.decode(errors="replace").strip()


def home(config: ComposeConfig) -> str:
    """The home directory of children."""
    return config.home or pwd.getpwuid(os.geteuid()).pw_dir


def _environment(config: ComposeConfig) -> tuple[tuple[str, str], ...]:
    own = {"PATH": config.path, "HOME": home(config), "DOCKER_HOST": config.docker_host}
    if config.docker_config:
        own["DOCKER_CONFIG"] = config.docker_config
    return tuple(own.items())


def _candidates(config: ComposeConfig) -> Iterator[Path]:
    user = Path(config.docker_config) if config.docker_config else Path(home(config)) / ".docker"
    yield user / "cli-plugins" / "docker-compose"
    for directory in PLUGINS:
        yield Path(directory) / "docker-compose"
