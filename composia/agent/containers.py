"""The containers of a node, put together of looks at all of them and of what attempts have seen of their own projects."""

from composia.core.container import Container
from composia.plugins.executor import Seen

NEVER = float("-inf")


class Containers:
    """Of each container the newest that was seen, by when a look began. If another one that began a little before saw more, the
    engine has told of that, and the next look shows it."""

    def __init__(self) -> None:
        self._all: tuple[Container, ...] = ()
        self._looked_s = NEVER
        self._newer: dict[str, Seen] = {}

    @property
    def now(self) -> tuple[Container, ...]:
        """All of them, by name."""
        rest = (container for container in self._all if container.project not in self._newer)
        newer = (container for seen in self._newer.values() for container in seen.containers)
        return tuple(sorted((*rest, *newer), key=lambda container: container.name))

    def take(self, everything: Seen) -> None:
        """All were looked at; what an attempt saw while that was under way is newer."""
        self._newer = {project: seen for project, seen in self._newer.items() if seen.at_s > everything.at_s}
        self._all, self._looked_s = everything.containers, everything.at_s

    def take_project(self, project: str, seen: Seen) -> None:
        """An attempt has seen all of its project."""
        if seen.at_s > self._looked_s:
            self._newer[project] = seen
