"""What is known of each container, so that only those are inspected of which there may be news."""

import threading
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
_NO_RESTART = ("", "no")


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

    @property
    def stays_down(self) -> bool:
        """Whether it runs and, once it ends, is not started again by Docker."""
        return self.inspected.restart_policy in _NO_RESTART and self.inspected.container.state is ContainerState.RUNNING

    def ended(self, end: EngineEvent) -> Container:
        """The container after its end."""
        return replace(
            self.inspected.container,
            state=ContainerState.EXITED,
            ports=(),
            exit_code=end.exit_code,
            ended_ms=end.at_ns // 1_000_000,
            check="",
        )

    def agrees(self, entry: dict[str, Any]) -> bool:
        """Whether the list shows it in the same state."""
        return self.inspected.container.state is ContainerState(entry["State"])


class Looks:
    """Each look is one list, and an inspection of what is new in it, of what was heard of, and of all once a minute."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._heard: set[str] = set()
        self._may_have_missed = False
        self._ends: dict[str, EngineEvent] = {}
        self._oom: set[str] = set()
        self._lock = threading.Lock()  # a look is in a thread, and events come meanwhile

    def hear(self, event: EngineEvent) -> None:
        """Something happened to a container, so the next look inspects it; or all, when events only begin to come."""
        with self._lock:
            match event.action:
                case "oom":
                    self._oom.add(event.container)
                case "die":
                    self._ends[event.container] = event
                case "start":
                    self._oom.discard(event.container)
                    self._ends.pop(event.container, None)
            if event.container:
                self._heard.add(event.container)
            else:
                self._may_have_missed = True

    def look(self, client: APIClient) -> list[Container]:
        """All containers. Blocks."""
        with self._lock:
            heard, self._heard = self._heard, set()
            ends, self._ends = self._ends, {}
            doubts, self._may_have_missed = self._may_have_missed, False
        before = {} if doubts else self._known
        now = time.monotonic()
        try:
            # The engine tells that a container has died while it still works on that, lists it as running meanwhile, and lets
            # an inspection wait. Of one that Docker does not start again, the event says all; it is inspected at the next look.
            ended = {
                id_: before[id_].ended(end) for id_, end in ends.items() if id_ in before and before[id_].stays_down
            }
            heard -= ended.keys()
            fresh = {one.container.id: one for one in inspect(client, heard)}
            entries = {entry["Id"]: entry for entry in client.containers(all=True)}
            known = {id_: one for id_, one in before.items() if id_ in entries and id_ not in heard}
            for id_, one in fresh.items():
                if id_ in entries:
                    known[id_] = _Known(inspected=one, status=entries[id_]["Status"], at=now)
            new = [
                id_
                for id_, entry in entries.items()
                if id_ not in ended
                and not (known[id_].agrees(entry) if id_ in fresh else id_ in known and known[id_].holds(entry, now))
            ]
            for id_ in new:  # one that is not there any more is shown as it was listed
                known.pop(id_, None)
            for one in inspect(client, new):
                known[one.container.id] = _Known(inspected=one, status=entries[one.container.id]["Status"], at=now)
        except BaseException:
            with self._lock:
                self._heard |= heard | ends.keys()
                self._may_have_missed |= doubts
            raise
        self._known = known
        with self._lock:
            self._oom &= entries.keys() | self._heard
            self._heard |= ended.keys() & entries.keys()
        return [self._with_oom(ended.get(id_) or _shown(entry, known.get(id_))) for id_, entry in entries.items()]

    def _with_oom(self, seen: Container) -> Container:
        was_oom = seen.exit_code == _KILLED and seen.id in self._oom and seen.state is not ContainerState.RUNNING
        return replace(seen, oom_killed=seen.oom_killed or was_oom)


def _shown(entry: dict[str, Any], known: _Known | None) -> Container:
    """A container as it was inspected. Where the list shows it in another state, the inspection is the newer one of both: the list
    alone tells neither since when that is so nor how often it was started again, and a crash loop would seem to be well."""
    container = listed(entry)
    if known is None:
        return container
    seen = known.inspected.container
    return replace(seen, ports=container.ports) if seen.state is container.state else seen


def inspect(client: APIClient, ids: Iterable[str]) -> list[Inspected]:
    """These containers in full, but for those that are no more. Blocks."""
    found = []
    for container in ids:
        try:
            found.append(inspected(client.inspect_container(container)))
        except NotFound:  # it went between the list and now
            continue
    return found
