"""A trap for a process: it comes to a named point, says so, and stays there until it is let go, or killed.

DIRECTORY/armed   the point, written by the test
DIRECTORY/caught  the point and the process, written by who stepped into it
DIRECTORY/go      made by the test: go on
DIRECTORY/trace   all points that were passed, in order
"""

import os
import time
from pathlib import Path

LOOK_S = 0.005


class Trap:
    """One trap, seen from the test and from the process. It catches once."""

    def __init__(self, directory: Path) -> None:
        self._armed = directory / "armed"
        self._caught = directory / "caught"
        self._go = directory / "go"
        self._trace = directory / "trace"

    # in the process

    def reached(self, point: str) -> None:
        """Note a point, and stay there when the trap is armed for it."""
        with self._trace.open("a") as trace:
            trace.write(f"{os.getpid()} {point}\n")
        if self._caught.exists() or self._text(self._armed) != point:
            return
        new = self._caught.with_suffix(".new")
        new.write_text(f"{os.getpid()} {point}")
        new.replace(self._caught)
        while not self._go.exists():
            time.sleep(LOOK_S)

    # in the test

    def arm(self, point: str) -> None:
        """Catch who comes to that point next."""
        for file in (self._caught, self._go, self._trace):
            file.unlink(missing_ok=True)
        self._armed.write_text(point)

    def disarm(self) -> None:
        """Catch nobody, and let go who is caught."""
        self._armed.unlink(missing_ok=True)
        self._go.touch()

    def who_is_caught(self) -> tuple[int, str] | None:
        """The process that is caught, and where."""
        process, _, point = self._text(self._caught).strip().partition(" ")
        return (int(process), point) if process else None

    def passed(self, process: int) -> list[str]:
        """The points that a process has passed since the trap was armed."""
        lines = (line.partition(" ") for line in self._text(self._trace).splitlines())
        return [point for number, _, point in lines if number == str(process)]

    def let_go(self) -> None:
        """Let go who is caught."""
        self._go.touch()

    @staticmethod
    def _text(file: Path) -> str:
        try:
            return file.read_text()
        except FileNotFoundError:
            return ""
