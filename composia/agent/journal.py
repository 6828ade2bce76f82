"""The journal of one attempt: what was ordered, what was reported, in a file that is only appended to.

Its directory also holds the attempt's `output`, and what the executor keeps to find a running child again.
"""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, TypeVar

import anyio.to_thread
import msgspec

from composia.core.release import Release
from composia.core.session import Accepted, Attempt, Finished, Report, Run, StepReport
from composia.durable import force_directory, make_private
from composia.points import Reached, unwatched

Told = TypeVar("Told")

LIFE = 1000
"""Report numbers that each life of the agent has for an attempt. A number that was used in an earlier life may be
unknown here (power loss takes reports that were not forced to disk) but known to the server, so it is never used again."""


class StopReason(StrEnum):
    """Why an attempt's work is ended before its own end."""

    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    FENCED = "fenced"


class _Given(msgspec.Struct, frozen=True, tag="given"):
    run: Run
    at_ms: int


class _Accepted(msgspec.Struct, frozen=True, tag="accepted"):
    number: int


class _Begun(msgspec.Struct, frozen=True, tag="begun"):
    last: Release | None


class _Step(msgspec.Struct, frozen=True, tag="step"):
    number: int
    step: StepReport


class _Stopped(msgspec.Struct, frozen=True, tag="stopped"):
    reason: StopReason


class _Finished(msgspec.Struct, frozen=True, tag="finished"):
    number: int
    finished: Finished


class _Acknowledged(msgspec.Struct, frozen=True, tag="acknowledged"):
    """The end was acknowledged; only output is still owed."""


_Line = _Given | _Accepted | _Begun | _Step | _Stopped | _Finished | _Acknowledged


