"""Points of the work at which a test may end the program, or hold it."""

from collections.abc import Callable
from typing import TypeAlias

Reached: TypeAlias = Callable[[str], None]
"""Called with the name of a point when the work has come to it; from a thread where the work is in one."""


def unwatched(point: str) -> None:
    """Nobody is told."""
