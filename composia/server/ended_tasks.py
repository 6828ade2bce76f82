"""How many tasks ended in each state since the server was started."""

from collections import Counter

from composia.core.task import Task

REMEMBERED = 10_000
"""Of so many ends it is known that they were counted; changes of one task come close together."""


class EndedTasks:
    """Counts each end once, for a change tells of its task as that is by now: it may have ended in several of them."""

    def __init__(self) -> None:
        self._ended: Counter[str] = Counter()
        self._counted: dict[tuple[str, str], None] = {}

    def take(self, task: Task) -> None:
        """A task as one of its changes tells of it."""
        end = (task.id, task.state.value)
        if not task.state.final or end in self._counted:
            return
        self._ended[task.state.value] += 1
        self._counted[end] = None
        if len(self._counted) > REMEMBERED:
            del self._counted[next(iter(self._counted))]

    def by_state(self) -> dict[str, int]:
        """How many, by the name of the state."""
        return dict(self._ended)
