"""Which commands run in containers, on disk: an agent that was killed leaves them behind, and the next one ends them."""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from composia.builtin_plugins.compose.exec_process import HostProcess


@dataclass(frozen=True, kw_only=True)
class Started:
    """A command as the engine knows it, and its process, with the number 0 while it has none or it cannot be seen."""

    exec_id: str
    container_id: str
    pid: int = 0
    began: int = 0

    @property
    def process(self) -> HostProcess | None:
        """Its process on the host."""
        return HostProcess(pid=self.pid, started=self.began) if self.pid else None

    def at(self, process: HostProcess) -> "Started":
        """With its process."""
        return replace(self, pid=process.pid, began=process.started)


@dataclass(frozen=True)
class ExecRecord:
    """A file for each, named by the engine's id."""

    directory: Path

    def keep(self, started: Started) -> Started:
        """Write it down."""
        self.directory.mkdir(parents=True, exist_ok=True)
        new = self.directory / f"{started.exec_id}.new"
        new.write_bytes(msgspec.json.encode(started))
        new.replace(self.directory / started.exec_id)
        return started

    def forget(self, started: Started) -> None:
        """It has ended."""
        (self.directory / started.exec_id).unlink(missing_ok=True)

    def all(self) -> tuple[Started, ...]:
        """Those that are written down; what is not whole was never started."""
        found = []
        for file in sorted(self.directory.iterdir()) if self.directory.is_dir() else ():
            with suppress(msgspec.MsgspecError, FileNotFoundError):
                if file.suffix != ".new":
                    found.append(msgspec.json.decode(file.read_bytes(), type=Started))
        return tuple(found)
