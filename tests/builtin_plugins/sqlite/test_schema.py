import asyncio
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import apsw
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from composia.builtin_plugins.sqlite.queue import open_queue
from composia.builtin_plugins.sqlite.reading import Reading
from composia.builtin_plugins.sqlite.rows import deployment_row, task_row
from composia.builtin_plugins.sqlite.schema import connect, migrate
from composia.builtin_plugins.sqlite.sql import SQL, migrations
from composia.core.attempt import claimed
from composia.core.deployment import DeploymentState
from composia.core.line import first_in_line, may_start
from composia.core.task import Task, TaskState
from composia.errors import Conflict, NotPossible, Unavailable
from composia.plugins.put import new_deployment, new_tasks
from composia.plugins.queue import NewTask, TaskFilter
from composia.plugins.testing.work import NOW, deployment, order, put


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[apsw.Connection]:
    db = connect(tmp_path / "work.db")
    migrate(db, tmp_path / "work.db")
    yield db
    db.close()


@pytest.mark.anyio
async def test_a_directory_that_another_server_uses_is_refused_until_it_ends(tmp_path: Path) -> None:
    first = await open_queue(tmp_path)
    with pytest.raises(Conflict) as refused:
        await open_queue(tmp_path)
    assert (refused.value.message, refused.value.where) == (
        f"the data directory is in use by another server (process {os.getpid()})",
        str(tmp_path),
    )
    assert refused.value.hint
    await put(first, "r1", deployment())
    await first.close()
    second = await open_queue(tmp_path)
    assert len(await second.requested("r1")) == 1
    await second.close()


@pytest.mark.anyio
async def test_a_child_that_outlives_the_queue_does_not_hold_its_lock(tmp_path: Path) -> None:
    first = await open_queue(tmp_path)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE, close_fds=False
    )
    await first.close()
    second = await open_queue(tmp_path)
    await second.close()
    await child.communicate(b"\n")


@pytest.mark.anyio
async def test_data_of_a_newer_schema_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    queue = await open_queue(tmp_path)
    await queue.close()
    with apsw.Connection(str(tmp_path / "work.db")) as db:
        db.pragma("user_version", len(migrations()) + 1)
    db.close()
    for _ in range(2):  # the refusal lets go of the lock
        with pytest.raises(NotPossible, match="written by a newer Composia"):
            await open_queue(tmp_path)


@pytest.mark.anyio
async def test_a_file_that_is_no_database_is_refused_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "work.db").write_text("not a database, but long enough to be taken for one " * 100)
    with pytest.raises(Unavailable) as refused:
        await open_queue(tmp_path)
    assert refused.value.where == str(tmp_path / "work.db")


def test_a_migration_that_fails_leaves_the_schema_before_it(
    db: apsw.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = (*migrations(), "CREATE TABLE half (x INTEGER); SELECT * FROM missing;")
    monkeypatch.setattr("composia.builtin_plugins.sqlite.schema.migrations", lambda: scripts)
    with pytest.raises(apsw.SQLError):
        migrate(db, tmp_path / "work.db")
    assert db.pragma("user_version") == len(scripts) - 1
    assert db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").get == 0


@pytest.mark.anyio
async def test_data_of_the_first_schema_is_taken_over(tmp_path: Path) -> None:
    with apsw.Connection(str(tmp_path / "work.db")) as db:
        db.execute(migrations()[0])
        db.pragma("user_version", 1)
        db.execute(
            "INSERT INTO deployment VALUES (1, 'r1', 'deploy', 'web', '4f1c', 'succeeded', '{}', 0, 1, 0, 5, 'ada', 9, '')"
        )
        order = '{"kind": "deploy", "service": "web", "project": "web", "timeout_s": 1800.0}'
        for sequence, state, attempt, size in ((1, "succeeded", 3, 42), (2, "pending", 0, 0), (3, "failed", 1, 7)):
            db.execute(
                "INSERT INTO task VALUES (?, 1, 'web', ?, 'deploy', ?, ?, 20, 0, 5, 6, 9, 99, 0, 0, '', 2, ?, 0, NULL, '[]', ?)",
                (sequence, f"node-{sequence}", state, attempt, size, order),
            )
    db.close()

    queue = await open_queue(tmp_path)
    try:
        tasks = {task.id: task.outputs for task in (await queue.tasks(TaskFilter(), 9)).items}
        assert tasks == {"t1": (-1, -1, 42), "t2": (), "t3": (7,)}
        assert (await queue.task("t1")).order.timeouts.task_s == 1800
        first = await queue.deployment("d1")
        assert (first.retry_of, first.cancelled_by, first.notes) == ("", "", ())
    finally:
        await queue.close()


def test_migrations_are_numbered_without_a_gap() -> None:
    folder = files("composia.builtin_plugins.sqlite").joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir())
    assert [int(name[:4]) for name in names] == list(range(1, len(migrations()) + 1))


