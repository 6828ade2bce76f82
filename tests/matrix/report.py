"""What the matrix prints: who died at which step, how often the work was tried, and how long it took in all."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from composia.core.task import Task, TaskKind, TaskState
from tests.matrix.cells import CANNOT_BE, CELLS, STEPS, Cell, Victim


@dataclass
class Report:
    """The cells that were played, and how it went."""

    played: dict[Cell, str] = field(default_factory=dict)

    def begin(self, cell: Cell) -> None:
        """A cell is being played; it has failed unless it is added."""
        self.played[cell] = "FAILED"

    def add(self, cell: Cell, task: Task, seconds: float) -> None:
        """A cell in which every promise held."""
        ended = "" if task.state is TaskState.SUCCEEDED else f" {task.state}"
        self.played[cell] = f"ok{ended} {task.attempt}x {seconds:.0f}s"

    def lines(self) -> list[str]:
        """The matrix as text: the number of attempts and the seconds of each cell that was played."""
        lines = ["ok, how often it was tried, how long it took; . is not played this time"]
        for kind, steps in ((TaskKind.DEPLOY, STEPS), (TaskKind.RESTART, ("accepted", "restart"))):
            cells = {(cell.victim, cell.step): cell for cell in CELLS if cell.kind == kind}
            lines.append(_row(kind, steps))
            for victim in Victim:
                row = (cells[victim, step] for step in steps)
                lines.append(_row(victim, [self.played.get(cell, CANNOT_BE.get(str(cell), ".")) for cell in row]))
        return [*lines, *(f"{name}: {reason}" for name, reason in CANNOT_BE.items())]


def _row(head: str, cells: Sequence[str]) -> str:
    return f"{head:14}" + "".join(f"{cell:>16}" for cell in cells)
