"""Lists of tasks: what a page costs does not grow with the tasks that are not on it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from composia.builtin_plugins.sqlite.reading import Reading
from composia.builtin_plugins.sqlite.rows import deployment_row, task_row
from composia.builtin_plugins.sqlite.schema import connect, migrate
from composia.builtin_plugins.sqlite.sql import SQL
from composia.core.task import TaskKind, TaskState
from composia.plugins.put import new_deployment, new_tasks
from composia.plugins.queue import TaskFilter
from composia.plugins.testing.work import NOW, deployment, order

MANY = 2_000
MINUTE_MS = 60_000


@pytest.fixture
def db() -> Iterator[apsw.Connection]:
    """A store with a task a minute, all deploys that succeeded but for the first ten."""
    db = connect(Path(":memory:"))
    migrate(db, Path(":memory:"))
    new = deployment()
    stored = new_deployment("r1", new, 1, NOW)
    db.execute(SQL["add_deployment"], deployment_row(stored))
    (task,) = new_tasks(new, stored, 1, NOW)
    with db:
        for number in range(MANY):
            kind = (TaskKind.STOP, TaskKind.START)[number % 2] if number < 10 else TaskKind.DEPLOY
            state = TaskState.FAILED if number in (3, 1000) else TaskState.SUCCEEDED
            one = replace(
                task,
                sequence=number + 1,
                id=f"t{number + 1}",
                order=order(kind),
                state=state,
                created_ms=NOW + number * MINUTE_MS,
            )
            db.execute(SQL["add_task"], task_row(one))
    yield db
    db.close()


@pytest.mark.parametrize(
    ("which", "found"),
    [
        (TaskFilter(kinds=(TaskKind.STOP,)), [9, 7, 5, 3]),
        (TaskFilter(kinds=(TaskKind.START, TaskKind.STOP, TaskKind.START)), [10, 9, 8, 7]),
        (TaskFilter(kinds=(TaskKind.PRUNE,)), []),
        (TaskFilter(kinds=(TaskKind.STOP, TaskKind.DEPLOY)), [2000, 1999, 1998, 1997]),
        (TaskFilter(since_ms=NOW + (MANY - 2) * MINUTE_MS), [2000, 1999]),
        (TaskFilter(since_ms=NOW + MANY * MINUTE_MS), []),
        (TaskFilter(until_ms=NOW + 3 * MINUTE_MS), [3, 2, 1]),
        (TaskFilter(since_ms=NOW + 900 * MINUTE_MS, until_ms=NOW + 902 * MINUTE_MS), [902, 901]),
        (TaskFilter(kinds=(TaskKind.DEPLOY,), states=(TaskState.FAILED,)), [1001]),
        (TaskFilter(kinds=(TaskKind.STOP,), states=(TaskState.SUCCEEDED, TaskState.FAILED)), [9, 7, 5, 3]),
    ],
)
def test_a_page_is_found_without_reading_the_tasks_that_are_not_on_it(
    which: TaskFilter, found: list[int], db: apsw.Connection
) -> None:
    assert [task.sequence for task in Reading(db).tasks(which, 4, "").items] == found
    assert pages_read(db, lambda: Reading(db).tasks(which, 4, "")) < 40


def test_the_last_deployments_of_services_are_found_without_reading_those_before(db: apsw.Connection) -> None:
    with db:
        for number in range(2, MANY):
            stored = new_deployment("r2", deployment(service=f"s{number % 3}"), number, NOW)
            db.execute(SQL["add_deployment"], deployment_row(stored))
    found = [(last.service, last.sequence) for last in Reading(db).last_deployments()]
    assert found == [("s0", 1998), ("s1", 1999), ("s2", 1997), ("web", 1)]
    assert pages_read(db, Reading(db).last_deployments) < 60


def pages_read(db: apsw.Connection, read: Callable[[], object]) -> int:
    """How many pages of the file are looked at for an answer; all tasks, and all deployments, are on hundreds."""
    before = sum(db.status(kind)[0] for kind in (apsw.SQLITE_DBSTATUS_CACHE_HIT, apsw.SQLITE_DBSTATUS_CACHE_MISS))
    read()
    after = sum(db.status(kind)[0] for kind in (apsw.SQLITE_DBSTATUS_CACHE_HIT, apsw.SQLITE_DBSTATUS_CACHE_MISS))
    return after - before
