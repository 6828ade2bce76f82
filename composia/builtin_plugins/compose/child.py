"""A call of a program that outlives the agent: a session of its own, all that is known of it in files.

DIRECTORY/offset    how long the file for its messages was before
DIRECTORY/boot      since which start of the machine that holds
DIRECTORY/process   who runs it: the line of /proc/PID/stat
DIRECTORY/exit      the exit code, once it has ended
DIRECTORY/ended     why we ended it, if we did: the code of an error and its message
"""

import logging
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread

from composia.builtin_plugins.compose.process import Process

log = logging.getLogger(__name__)

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SCRIPT = """
journal=$1 out=$2 messages=$3 memory=$4
shift 4
(
  trap : TERM INT HUP
  read -r me </proc/self/stat && echo "$me" >"$journal/process.$$" || exit
  ln "$journal/process.$$" "$journal/process" || exit
  exec >/dev/null 2>&1
  ulimit -v "$memory"
  "$@" >>"$out" 2>>"$messages"
  echo $? >"$journal/exit"
) &
"""
"""Starts the program in the background and is done. Whoever makes the file `process` runs it; a second one, started
because the first was not seen in time, goes away. The shell itself outlives a TERM, to write down the exit code; it
keeps its standard output open until the file is there."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What to run. `out` gets what it prints, `messages` what it prints to stderr; `memory_mib` limits its address
    space; None is no limit."""

    words: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    out: Path
    messages: Path
    memory_mib: int | None = None


class Child:
    """One call, by its directory in the journal. Made again after a restart, it is the same call."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal

    @property
    def begun(self) -> bool:
        """Whether the program was started, in this life of the agent or an earlier one."""
        return (self._journal / "process").exists()

    @property
    def offset(self) -> int:
        """Where in the file for messages those of this call begin."""
        return int((self._journal / "offset").read_text())

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while it runs, and for ever when it was interrupted."""
        try:
            written = (self._journal / "exit").read_text()
        except FileNotFoundError:
            return None
        return int(written) if written.endswith("\n") else None

    @property
    def ended_for(self) -> str:
        """Why we ended it; empty when we did not."""
        try:
            return (self._journal / "ended").read_text()
        except FileNotFoundError:
            return ""

    async def start(self, call: Call) -> None:
        """Start the program, unless it was started before."""
        if self.begun:
            return
        self._journal.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in (call.out, call.messages):
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        (self._journal / "offset").write_text(str(call.messages.stat().st_size))
        (self._journal / "boot").write_text(_boot())
        await anyio.to_thread.run_sync(self._spawn, call)

    async def ended(self) -> int | None:
        """Wait for the end. The exit code, or None when it was interrupted; then nothing of it is left either."""
        process = self._process()
        if process is None:  # the machine went down
            return self.exit_code
        await process.ended()
        if self.exit_code is None:
            await process.end_group(0.0)
        return self.exit_code

    def age_s(self) -> float:
        """Seconds since it was started."""
        process = self._process()
        return process.age_s if process else 0.0

    async def end(self, grace_s: float, reason: str) -> bool:
        """End its whole process group: TERM, grace, KILL. Return when nothing of it runs any more, with whether it was us
        who ended it."""
        process = self._process()
        if process is None or self.exit_code is not None or not process.members():
            return False
        try:
            (self._journal / "ended").write_text(reason)
        except OSError as error:  # another life of the agent will not know why; it is ended all the same
            log.error("reason not written", extra={"call": str(self._journal), "reason": str(error)})  # noqa: TRY400
        await process.end_group(grace_s)
        return True

    def _spawn(self, call: Call) -> None:
        memory = "unlimited" if call.memory_mib is None else str(call.memory_mib * 1024)
        subprocess.run(
            ["/bin/sh", "-c", _SCRIPT, "composia-call", self._journal, call.out, call.messages, memory, *call.words],
            env=dict(call.environment),
            cwd=call.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=True,
        )

    def _process(self) -> Process | None:
        """None when nothing can run of it any more, whoever has its number now."""
        try:
            line = (self._journal / "process").read_text()
            boot = (self._journal / "boot").read_text()
        except FileNotFoundError:
            return None
        return Process.parsed(line) if line.endswith("\n") and boot == _boot() else None


def _boot() -> str:
    return _BOOT.read_text()