@dataclass(eq=False, kw_only=True)
class AttemptJournal:
    """One attempt on disk. Methods that write return when it is written, and may be called from any thread;
    `reports` are those not acknowledged yet. What is not forced to disk (`begin`, `step`) takes no longer than a thread
    would take to begin: a loop calls it by `soon`."""

    FILE: ClassVar[str] = "journal.jsonl"

    directory: Path
    run: Run
    given_ms: int
    reports: list[Report] = field(default_factory=list)
    begun: bool = False
    last: Release | None = None
    stopped: StopReason | None = None
    finished: Finished | None = None
    acknowledged: bool = False
    _number: int = 0
    _at: dict[int, float] = field(default_factory=dict)
    _sealed: bool = False
    _reached: Reached = unwatched
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def attempt(self) -> Attempt:
        """Which attempt it is."""
        return self.run.attempt

    @property
    def output(self) -> Path:
        """The file that gets the attempt's output."""
        return self.directory / "output"

    @property
    def executor(self) -> Path:
        """The directory for what the executor keeps."""
        return self.directory / "executor"

    @classmethod
    def create(cls, directory: Path, run: Run, now_ms: int, reached: Reached = unwatched) -> "AttemptJournal":
        """Write an order down, with its acceptance as report 1; when this returns it survives power loss.

        `OSError` when it cannot be written, a full disk for one; then nothing of it is left.
        """
        reached("given")
        make_private(directory.parent)
        if directory.exists():  # a crash left it before the order was whole
            shutil.rmtree(directory)
        journal = cls(directory=directory, run=run, given_ms=now_ms, _reached=reached)
        try:
            journal._lay_out()
        except OSError:
            # what is not accepted must not be there after a restart: it may be another attempt's by then
            shutil.rmtree(directory, ignore_errors=True)
            raise
        reached("accepted")
        return journal

    def _lay_out(self) -> None:
        self.directory.mkdir(mode=0o700)
        self.executor.mkdir(mode=0o700)
        os.close(os.open(self.output, os.O_WRONLY | os.O_CREAT, 0o600))
        self._append(_Given(self.run, self.given_ms), _Accepted(1), durably=True)
        force_directory(self.directory)
        force_directory(self.directory.parent)

    @classmethod
    def read(cls, directory: Path, reached: Reached = unwatched) -> "AttemptJournal | None":
        """Take up a journal after a restart; None when its order was never written whole, so never accepted."""
        lines = list(_read_lines(directory / cls.FILE))
        if len(lines) < 2 or not isinstance(lines[0], _Given):
            return None
        journal = cls(directory=directory, run=lines[0].run, given_ms=lines[0].at_ms, _reached=reached)
        for line in lines:
            journal._apply(line)
        journal._number += LIFE - journal._number % LIFE
        journal._at.clear()
        return journal

    async def soon(self, write: Callable[[Told], None], told: Told) -> None:
        """Call one of the methods that force nothing to disk: at once, or in a thread while another one forces something."""
        if self._lock.locked():
            await anyio.to_thread.run_sync(write, told)
        else:
            write(told)

    def begin(self, last: Release | None) -> None:
        """Note that work begins, on top of that release; taken up again, it is on top of the same."""
        with self._lock:
            if not self.begun:
                self._append(_Begun(last))

    def step(self, step: StepReport) -> None:
        """Report a step."""
        with self._lock:
            self._append(_Step(self._number + 1, step))

    def stop(self, reason: StopReason) -> None:
        """Note that the work is to be ended; the first reason stays, unless the attempt is fenced."""
        with self._lock:
            if self.stopped is None or reason is StopReason.FENCED:
                self._append(_Stopped(reason), durably=True)
                self._reached("stopped")

    def finish(self, finished: Finished) -> None:
        """Report the end; when this returns it survives power loss, and the output with it."""
        with self.output.open("rb") as output:
            os.fsync(output.fileno())
        self._reached("ending")
        with self._lock:
            self._append(_Finished(self._number + 1, finished), durably=True)
        self._reached("finished")

    def told(self) -> tuple[Report, ...]:
        """The reports not acknowledged yet, with how long ago that was; of those of an earlier life nobody knows."""
        now = time.monotonic()
        return tuple(
            replace(report, ago_ms=round((now - self._at.get(report.number, now)) * 1000))
            for report in tuple(self.reports)
        )

    def ends_with(self, number: int) -> bool:
        """Whether the end, not acknowledged yet, is among the reports up to that number."""
        return any(report.number <= number and isinstance(report.body, Finished) for report in self.reports)

    def acknowledge(self, number: int) -> None:
        """Keep the reports up to that number no longer. That of the end is forced to disk."""
        with self._lock:
            known = [report for report in self.reports if report.number <= number]
            if any(isinstance(report.body, Finished) for report in known):
                self._settle()
                self._reached("acknowledged")
            self.reports = [report for report in self.reports if report.number > number]

    def disown(self) -> None:
        """Report nothing more of an attempt that has ended: somebody else's word holds."""
        with self._lock:
            self._settle()

    def _settle(self) -> None:
        try:
            self._append(_Acknowledged(), durably=True)
        except OSError:  # a full disk: the next life of the agent reports the end once more, which does no harm
            self._apply(_Acknowledged())

    def seal(self) -> None:
        """Write nothing more, whoever still means to."""
        with self._lock:
            self._sealed = True

    def remove(self) -> None:
        """Forget the attempt."""
        self.seal()
        gone = self.directory.with_name(f".{self.directory.name}.gone")
        self.directory.rename(gone)  # at once, so that no half of it is ever read
        shutil.rmtree(gone)

    def _append(self, *lines: _Line, durably: bool = False) -> None:
        if self._sealed:
            return
        text = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        descriptor = os.open(self.directory / self.FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _write(descriptor, text)
            if durably:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        for line in lines:
            self._apply(line)

    def _apply(self, line: _Line) -> None:
        match line:
            case _Given():
                pass
            case _Accepted():
                self._reported(line.number, Accepted())
            case _Begun():
                self.begun, self.last = True, line.last
            case _Step():
                self._reported(line.number, line.step)
            case _Stopped():
                self.stopped = line.reason
            case _Finished():
                self.finished = line.finished
                self._reported(line.number, line.finished)
            case _Acknowledged():
                self.acknowledged = True
                self.reports = []

    def _reported(self, number: int, body: Accepted | StepReport | Finished) -> None:
        self._number = number
        self._at[number] = time.monotonic()
        self.reports.append(Report(attempt=self.attempt, number=number, body=body))


def _write(descriptor: int, text: bytes) -> None:
    """Write all of it, or, on a full disk, nothing: what follows half a line could not be read."""
    size = os.fstat(descriptor).st_size
    try:
        while text:
            text = text[os.write(descriptor, text) :]
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def _read_lines(path: Path) -> Iterator[_Line]:
    """The whole lines of a journal; what follows them was being written when the power went, and is cut off."""
    if not path.exists():
        return
    decoder = msgspec.json.Decoder(_Line)
    whole = 0
    with path.open("r+b") as file:
        for text in file:
            try:
                line = decoder.decode(text) if text.endswith(b"\n") else None
            except msgspec.MsgspecError:
                line = None
            if line is None:
                file.truncate(whole)
                return
            whole += len(text)
            yield line


def read_journals(directory: Path, reached: Reached = unwatched) -> tuple[AttemptJournal, ...]:
    """All attempts that were accepted, in the order in which they were given; remains of others are removed."""
    journals = []
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        journal = None if path.name.startswith(".") else AttemptJournal.read(path, reached)
        if journal is None:
            shutil.rmtree(path)
        else:
            journals.append(journal)
    return tuple(sorted(journals, key=lambda journal: journal.given_ms))
