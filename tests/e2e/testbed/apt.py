"""Debian's packages, from the machine's own mirror, and from its next release without touching the machine's sources."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.testbed.daemon import TestbedFailed
from tests.e2e.testbed.place import CACHE

NEWER = "trixie"
POLICY = Path("/usr/sbin/policy-rc.d")


def install(packages: list[str]) -> None:
    """Install packages of the machine's own release, without starting their services."""
    if not packages:
        return
    with no_services():
        # A foreign source that is out of order does not matter here; if Debian's is, the second call says so.
        subprocess.run(["apt-get", "update", "-qq"], check=False, stdout=subprocess.DEVNULL)
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages])


def install_newer(packages: list[str]) -> None:
    """Install packages of the newer release, which must need nothing else of it."""
    if not packages:
        return
    name, source = newer_source(Path("/etc/apt"), os_release()["VERSION_CODENAME"])
    with no_services():
        run(["dpkg", "--install", *download(packages, CACHE / NEWER, name, source)])


def download(packages: list[str], directory: Path, name: str, source: str) -> list[Path]:
    """Fetch packages by a list of sources of their own, kept in `directory`."""
    for path in (directory / "lists" / "partial", directory / "archives" / "partial"):
        path.mkdir(parents=True, exist_ok=True)
    sources = directory / name
    sources.write_text(source)
    settings = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::State::lists": directory / "lists",
        "Dir::Cache::archives": directory / "archives",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    apt: list[str | Path] = ["apt-get", "-qq", *(f"--option={key}={value}" for key, value in settings.items())]
    run([*apt, "update"])
    for stale in directory.glob("*.deb"):
        stale.unlink()
    run([*apt, "download", *packages], cwd=directory)
    return list(directory.glob("*.deb"))


def newer_source(etc: Path, codename: str) -> tuple[str, str]:
    """The machine's own source of Debian's `main`, with the newer release in place of `codename`.

    A file name, whose ending tells apt the format, and the content. Errors: TestbedFailed when there is no such source.
    """
    for path in [etc / "sources.list", *sorted(etc.glob("sources.list.d/*"))]:
        if path.suffix == ".list" and path.exists():
            for line in path.read_text().splitlines():
                found = re.match(rf"\s*deb\s+(\[[^]]*\]\s+)?(\S+)\s+{codename}\s+.*\bmain\b", line)
                if found:
                    return "sources.list", f"deb {found[1] or ''}{found[2]} {NEWER} main\n"
        elif path.suffix == ".sources":
            for stanza in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n", "", path.read_text())):
                if {codename, "main", "deb"} <= set(stanza.split()):
                    return "debian.sources", replace_fields(stanza, Suites=NEWER, Components="main", Types="deb")
    raise TestbedFailed(f"{etc} has no source of Debian {codename} main to take Compose from")


def replace_fields(stanza: str, **fields: str) -> str:
    """A stanza of a sources file with other values."""
    for key, value in fields.items():
        stanza = re.sub(rf"(?mi)^{key}:.*", f"{key}: {value}", stanza)
    return f"{stanza.strip()}\n"


def os_release() -> dict[str, str]:
    """What the system says that it is."""
    pairs = (line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return {key: value.strip('"') for key, value in pairs}


@contextmanager
def no_services() -> Iterator[None]:
    """Let packages be installed without their services being started."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def never_start(service: str) -> None:
    """Keep a service that came with a package from starting at the next boot."""
    if shutil.which("systemctl"):
        run(["systemctl", "disable", "--quiet", service])


def run(command: list[str | Path], *, cwd: Path | None = None) -> None:
    """Run a command of the package system. Errors: TestbedFailed with what it said."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-10:])
        raise TestbedFailed(f"{' '.join(map(str, command))} failed:\n{said}")
