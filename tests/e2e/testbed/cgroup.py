"""What runs in containers, found by control group, in every hierarchy of version 1 and 2."""

import os
from contextlib import suppress
from pathlib import Path


def roots() -> list[Path]:
    """Where the kernel's control group hierarchies are mounted."""
    mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [Path(fields[4]) for fields in mounts if fields[fields.index("-") + 1] in ("cgroup", "cgroup2")]


def processes(group: str) -> set[int]:
    """The numbers of all processes in `group` and below it."""
    pids: set[int] = set()
    for root in roots():
        # os.walk, unlike rglob, passes over a group that goes while we look
        for directory, _, files in os.walk(root.joinpath(group.lstrip("/"))):
            if "cgroup.procs" in files:
                # A group can go, and a threaded one refuses to be read, while we look.
                with suppress(OSError):
                    pids.update(int(pid) for pid in Path(directory, "cgroup.procs").read_text().split())
    return pids


def remove(group: str) -> None:
    """Remove `group` and all below it; fails when a process is still in one."""
    for root in roots():
        top = root.joinpath(group.lstrip("/"))
        for path, _, _ in os.walk(top, topdown=False):
            Path(path).rmdir()
