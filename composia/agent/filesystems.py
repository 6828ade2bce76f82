"""The filesystems of the host that files lie on, and how full they are."""

import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from composia.core.usage import FilesystemUsage

PATIENCE_S = 1.0
"""How long filesystems have to answer; one that is late, such as of a network that is gone, is left out until it does."""

_NO_DISK = ("squashfs", "iso9660", "erofs", "udf")
"""On a device and always full: images of programs, and of discs."""

_LAYERS = ("overlay", "aufs")
"""A container's own root: not a place where Docker of the host could keep anything."""


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A line of `mountinfo`. `device` is what tells filesystems apart, `source` what people call it."""

    device: str
    root: str
    place: str
    kind: str
    source: str

    @property
    def is_on_disk(self) -> bool:
        """Whether a disk is behind it."""
        return self.source.startswith("/dev/") and self.kind not in _NO_DISK


def read_mounts(text: str) -> tuple[Mount, ...]:
    """From the text of `/proc/self/mountinfo`; of those at one place the last, which hides the others."""
    mounts = {}
    for line in text.splitlines():
        ours, _, theirs = line.partition(" - ")
        _, _, device, root, place, *_ = ours.split(" ")
        kind, source, *_ = theirs.split(" ")
        shown = _plain(place)
        mounts[shown] = Mount(device=device, root=root, place=shown, kind=kind, source=_plain(source))
    return tuple(mounts.values())


def in_use(mounts: tuple[Mount, ...], data: str, docker: str) -> tuple[Mount, ...]:
    """Those with a disk, and those that hold the agent's data or Docker's root; each filesystem once, sorted by place."""
    holds = [_holder(mounts, data)] if data else []
    if docker and (holder := _holder(mounts, docker)) and holder.kind not in _LAYERS:
        holds.append(holder)
    named = [mount for mount in holds if mount]
    others = [mount for mount in mounts if mount.is_on_disk]
    # a bind mount shows a part of a filesystem: the whole of it, or else the shortest name, is what people know
    others.sort(key=lambda mount: (mount.root != "/", len(mount.place)))
    by_device: dict[str, Mount] = {}
    for mount in [*others, *named]:
        by_device.setdefault(mount.device, mount)
    return tuple(sorted(by_device.values(), key=lambda mount: mount.place))


class Filesystems:
    """Asks each in a thread of its own, so that one that hangs keeps nobody waiting for long, and only once."""

    def __init__(
        self,
        data: Path,
        mountinfo: Path = Path("/proc/self/mountinfo"),
        ask: Callable[[str], os.statvfs_result] = os.statvfs,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._data = os.path.realpath(data)
        self._mountinfo = mountinfo
        self._ask = ask
        self._patience_s = patience_s
        self._asked: dict[str, threading.Thread] = {}

    def usage(self, docker: str = "") -> tuple[FilesystemUsage, ...]:
        """Those in use that answer now. `docker` is Docker's root directory, empty while it is not known."""
        mounts = in_use(read_mounts(self._mountinfo.read_text("utf-8", "replace")), self._data, docker)
        self._asked = {place: thread for place, thread in self._asked.items() if thread.is_alive()}
        found: dict[str, FilesystemUsage] = {}
        asking = []
        for mount in mounts:
            if mount.place not in self._asked:
                thread = threading.Thread(target=self._look, args=(mount, found), name="filesystem", daemon=True)
                self._asked[mount.place] = thread
                thread.start()
                asking.append(thread)
        until = time.monotonic() + self._patience_s
        for thread in asking:
            thread.join(max(0.0, until - time.monotonic()))
        return _in_order(mounts, dict(found))

    def _look(self, mount: Mount, found: dict[str, FilesystemUsage]) -> None:
        try:
            disk = self._ask(mount.place)
        except OSError:  # unmounted meanwhile, or not ours to look at
            return
        if disk.f_blocks:
            found[mount.place] = FilesystemUsage(
                mount=mount.place,
                device=mount.source,
                size_bytes=disk.f_blocks * disk.f_frsize,
                available_bytes=disk.f_bavail * disk.f_frsize,
            )


def _in_order(mounts: Iterable[Mount], found: dict[str, FilesystemUsage]) -> tuple[FilesystemUsage, ...]:
    return tuple(found[mount.place] for mount in mounts if mount.place in found)


def _holder(mounts: tuple[Mount, ...], path: str) -> Mount | None:
    """The mount that a path lies on, told by the names alone: to look at it could hang."""
    above = [m for m in mounts if path == m.place or path.startswith(m.place.rstrip("/") + "/")]
    return max(above, key=lambda mount: len(mount.place), default=None)


def _plain(text: str) -> str:
    r"""Spaces and the like are written as `\040`."""
    if "\\" not in text:
        return text
    return text.encode().decode("unicode_escape").encode("latin-1").decode("utf-8", "replace")
