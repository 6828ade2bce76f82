"""What the matrix prints: who died at which step, how often the work was tried, and how long it took in all."""

from collections.abc import Callable, Sequence

import pytest

from composia.core.task import Task, TaskKind, TaskState
from tests.e2e.matrix.cells import CANNOT_BE, CELLS, STEPS, Cell, Victim

Record = Callable[[str, object], None]
"""Pytest's `record_property`: what is recorded reaches the report from whichever process plays a cell."""


def begin(record: Record, cell: Cell) -> None:
    """A cell is being played; it has failed unless its end is recorded."""
    record("cell", str(cell))


def end(record: Record, task: Task, seconds: float) -> None:
    """Every promise held in the cell."""
    ended = "" if task.state is TaskState.SUCCEEDED else f" {task.state}"
    record("went", f"ok{ended} {task.attempt}x {seconds:.0f}s")


class Report:
    """The cells that were played, and how it went; `seed` is the one that chose them."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.played: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hear how a cell went."""
        said = dict(report.user_properties)
        if report.when == "call" and "cell" in said:
            self.played[str(said["cell"])] = str(said.get("went", "FAILED"))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the matrix."""
        if self.played:
            terminalreporter.section(f"crash matrix, --matrix-seed {self.seed}")
            for line in self.lines():
                terminalreporter.write_line(line)

    def lines(self) -> list[str]:
        """The matrix as text: the number of attempts and the seconds of each cell that was played."""
        lines = ["ok, how often it was tried, how long it took; . is not played this time"]
        for kind, steps in ((TaskKind.DEPLOY, STEPS), (TaskKind.RESTART, ("accepted", "restart"))):
            cells = {(cell.victim, cell.step): str(cell) for cell in CELLS if cell.kind == kind}
            lines.append(_row(kind, steps))
            for victim in Victim:
                row = (cells[victim, step] for step in steps)
                lines.append(_row(victim, [self.played.get(cell, CANNOT_BE.get(cell, ".")) for cell in row]))
        return [*lines, *(f"{name}: {reason}" for name, reason in CANNOT_BE.items())]


def _row(head: str, cells: Sequence[str]) -> str:
    return f"{head:14}" + "".join(f"{cell:>16}" for cell in cells)
