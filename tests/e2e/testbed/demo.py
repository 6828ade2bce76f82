"""Engines for `composia demo`: two of a test bed of its own, or else the one that the machine has."""

import os
import subprocess
import sys
from typing import Any

from tests.e2e.testbed import claim, network
from tests.e2e.testbed.daemon import TestbedFailed
from tests.e2e.testbed.testbed import Testbed

BUSYBOX = "library/busybox:1.36"


def engines(caller: int, *, keep: bool) -> dict[str, Any]:
    """Engines and an image for the demo that process `caller` runs, and the command that ends them.

    With `keep` they outlive the caller. Errors: TestbedFailed with what would help.
    """
    if os.geteuid() != 0 or not network.can_separate():
        host, image = own_engine(), BUSYBOX.removeprefix("library/")
        docker("pull", "--quiet", image)
        return {"engines": [host], "image": image, "release": ["true"]}
    name = f"demo-{caller}"
    testbed = Testbed.up(name, engines=2, user=claim.KEPT if keep else claim.process_user(caller))
    return {
        "engines": [engine.docker_host for engine in testbed.engines()],
        "image": testbed.registry.name(BUSYBOX),
        "release": [sys.executable, "-m", "tests.e2e.testbed", "demo-release", name],
    }


def release(name: str) -> None:
    """End the engines of a demo; none of that name is fine."""
    if claim.find(name) is not None:
        Testbed.running(name).down()


def own_engine() -> str:
    """The DOCKER_HOST of the engine that the machine has and that may be used."""
    try:
        docker("version")
        docker("compose", "version")
    except (FileNotFoundError, TestbedFailed) as failure:
        raise TestbedFailed(
            f"no Docker engine with Compose v2 answers ({failure}); install and start Docker, or run this as root on "
            "Debian, where engines of its own are started for the demo"
        ) from failure
    return docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")


def docker(*arguments: str) -> str:
    """Run the docker client on the machine's own engine. Errors: TestbedFailed with its message."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise TestbedFailed(f"docker {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()