def whole_tables_read(db: apsw.Connection, statement: str) -> list[str]:
    """The tables of work that a statement goes through from one end to the other."""
    names = re.findall(r":(\w+)", statement)
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}", dict.fromkeys(names, 1))]
    return [step for step in plan if step in {f"SCAN {table}" for table in ("task", "deployment", "change", "release")}]


@pytest.mark.parametrize(
    "statement",
    [
        SQL["claimable"],
        f"{SQL['store_task']} {SQL['if_startable']}",
        SQL["changes"],
        SQL["due_deployments"],
        SQL["due_tasks"],
        SQL["live"],
        SQL["requested"],
        SQL["tasks_of_deployment"],
        SQL["waiting"],
        SQL["waiting_or_lost"],
        SQL["overtook"],
        SQL["ended_deployments"],
        SQL["tasks_of_deployments"],
        SQL["forget_changes"],
    ],
)
def test_what_is_asked_all_the_time_does_not_read_what_has_ended(db: apsw.Connection, statement: str) -> None:
    assert whole_tables_read(db, statement) == []


def test_two_live_tasks_of_one_instance_cannot_be_stored(db: apsw.Connection) -> None:
    new = deployment("node-a", "node-b")
    stored = new_deployment("r1", new, 1, NOW)
    db.execute(SQL["add_deployment"], deployment_row(stored))
    first, second = (
        claimed(replace(task, node="node-a"), server="s1", lease_ms=1, now_ms=NOW)
        for task in new_tasks(new, stored, 1, NOW)
    )
    db.execute(SQL["add_task"], task_row(first))
    with pytest.raises(apsw.ConstraintError):
        db.execute(SQL["add_task"], task_row(second))


@given(
    waiting=st.lists(
        st.tuples(
            st.sampled_from(["web", "db"]), st.sampled_from(list(TaskState)), st.integers(0, 1), st.integers(0, 1)
        ),
        max_size=5,
    ),
    state=st.sampled_from(DeploymentState),
    batch=st.integers(0, 1),
)
@settings(max_examples=50, deadline=None, database=None)
def test_the_view_and_the_rule_name_the_same_tasks(
    waiting: list[tuple[str, TaskState, int, int]], state: DeploymentState, batch: int
) -> None:
    new = replace(deployment(), tasks=tuple(NewTask(node="node-a", order=order(service=s)) for s, *_ in waiting))
    stored = replace(new_deployment("r1", deployment(), 1, NOW), state=state, batch=batch)
    tasks = [
        replace(task, state=state, batch=batch, priority=priority)
        for task, (_, state, batch, priority) in zip(new_tasks(new, stored, 1, NOW), waiting, strict=True)
    ]
    live = [task.service for task in tasks if task.state.live]
    assume(len(live) == len(set(live)))

    db = connect(Path(":memory:"))
    migrate(db, Path(":memory:"))
    db.execute(SQL["add_deployment"], deployment_row(stored))
    for task in tasks:
        db.execute(SQL["add_task"], task_row(task))
    paused = {stored.id} if stored.state is DeploymentState.PAUSED else set()
    expected = tuple(task for task in first_in_line(tasks, paused) if may_start(task, stored, NOW))
    assert Reading(db).claimable("node-a", NOW, 100) == expected
    claims = [task.id for task in tasks if task.state is TaskState.PENDING and could_claim(db, task)]
    assert sorted(claims) == sorted(task.id for task in expected)
    db.close()


def could_claim(db: apsw.Connection, task: Task) -> bool:
    """Whether the claim of a task changes it; it is rolled back."""
    db.execute("SAVEPOINT attempt")
    held = claimed(task, server="s1", lease_ms=1, now_ms=NOW)
    db.execute(f"{SQL['store_task']} {SQL['if_startable']}", task_row(held) | {"now_ms": NOW})
    changed = db.changes() == 1
    db.execute("ROLLBACK TO attempt")
    db.execute("RELEASE attempt")
    return changed
