"""What is known of each container, so that only those are inspected of which there may be news."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from docker import APIClient
from docker.errors import NotFound

from composia.builtin_plugins.compose.seen import Inspected, goes_on, inspected, listed
from composia.core.container import Container, ContainerState
from composia.plugins.executor_seeing import EngineEvent

_HOLDS_S = 60.0
"""How long at most an inspection counts, as an event may have been missed."""

_KILLED = 137


@dataclass(frozen=True, kw_only=True)
class _Known:
    """A container as inspected, with the status that the list gave it then, and when that was."""

    inspected: Inspected
    status: str
    at: float

    def holds(self, entry: dict[str, Any], now: float) -> bool:
        """Whether the list says nothing else of it now."""
        passed_s = now - self.at
        return passed_s < _HOLDS_S and self.agrees(entry) and goes_on(self.status, entry["Status"], passed_s)

    def agrees(self, entry: dict[str, Any]) -> bool:
        """Whether the list shows it in the same state."""
        return self.inspected.container.state is ContainerState(entry["State"])


class Looks:
    """Each look is one list, and an inspection of what is new in it, of what was heard of, and of all once a minute."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._heard: set[str] = set()
        self._may_have_missed = False
        self._oom: set[str] = set()

    def hear(self, event: EngineEvent) -> None:
        """Something happened to a container, so the next look inspects it; or all, when events only begin to come."""
        if event.action == "oom":
            self._oom.add(event.container)
        if event.action == "start":
            self._oom.discard(event.container)
        if event.container:
            self._heard.add(event.container)
        else:
            self._may_have_missed = True

    def look(self, client: APIClient) -> list[Container]:
        """All containers. Blocks."""
        heard, self._heard = self._heard, set()
        doubts, self._may_have_missed = self._may_have_missed, False
        before = {} if doubts else self._known
        now = time.monotonic()
        try:
            # The engine tells that a container has died while it still works on that, and lists it as running meanwhile; an
            # inspection waits for it.
            fresh = {one.container.id: one for one in inspect(client, heard)}
            entries = {entry["Id"]: entry for entry in client.containers(all=True)}
            known = {id_: one for id_, one in before.items() if id_ in entries and id_ not in heard}
            for id_, one in fresh.items():
                if id_ in entries:
                    known[id_] = _Known(inspected=one, status=entries[id_]["Status"], at=now)
            new = [
                id_
                for id_, entry in entries.items()
                if not (known[id_].agrees(entry) if id_ in fresh else id_ in known and known[id_].holds(entry, now))
            ]
            for one in inspect(client, new):
                known[one.container.id] = _Known(inspected=one, status=entries[one.container.id]["Status"], at=now)
        except BaseException:
            self._heard |= heard
            self._may_have_missed |= doubts
            raise
        self._known = known
        self._oom &= entries.keys()
        return [self._completed(listed(entry), known.get(id_)) for id_, entry in entries.items()]

    def _completed(self, container: Container, known: _Known | None) -> Container:
        if known is None or known.inspected.container.state is not container.state:
            return container
        seen = known.inspected.container
        was_oom = seen.exit_code == _KILLED and seen.id in self._oom and seen.state is not ContainerState.RUNNING
        return replace(seen, ports=container.ports, oom_killed=seen.oom_killed or was_oom)


def inspect(client: APIClient, ids: Iterable[str]) -> list[Inspected]:
    """These containers in full, but for those that are no more. Blocks."""
    found = []
    for container in ids:
        try:
            found.append(inspected(client.inspect_container(container)))
        except NotFound:  # it went between the list and now
            continue
    return found
