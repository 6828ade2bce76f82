"""What a test bed needs on the machine, why, and which package of Debian has it."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.testbed import apt, claim
from tests.e2e.testbed.daemon import TestbedFailed
from tests.e2e.testbed.images import BUSYBOX

PLUGINS = (
    Path.home() / ".docker/cli-plugins",
    Path("/usr/local/lib/docker/cli-plugins"),
    Path("/usr/local/libexec/docker/cli-plugins"),
    Path("/usr/lib/docker/cli-plugins"),
    Path("/usr/libexec/docker/cli-plugins"),
)


@dataclass(frozen=True, kw_only=True)
class Need:
    """One thing that must be there.

    `since` is the first release of Debian that has `package`; on an older one it is in the package `before`, or, where
    there is none, the newer release's package is taken. `service` comes with the package and is never to start by itself.
    """

    package: str
    why: str
    is_there: Callable[[], bool]
    since: int = 0
    before: str | None = None
    service: str = ""


def program(name: str) -> Callable[[], bool]:
    """A test for a program on PATH."""
    return lambda: shutil.which(name) is not None


def plugin(name: str) -> Callable[[], bool]:
    """A test for a plugin of the docker client."""
    return lambda: any(os.access(directory / name, os.X_OK) for directory in PLUGINS)


def is_busybox_static() -> bool:
    """Whether the machine's busybox runs in an empty image: it names no loader."""
    return BUSYBOX.exists() and b"/ld-" not in BUSYBOX.read_bytes()[:4096]


NEEDS = (
    Need(package="docker.io", why="the Docker engine", is_there=program("dockerd")),
    Need(package="docker-cli", why="the docker client", is_there=program("docker"), since=13, before="docker.io"),
    Need(package="docker-compose", why="Docker Compose v2", is_there=plugin("docker-compose"), since=13),
    Need(package="docker-buildx", why="Compose builds images with it", is_there=plugin("docker-buildx"), since=13),
    Need(package="iptables", why="engines publish ports with it", is_there=program("iptables")),
    Need(package="iproute2", why="a network for each engine", is_there=program("ip")),
    Need(
        package="docker-registry",
        why="a registry for the engines",
        is_there=program("docker-registry"),
        service="docker-registry",
    ),
    Need(package="busybox-static", why="images are made from it", is_there=is_busybox_static),
)


def missing(wanted: tuple[Need, ...] | None = None) -> list[Need]:
    """What is not there, of the test bed's needs unless it is said of which."""
    return [need for need in (NEEDS if wanted is None else wanted) if not need.is_there()]


def install(wanted: tuple[Need, ...] | None = None) -> None:
    """Install what is missing, and say what and why; silent and quick when all is there.

    Errors: TestbedFailed with an instruction where that cannot be done.
    """
    # Root's programs are not on everybody's PATH, and not on root's after a plain `su`.
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"
    if not missing(wanted):
        return
    if os.geteuid() != 0 or not debian():
        raise TestbedFailed(f"not on this machine: {listed(missing(wanted))}; as root on Debian it would be installed")
    with claim.locked(".install"):
        needs = missing(wanted)
        if not needs:
            return
        print(f"testbed: installing {listed(needs)}", file=sys.stderr, flush=True)
        names = (need.package if need.since <= debian() else need.before for need in needs)
        own = {name for name in names if name is not None}
        newer = {need.package for need in needs if need.since > debian() and need.before is None}
        apt.install(sorted(own))
        apt.install_newer(sorted(newer))
        for need in needs:
            if need.service and need.package in own:
                apt.never_start(need.service)
        if missing(wanted):
            raise TestbedFailed(f"still not on this machine after the installation: {listed(missing(wanted))}")


def listed(needs: list[Need]) -> str:
    """Packages with what they are for."""
    return ", ".join(f"{need.package} ({need.why})" for need in needs)


def debian() -> int:
    """The number of this Debian release, 0 on another system; a release to be has a great number."""
    release = apt.os_release()
    return int(release.get("VERSION_ID", 99)) if release["ID"] == "debian" else 0
