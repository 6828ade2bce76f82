"""What is read, inside one snapshot of the store."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import apsw
import msgspec

from composia.builtin_plugins.sqlite.rows import (
    Binding,
    deployment_of,
    from_json,
    number,
    task_of,
    to_json,
)
from composia.builtin_plugins.sqlite.sql import SQL
from composia.core.deployment import Deployment
from composia.core.intent import Drain, Intent, Pause
from composia.core.node import Node, Seen
from composia.core.release import Release
from composia.core.revision import RepositoryState
from composia.core.schedule import ScheduleState
from composia.core.task import Task, TaskState
from composia.errors import NotFound
from composia.plugins.paging import page_of, page_start
from composia.plugins.queue import AuditEntry, Change, DeploymentFilter, Page, Stored, TaskFilter

log = logging.getLogger(__name__)


class Reading:
    """Reads through a connection that nobody else uses meanwhile."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def database(self) -> str:
        """The name of the store."""
        return str(self._one("database"))

    # work

    def deployment(self, deployment: str) -> Deployment:
        """`NotFound` for an unknown id."""
        row = self._rows("deployment", sequence=number("d", deployment)).fetchone()
        if row is None:
            raise NotFound(f"no deployment {deployment}")
        return deployment_of(row)

    def last_deployments(self) -> tuple[Deployment, ...]:
        """Of each service the deployment that was put last, by service."""
        return tuple(map(deployment_of, self._rows("last_deployments")))

    def task(self, task: str) -> Task:
        """`NotFound` for an unknown id."""
        row = self._rows("task", sequence=number("t", task)).fetchone()
        if row is None:
            raise NotFound(f"no task {task}")
        return task_of(row)

    def tasks_of(self, deployment: Deployment) -> tuple[Task, ...]:
        """The tasks of a deployment, by sequence."""
        return self._tasks("tasks_of_deployment", deployment=deployment.sequence)

    def overtook(self, task: Task) -> Task | None:
        """The newest task of its instance that was put after it and has begun."""
        found = self._tasks("overtook", node=task.node, service=task.service, sequence=task.sequence)
        return found[0] if found else None

    def requested(self, request_id: str) -> tuple[Stored, ...]:
        """What was put with that request id."""
        deployments = [deployment_of(row) for row in self._rows("requested", request_id=request_id)]
        return tuple(Stored(deployment=deployment, tasks=self.tasks_of(deployment)) for deployment in deployments)

    def claimable(self, node: str, now_ms: int, limit: int) -> tuple[Task, ...]:
        """The tasks of a node that may be claimed, in the order of their line."""
        return self._tasks("claimable", node=node, now_ms=now_ms, limit=limit)

    def live(self) -> tuple[Task, ...]:
        """All tasks under a lease, by sequence."""
        return self._tasks("live")

    def waiting(self) -> tuple[Task, ...]:
        """All pending tasks, by sequence."""
        return self._tasks("waiting")

    # lists

    def deployments(self, which: DeploymentFilter, limit: int, after: str) -> Page[Deployment]:
        """Newest first."""
        conditions = {"deployment_services": which.services, "deployment_open": which.open_only}
        below = page_start(limit, after)
        rows = self._list("deployments_where", conditions, limit, below, services=to_json(which.services))
        return page_of([(deployment.sequence, deployment) for deployment in map(deployment_of, rows)], limit)

    def tasks(self, which: TaskFilter, limit: int, after: str) -> Page[Task]:
        """Newest first."""
        narrow = {
            "task_services": which.services,
            "task_nodes": which.nodes,
            "task_states_without_succeeded": which.states if TaskState.SUCCEEDED not in which.states else (),
            "task_deployment": which.deployment,
        }
        below = page_start(limit, after)
        if which.until_ms:
            below = min(below, self._one("newest_before", until_ms=which.until_ms) + 1)
        few, kinds = any(narrow.values()), tuple(dict.fromkeys(which.kinds))
        conditions = narrow | {
            "task_states": which.states if TaskState.SUCCEEDED in which.states else (),
            "task_kinds": kinds if few else (),
            "task_since": which.since_ms,
            "task_until": which.until_ms,
        }
        rows = self._list(
            "tasks_where",
            conditions,
            limit,
            below,
            one_of=() if few else [SQL["task_kind"].format(at=at) for at in range(len(kinds))],
            services=to_json(which.services),
            nodes=to_json(which.nodes),
            states=to_json(which.states),
            kinds=to_json(kinds),
            deployment=number("d", which.deployment),
            since_ms=which.since_ms,
            until_ms=which.until_ms,
        )
        return page_of([(task.sequence, task) for task in map(task_of, rows)], limit)

    def _list(
        self,
        select: str,
        conditions: Mapping[str, object],
        limit: int,
        below: int,
        *,
        one_of: Sequence[str] = (),
        **values: Binding,
    ) -> apsw.Cursor:
        """The newest that meet all conditions, and where there are some in `one_of`, one of those: each is asked by itself."""
        where = " AND ".join([SQL[select], *(SQL[name] for name, asked in conditions.items() if asked)])
        newest = SQL["newest_first"]
        lists = [f"{where} AND {one}" for one in one_of] or [where]
        statement = " UNION ALL ".join(SQL["list"].format(newest=f"{one} {newest}") for one in lists)
        return self._db.execute(f"{statement} {newest}", {**values, "below": below, "limit": limit + 1})

    # changes

    def last_change(self) -> int:
        """The number of the newest change."""
        return int(self._one("last_change"))

    def first_change(self) -> int:
        """The number of the oldest change that is kept."""
        return int(self._one("first_change"))

    def changes(self, after: int, limit: int) -> list[Change]:
        """Up to `limit` changes with a number above `after`, each with what changed as it is now."""
        found = []
        for change, deployment, task in self._rows("changes", after=after, limit=limit):
            if deployment is not None:
                found.append(Change(number=change, deployment=self.deployment(f"d{deployment}")))
            else:
                found.append(Change(number=change, task=self.task(f"t{task}")))
        return found

    # what a person wants, what was released, who is there

    def intents(self) -> tuple[Intent, ...]:
        """All intents, by service and node."""
        return tuple(
            Intent(service=service, node=node, stopped=True, since_ms=since_ms, by=by)
            for service, node, since_ms, by in self._rows("intents")
        )

    def drains(self) -> tuple[Drain, ...]:
        """The nodes on which nothing new is to be placed, by name."""
        return tuple(Drain(node=node, since_ms=since_ms, by=by) for node, since_ms, by in self._rows("drains"))

    def pauses(self) -> tuple[Pause, ...]:
        """The nodes on which no task is to begin, by name."""
        return tuple(Pause(node=node, since_ms=since_ms, by=by) for node, since_ms, by in self._rows("pauses"))

    def schedules(self) -> tuple[ScheduleState, ...]:
        """What is kept of all schedules, by name."""
        return tuple(from_json(text, ScheduleState) for (text,) in self._rows("schedules"))

    def releases(self, service: str) -> tuple[Release, ...]:
        """The last release of each instance."""
        return tuple(from_json(text, Release) for (text,) in self._rows("releases", service=service))

    def good_releases(self, service: str) -> tuple[Release, ...]:
        """The last good release of each instance."""
        return tuple(from_json(text, Release) for (text,) in self._rows("good_releases", service=service))

    def kept_bundles(self) -> frozenset[str]:
        """The bundles of open tasks and of kept releases."""
        return frozenset(digest for (digest,) in self._rows("kept_bundles") if digest)

    def nodes(self) -> tuple[Node, ...]:
        """All nodes, by name."""
        return tuple(from_json(text, Node) for (text,) in self._rows("nodes"))

    def repository(self) -> RepositoryState | None:
        """The last saved state of the repository."""
        row = self._rows("repository").fetchone()
        return from_json(row[0], RepositoryState) if row else None

    def seen(self) -> dict[str, Seen]:
        """The last saved picture of each node. One that cannot be read is left out: the agent sends another one."""
        found = {}
        for node, text in self._rows("seen"):
            try:
                found[node] = from_json(text, Seen)
            except msgspec.DecodeError as error:
                log.warning("what was seen of a node cannot be read", extra={"node": node, "reason": str(error)})
        return found

    def audit(self, limit: int, after: str) -> Page[AuditEntry]:
        """Newest first."""
        rows = self._rows("audit", below=page_start(limit, after), limit=limit + 1)
        found = [
            (number, AuditEntry(at_ms=at_ms, by=by, action=action, target=target, text=text))
            for number, at_ms, by, action, target, text in rows
        ]
        return page_of(found, limit)

    # statements

    def _rows(self, name: str, /, **values: Binding) -> apsw.Cursor:
        return self._db.execute(SQL[name], values)

    def _one(self, name: str, **values: Binding) -> Any:
        return self._rows(name, **values).get

    def _tasks(self, name: str, **values: Binding) -> tuple[Task, ...]:
        return tuple(map(task_of, self._rows(name, **values)))
