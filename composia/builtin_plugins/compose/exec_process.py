"""The process of a command in a container, as the host sees it: it leads a session, in which all is that it starts."""

import os
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import Any

_PROC = Path("/proc")
_PGID, _SESSION, _STARTED = 2, 3, 19
"""Fields of /proc/PID/stat, counted from the one behind the program's name, which is the state."""


@dataclass(frozen=True, kw_only=True)
class HostProcess:
    """A process by its number and its start, so that it is never taken for another one that has got its number later."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int, container_id: str) -> "HostProcess | None":
        """The process of that number, if it can be seen from here and is in that container: an agent that is in a container
        itself may have other processes under the same numbers."""
        stat = _stat(pid)
        try:
            groups = (_PROC / str(pid) / "cgroup").read_text()
        except OSError:
            return None
        if stat is None or container_id not in groups:
            return None
        return cls(pid=pid, started=int(stat[_STARTED]))

    @property
    def runs(self) -> bool:
        """Whether it is there still."""
        stat = _stat(self.pid)
        return stat is not None and int(stat[_STARTED]) == self.started and stat[0] != "Z"

    @property
    def number_inside(self) -> int:
        """Its number in its container; 0 when it is over."""
        try:
            lines = (_PROC / str(self.pid) / "status").read_text().splitlines()
        except OSError:
            return 0
        return next((int(line.split()[-1]) for line in lines if line.startswith("NSpid:")), 0)

    def signal(self, number: Signals) -> None:
        """Send a signal to its process group, as a terminal would. `PermissionError` where the agent may not."""
        if self.runs:
            _send(os.killpg if _is_leader(self.pid) else os.kill, self.pid, number)

    def signal_session(self, number: Signals) -> None:
        """Send a signal to it and to whatever it has started and is in its session still. `PermissionError` likewise."""
        for pid in self.session():
            _send(os.kill, pid, number)

    def session(self) -> tuple[int, ...]:
        """The processes of its session, also when it is over itself; a number that is in use anew would lead one later."""
        leader = _stat(self.pid)
        if leader is not None and int(leader[_STARTED]) != self.started:
            return ()
        found = []
        for directory in _PROC.iterdir():
            if directory.name.isdigit() and (stat := _stat(int(directory.name))) is not None:
                is_member = int(stat[_SESSION]) == self.pid and int(stat[_STARTED]) >= self.started
                if is_member and stat[0] != "Z":
                    found.append(int(directory.name))
        return tuple(found)


def _stat(pid: int) -> list[str] | None:
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _is_leader(pid: int) -> bool:
    stat = _stat(pid)
    return stat is not None and int(stat[_PGID]) == pid


def _send(send: Any, pid: int, number: Signals) -> None:
    try:
        send(pid, number)
    except ProcessLookupError:  # it has just ended
        return
