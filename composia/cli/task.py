"""`composia task`."""

import sys

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.lazy import LazyGroup
from composia.cli.output import emit, output_option, print_error, print_table, state
from composia.core.task import Task, TaskKind, TaskState
from composia.plugins.queue import TaskFilter
from composia.plugins.transport import ServerConnection


@click.group(cls=LazyGroup)
def task() -> None:
    """Tasks: a deployment's part on one node."""


@task.command("list")
@click.option("--service", "services", multiple=True, metavar="NAME", help="Only of this service; repeatable.")
@click.option("--node", "nodes", multiple=True, metavar="NAME", help="Only on this node; repeatable.")
@click.option("--state", "states", multiple=True, type=click.Choice([s.value for s in TaskState]))
@click.option("--kind", "kinds", multiple=True, type=click.Choice([k.value for k in TaskKind]))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--after", default="", metavar="KEY", help="Go on where a list ended.")
@output_option
def list_tasks(
    services: tuple[str, ...],
    nodes: tuple[str, ...],
    states: tuple[str, ...],
    kinds: tuple[str, ...],
    limit: int,
    after: str,
    output: str,
) -> None:
    """Tasks, newest first.

    \b
    Example:
      composia task list --node node-a --state failed
    """
    which = TaskFilter(
        services=services,
        nodes=nodes,
        states=tuple(TaskState(s) for s in states),
        kinds=tuple(TaskKind(k) for k in kinds),
    )
    page = ask(lambda server: server.list_tasks(which, limit, after))
    data = {"tasks": [shapes.task(t) for t in page.items], "next": page.next or None}
    emit(output, data, lambda: _table(page.items, page.next))


@task.command()
@click.argument("id_", metavar="ID")
@output_option
def show(id_: str, output: str) -> None:
    """One task with its steps.

    \b
    Example:
      composia task show t42
    """
    found = ask(lambda server: server.get_task(id_))
    emit(output, shapes.task_details(found), lambda: _details(found))


@task.command()
@click.argument("id_", metavar="ID")
@click.option("-f", "--follow", is_flag=True, help="Wait for more until the task has ended.")
def logs(id_: str, follow: bool) -> None:
    """A task's output, byte for byte.

    \b
    Example:
      composia task logs -f t42
    """

    async def copy(server: ServerConnection) -> None:
        async for chunk in server.task_output(id_, follow=follow, attempt=0, offset=0):
            sys.stdout.buffer.write(chunk.data)
            sys.stdout.buffer.flush()

    ask(copy)


def _table(tasks: tuple[Task, ...], after: str) -> None:
    print_table(
        ("ID", "DEPLOYMENT", "SERVICE", "NODE", "KIND", "STATE", "ATTEMPT", "CREATED", "NOTES"),
        [
            (
                t.id,
                t.deployment,
                t.service,
                t.node,
                t.kind,
                state(t.state),
                t.attempt,
                shapes.time(t.created_ms),
                f"waiting: {t.waiting}" if t.waiting else t.error or "",
            )
            for t in tasks
        ],
    )
    if after:
        click.echo(f"more: --after {after}", err=True)


def _details(t: Task) -> None:
    click.echo(f"{t.id}  {t.kind} {t.service} on {t.node}  {state(t.state)}  attempt {t.attempt}")
    if t.waiting:
        click.echo(f"waiting: {t.waiting}")
    if t.steps:
        print_table(
            ("STEP", "STATE", "TOOK", "NOTE"),
            [
                (s.name, state(s.state), f"{s.duration_ms / 1000:.1f}s" if s.duration_ms else "-", s.note)
                for s in t.steps
            ],
        )
    if t.error:
        print_error(t)
