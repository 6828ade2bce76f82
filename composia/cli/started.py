"""What follows a request that changes something: follow it, print how it ended, and say it by the exit code."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.follow import Progress, follow
from composia.cli.lazy import EXIT_CODES, complain
from composia.cli.output import emit, print_error, print_table, short, state
from composia.cli.profile import load_profile
from composia.core.deployment import DeploymentState
from composia.core.task import Task, TaskState
from composia.errors import ComposiaError, NotFound, NotPossible, Unavailable
from composia.plugins.api import Started
from composia.plugins.transport import ServerConnection

Answer = TypeVar("Answer")


def ask_each(
    ids: Sequence[str], question: Callable[[ServerConnection, str], Awaitable[Answer]], output: str
) -> tuple[list[Answer], int]:
    """Ask the same of each of `ids`: the answers, and 0 or the exit code of the first refusal. One that is refused is
    said and does not keep the others from being asked; when all are, the first refusal is raised."""
    refusals: list[ComposiaError] = []

    async def ask_all(server: ServerConnection) -> list[Answer]:
        answers = []
        for id_ in dict.fromkeys(ids):
            try:
                answers.append(await question(server, id_))
            except (NotFound, NotPossible) as error:
                refusals.append(error)
        return answers

    answers = ask(ask_all)
    for error in refusals if answers else refusals[1:]:
        complain(error, as_json=output == "json")
    if refusals and not answers:
        raise refusals[0]
    return answers, EXIT_CODES.get(refusals[0].code, 1) if refusals else 0


def finish(
    answer: Started,
    output: str,
    *,
    detach: bool,
    wanted: DeploymentState = DeploymentState.SUCCEEDED,
    refused: int = 0,
    beside: shapes.Shape | None = None,
) -> None:
    """Follow and print, in data with what is `beside` it; exits with `refused` where something else was, or 0 all `wanted`, 1 failed, 3 rolled back,
    4 timed out, 5 conflict."""
    for skipped in answer.skipped:
        click.echo(f"{skipped.service}: left alone, {skipped.reason}", err=True)
    for view in answer.deployments:
        for refusal in view.refusals:
            click.echo(f"{view.deployment.service}: not on {refusal.node}, {refusal.reason}", err=True)
        for note in view.deployment.notes:
            click.echo(f"{view.deployment.service}: {note}", err=True)
    if not detach and answer.deployments:
        try:
            answer = _with_progress(answer, follow(load_profile(), answer.deployments))
        except (KeyboardInterrupt, Unavailable):
            ids = " ".join(view.deployment.id for view in answer.deployments)
            click.echo(f"\ndetached, it goes on; come back with: composia deployment show {ids}", err=True)
            raise
    emit(output, (beside or {}) | shapes.started(answer), lambda: _table(answer))
    _say_what_a_person_can_do(answer)
    code = 0 if detach else _exit_code(answer, wanted)
    raise click.exceptions.Exit(refused or code)


def _with_progress(answer: Started, progress: Progress) -> Started:
    views = tuple(
        replace(
            view,
            deployment=progress.deployments[view.deployment.id],
            tasks=tuple(t for t in progress.tasks.values() if t.deployment == view.deployment.id),
        )
        for view in answer.deployments
    )
    return Started(deployments=views, skipped=answer.skipped)


def _table(answer: Started) -> None:
    if not answer.deployments:
        click.echo("nothing to do")
        return
    print_table(
        ("DEPLOYMENT", "TASK", "KIND", "SERVICE", "NODE", "STATE", "REVISION"),
        [
            (
                view.deployment.id,
                task.id,
                task.kind,
                task.service,
                task.node,
                state(task.state),
                short(task.order.revision) or "-",
            )
            for view in answer.deployments
            for task in view.tasks
        ],
    )
    for view in answer.deployments:
        for task in view.tasks:
            if task.error:
                print_error(task)


def _say_what_a_person_can_do(answer: Started) -> None:
    for view in answer.deployments:
        id_ = view.deployment.id
        for task in view.tasks:
            say_how_to_end(task)
        if view.deployment.state is DeploymentState.PAUSED and any(not task.state.final for task in view.tasks):
            click.echo(f"{id_} is paused: {view.deployment.reason}", err=True)
            click.echo(f"  composia deployment resume {id_}   go on with the nodes that are left", err=True)
            click.echo(f"  composia deployment retry {id_}    do it all again but what has succeeded", err=True)
            click.echo(f"  composia deployment cancel {id_}   leave it at that", err=True)


def say_how_to_end(task: Task) -> None:
    """Say of a lost task what only a person can do about it."""
    if task.state is TaskState.LOST:
        click.echo(f"{task.id} is lost, nobody knows how it ended; say it, or have it done again:", err=True)
        click.echo(f"  composia task resolve {task.id} --as succeeded|failed", err=True)
        click.echo(f"  composia task retry {task.id}", err=True)


def say_what_came_before(task: Task) -> None:
    """Say of a task that was to be cancelled how it had ended before."""
    if task.state in (TaskState.SUCCEEDED, TaskState.FAILED):
        click.echo(f"{task.id} had {task.state} before it could be cancelled", err=True)
    elif task.state is TaskState.SUPERSEDED:
        click.echo(f"{task.id} was superseded before it could be cancelled", err=True)


def _exit_code(answer: Started, wanted: DeploymentState) -> int:
    states = {view.deployment.state for view in answer.deployments}
    if wanted is DeploymentState.CANCELLED:
        for view in answer.deployments:
            for task in view.tasks:
                say_what_came_before(task)
            if view.deployment.state is not wanted:
                click.echo(f"{view.deployment.id} is {view.deployment.state}, not cancelled", err=True)
        return 0 if states <= {wanted} else 1
    if states <= {wanted, DeploymentState.SUPERSEDED}:
        return 0
    if DeploymentState.ROLLED_BACK in states:
        return 3
    tasks = [task for view in answer.deployments for task in view.tasks]
    # what was superseded is a conflict by its code, and no failure
    codes = {task.error.code for task in tasks if task.error and task.state is not TaskState.SUPERSEDED}
    return 4 if "timed_out" in codes else 5 if "conflict" in codes else 1
