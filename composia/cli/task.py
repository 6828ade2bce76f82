"""`composia task`."""

import asyncio
import secrets
import sys
from typing import Any

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.copying import copy_output
from composia.cli.counts import Count
from composia.cli.follow import follow_task
from composia.cli.lazy import LazyGroup
from composia.cli.output import detach_option, emit, output_option, print_error, print_table, state
from composia.cli.profile import load_profile
from composia.cli.started import finish, say_how_to_end, say_what_came_before
from composia.cli.times import Moment, span
from composia.core.task import Task, TaskKind, TaskState
from composia.errors import Unavailable
from composia.plugins.api import RetryRequest
from composia.plugins.queue import TaskFilter


@click.group(cls=LazyGroup)
def task() -> None:
    """Tasks: a deployment's part on one node."""


@task.command("list")
@click.option("--service", "services", multiple=True, metavar="NAME", help="Only of this service; repeatable.")
@click.option("--node", "nodes", multiple=True, metavar="NAME", help="Only on this node; repeatable.")
@click.option("--state", "states", multiple=True, type=click.Choice([s.value for s in TaskState]))
@click.option("--kind", "kinds", multiple=True, type=click.Choice([k.value for k in TaskKind]))
@click.option(
    "--since", type=Moment(), default=0, metavar="TIME", help="Only asked for since then: 2h, 2026-11-01T10:00."
)
@click.option("--until", type=Moment(), default=0, metavar="TIME", help="Only asked for before then.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--after", default="", metavar="KEY", help="Go on where a list ended.")
@output_option
def list_tasks(limit: int, after: str, output: str, **chosen: Any) -> None:
    """Tasks, newest first.

    \b
    Example:
      composia task list --node node-a --state failed
      composia task list --kind deploy --since 2h
    """
    which = TaskFilter(
        services=chosen["services"],
        nodes=chosen["nodes"],
        states=tuple(TaskState(text) for text in chosen["states"]),
        kinds=tuple(TaskKind(text) for text in chosen["kinds"]),
        since_ms=chosen["since"],
        until_ms=chosen["until"],
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
@detach_option
@output_option
def cancel(id_: str, detach: bool, output: str) -> None:
    """End a task. What runs is ended first, then the task is cancelled; it says what it has left.

    \b
    Example:
      composia task cancel t42
    """
    cancelled = ask(lambda server: server.cancel_task(id_))
    if not detach and not cancelled.state.final:
        try:
            cancelled = follow_task(load_profile(), cancelled)
        except (KeyboardInterrupt, Unavailable):
            click.echo(f"\ndetached, the cancel goes on; come back with: composia task show {id_}", err=True)
            raise
    emit(output, shapes.task_details(cancelled), lambda: _details(cancelled))
    say_how_to_end(cancelled)
    say_what_came_before(cancelled)
    if cancelled.state.final and cancelled.state is not TaskState.CANCELLED:
        raise click.exceptions.Exit(1)


@task.command()
@click.argument("id_", metavar="ID")
@detach_option
@output_option
def retry(id_: str, detach: bool, output: str) -> None:
    """Do a task again that has failed, was cancelled or is lost, by its stored order.

    \b
    Example:
      composia task retry t42
    """
    request = RetryRequest(request_id=secrets.token_hex(16), task=id_)
    finish(ask(lambda server: server.retry(request)), output, detach=detach)


@task.command()
@click.argument("id_", metavar="ID")
@click.option(
    "--as",
    "state_",
    required=True,
    type=click.Choice([TaskState.SUCCEEDED.value, TaskState.FAILED.value, TaskState.CANCELLED.value]),
    help="How it ended.",
)
@output_option
def resolve(id_: str, state_: str, output: str) -> None:
    """Say how a lost task ended, so that its deployment can end.

    \b
    Example:
      composia task resolve t42 --as succeeded
    """
    resolved = ask(lambda server: server.resolve_task(id_, TaskState(state_)))
    emit(output, shapes.task_details(resolved), lambda: _details(resolved))


@task.command()
@click.argument("id_", metavar="ID")
@click.option("-f", "--follow", is_flag=True, help="Wait for more until the task has ended.")
@click.option("--attempt", type=Count(), metavar="N", help="Of the Nth try alone; else of all.")
def logs(id_: str, follow: bool, attempt: int | None) -> None:
    """A task's output, byte for byte.

    \b
    Example:
      composia task logs -f t42
      composia task logs --attempt 1 t42
    """

    def write(data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    asyncio.run(copy_output(load_profile(), id_, only=attempt or 0, follow=follow, write=write))


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
    if t.cancel_requested and not t.state.final:
        click.echo("a cancel was asked for: its agent ends it")
    limits = {"task": t.order.timeouts.task_s} | {limit.step.value: limit.seconds for limit in t.order.timeouts.steps}
    click.echo("limits: " + ", ".join(f"{name} {span(seconds)}" for name, seconds in limits.items()))
    if len(t.outputs) > 1:
        sizes = ("length unknown" if size < 0 else f"{size} bytes" for size in t.outputs)
        click.echo("output: " + ", ".join(f"attempt {number} {size}" for number, size in enumerate(sizes, 1)))
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
