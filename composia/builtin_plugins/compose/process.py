"""A process that is not our child any more, found by its pid and the moment it started."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import anyio

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True, kw_only=True)
class Process:
    """`started` is in clock ticks since boot, as the kernel counts them."""

    pid: int
    group: int
    started: int
    dead: bool

    @classmethod
    def parsed(cls, stat: str) -> Self:
        """From a line of /proc/PID/stat, whose second field may hold anything."""
        pid, rest = stat.split(" ", 1)
        fields = rest.rpartition(")")[2].split()
        return cls(pid=int(pid), group=int(fields[2]), started=int(fields[19]), dead=fields[0] in "ZX")

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        now = _look(self.pid)
        return now is not None and now.started == self.started and not now.dead

    @property
    def age_s(self) -> float:
        """Seconds since it started, suspended time included."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) - self.started / _TICKS

    async def ended(self) -> None:
        """Return when it has ended."""
        try:
            watch = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.alive:
                await anyio.wait_readable(watch)
        finally:
            os.close(watch)

    def members(self) -> "tuple[Process, ...]":
        """What still runs of its process group, which it was the first of. One of that number with an older member, or
        with a younger leader, is a stranger's."""
        found = tuple(process for process in _all() if process.group == self.group and not process.dead)
        if any(
            process.started < self.started or (process.pid == self.group and process.started > self.started)
            for process in found
        ):
            return ()
        return found

    async def end_group(self, grace_s: float) -> None:
        """TERM to its process group, KILL to what is left after `grace_s`; return when nothing is."""
        self._signal(signal.SIGTERM)
        with anyio.move_on_after(grace_s):
            await self._group_ended()
        self._signal(signal.SIGKILL)
        await self._group_ended()

    async def _group_ended(self) -> None:
        while members := self.members():
            for member in members:
                await member.ended()

    def _signal(self, number: signal.Signals) -> None:
        """To the group at once, so that none is missed that is born meanwhile."""
        if self.members():
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.killpg(self.group, number)


def _look(pid: int) -> Process | None:
    try:
        return Process.parsed((_PROC / str(pid) / "stat").read_text(errors="replace"))
    except (FileNotFoundError, ProcessLookupError):
        return None


def _all() -> list[Process]:
    seen = (_look(int(entry.name)) for entry in _PROC.iterdir() if entry.name.isdigit())
    return [process for process in seen if process is not None]
