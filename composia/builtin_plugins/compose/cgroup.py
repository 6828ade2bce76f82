"""What the kernel counts for a container, read from the files of its control groups, old (v1) and new (v2), and of its network.

That costs a fraction of a millisecond a container and nothing at all in the engine. It needs the host's `/proc` and
`/sys/fs/cgroup`: an agent in a container may see neither.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from composia.builtin_plugins.compose.reading import HOST_MEMORY, Reading

_MOST = 65_536
_WHOLE = "unified"


@dataclass(frozen=True, kw_only=True)
class _Hierarchy:
    """Where a controller's groups are shown, and which of them is at the top of it."""

    place: str
    root: str

    def directory(self, group: str) -> str:
        """Of a group, by its path from the top of all."""
        inside = group.removeprefix(self.root) if self.root != "/" else group
        return self.place + ("/" + inside.strip("/")).rstrip("/")


class Cgroups:
    """The control groups as this process sees them. `root` is before every path, for a tree that stands elsewhere."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._proc = str(root / "proc")
        self._root = str(root).rstrip("/")
        self._hierarchies = self._mounted()

    def read(self, pid: int, container: str, *, own_network: bool) -> Reading | None:
        """Of the container with that id, whose first process is that one; None where its files cannot be seen, or it is no
        longer that process. Blocks, but only in the kernel."""
        try:
            groups = self._groups(pid)
            if not any(container in group for group in groups.values()):
                return None
            if "cpuacct" in groups:
                reading = self._old(groups)
            elif _WHOLE in groups and _WHOLE in self._hierarchies:
                reading = _new(self._hierarchies[_WHOLE].directory(groups[_WHOLE]))
            else:
                return None
            received, sent = _network(f"{self._proc}/{pid}/net/dev") if own_network else (0, 0)
        except (OSError, ValueError, KeyError, IndexError):  # it has just ended, or the host shows something else there
            return None
        return replace(reading, received_bytes=received, sent_bytes=sent)

    def _mounted(self) -> dict[str, _Hierarchy]:
        found: dict[str, _Hierarchy] = {}
        try:
            text = Path(f"{self._proc}/self/mountinfo").read_text("utf-8", "replace")
        except OSError:
            return found
        for line in text.splitlines():
            ours, _, theirs = line.partition(" - ")
            kind, _, options = theirs.split(" ", 2)
            _, _, _, root, place, *_ = ours.split(" ")
            hierarchy = _Hierarchy(place=self._root + place, root=root)
            if kind == "cgroup2":
                found.setdefault(_WHOLE, hierarchy)
            elif kind == "cgroup":
                for controller in options.split(","):
                    found.setdefault(controller, hierarchy)
        return found

    def _groups(self, pid: int) -> dict[str, str]:
        """The group of a process by controller; that of the new kind by `unified`."""
        groups = {}
        for line in _text(f"{self._proc}/{pid}/cgroup").splitlines():
            number, controllers, group = line.split(":", 2)
            for controller in [_WHOLE] if number == "0" else controllers.split(","):
                groups[controller] = group
        return groups

    def _old(self, groups: dict[str, str]) -> Reading:
        memory, cpu = self._directory(groups, "memory"), self._directory(groups, "cpuacct")
        limit = _number(f"{memory}/memory.limit_in_bytes")
        dropped = _field(_text(f"{memory}/memory.stat"), "total_inactive_file")
        transferred: tuple[int | None, int | None] = (None, None)
        if "blkio" in groups:
            transferred = _old_io(self._directory(groups, "blkio"))
        return Reading(
            cpu_ns=_number(f"{cpu}/cpuacct.usage"),
            memory_bytes=max(0, _number(f"{memory}/memory.usage_in_bytes") - dropped),
            memory_limit_bytes=limit if limit < HOST_MEMORY else 0,
            read_bytes=transferred[0],
            written_bytes=transferred[1],
            pids=_number(f"{self._directory(groups, 'pids')}/pids.current") if "pids" in groups else None,
        )

    def _directory(self, groups: dict[str, str], controller: str) -> str:
        return self._hierarchies[controller].directory(groups[controller])


def _new(group: str) -> Reading:
    limit = _text(f"{group}/memory.max").strip()
    dropped = _field(_text(f"{group}/memory.stat"), "inactive_file")
    read, written = _new_io(group)
    return Reading(
        cpu_ns=_field(_text(f"{group}/cpu.stat"), "usage_usec") * 1000,
        memory_bytes=max(0, _number(f"{group}/memory.current") - dropped),
        memory_limit_bytes=int(limit) if limit.isdigit() and int(limit) < HOST_MEMORY else 0,
        read_bytes=read,
        written_bytes=written,
        pids=_optional_number(f"{group}/pids.current"),
    )


def _old_io(group: str) -> tuple[int | None, int | None]:
    """Lines such as `8:0 Read 4096`. Where the kernel counts it for groups below too, that is the better one."""
    for file in ("blkio.throttle.io_service_bytes_recursive", "blkio.throttle.io_service_bytes"):
        try:
            words = [line.split() for line in _text(f"{group}/{file}").splitlines()]
        except OSError:
            continue
        lines = [(line[1], int(line[2])) for line in words if len(line) == len(("device", "what", "bytes"))]
        return sum(n for what, n in lines if what == "Read"), sum(n for what, n in lines if what == "Write")
    return None, None


def _new_io(group: str) -> tuple[int | None, int | None]:
    """Lines such as `8:0 rbytes=4096 wbytes=0 rios=1 wios=0`."""
    try:
        words = _text(f"{group}/io.stat").split()
    except OSError:
        return None, None
    pairs = [word.partition("=") for word in words if "=" in word]
    return (
        sum(int(n) for name, _, n in pairs if name == "rbytes"),
        sum(int(n) for name, _, n in pairs if name == "wbytes"),
    )


def _network(file: str) -> tuple[int, int]:
    """All that its interfaces received and sent, but for itself."""
    received = sent = 0
    for line in _text(file).splitlines()[2:]:
        name, _, numbers = line.partition(":")
        if name.strip() != "lo":
            fields = numbers.split()
            received += int(fields[0])
            sent += int(fields[8])
    return received, sent


def _field(text: str, name: str) -> int:
    """The number behind a name at the beginning of a line."""
    start = 0 if text.startswith(f"{name} ") else text.index(f"\n{name} ") + 1
    return int(text[start + len(name) :].partition("\n")[0])


def _optional_number(file: str) -> int | None:
    try:
        return _number(file)
    except OSError:
        return None


def _number(file: str) -> int:
    return int(_text(file))


def _text(file: str) -> str:
    """In one read: the kernel writes such a file when it is read."""
    opened = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(opened, _MOST).decode("utf-8", "replace")
    finally:
        os.close(opened)
