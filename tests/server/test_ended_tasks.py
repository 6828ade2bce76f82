"""Each end of a task is counted once."""

from dataclasses import replace

from composia.core.task import Order, Task, TaskKind, TaskState
from composia.server import ended_tasks
from composia.server.ended_tasks import EndedTasks

TASK = Task(
    id="t1",
    sequence=1,
    deployment="d1",
    service="web",
    node="a",
    order=Order(kind=TaskKind.DEPLOY, service="web", project="web"),
)


def test_a_task_that_had_ended_when_several_of_its_changes_were_read_counts_once() -> None:
    ended = EndedTasks()
    lost = replace(TASK, state=TaskState.LOST)
    for task in (TASK, lost, lost, replace(TASK, state=TaskState.FAILED), replace(lost, id="t2")):
        ended.take(task)

    assert ended.by_state() == {"lost": 2, "failed": 1}


def test_only_so_many_ends_are_remembered() -> None:
    ended = EndedTasks()
    for number in range(ended_tasks.REMEMBERED + 5):
        ended.take(replace(TASK, id=f"t{number}", state=TaskState.SUCCEEDED))

    assert len(ended._counted) == ended_tasks.REMEMBERED
    assert ended.by_state() == {"succeeded": ended_tasks.REMEMBERED + 5}
