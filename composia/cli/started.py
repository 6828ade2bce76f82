"""What follows a request that changes something: follow it, print how it ended, and say it by the exit code."""

import click

from composia.cli import shapes
from composia.cli.follow import Progress, follow
from composia.cli.output import emit, print_error, print_table, short, state
from composia.cli.profile import load_profile
from composia.core.deployment import DeploymentState
from composia.core.task import Task, TaskState
from composia.errors import Unavailable
from composia.plugins.api import DeploymentView, Started


def finish(answer: Started, output: str, *, detach: bool, wanted: DeploymentState = DeploymentState.SUCCEEDED) -> None:
    """Follow and print; exits with 0 all `wanted`, 1 failed, 3 rolled back, 4 timed out, 5 conflict."""
    for skipped in answer.skipped:
        click.echo(f"{skipped.service}: left alone, {skipped.reason}", err=True)
    for view in answer.deployments:
        for refusal in view.refusals:
            click.echo(f"{view.deployment.service}: not on {refusal.node}, {refusal.reason}", err=True)
    if not detach and answer.deployments:
        try:
            answer = _with_progress(answer, follow(load_profile(), answer.deployments))
        except (KeyboardInterrupt, Unavailable):
            ids = " ".join(view.deployment.id for view in answer.deployments)
            click.echo(f"\ndetached, it goes on; come back with: composia deployment show {ids}", err=True)
            raise
    emit(output, shapes.started(answer), lambda: _table(answer))
    _say_what_a_person_can_do(answer)
    if not detach:
        raise click.exceptions.Exit(_exit_code(answer, wanted))


def _with_progress(answer: Started, progress: Progress) -> Started:
    views = tuple(
        DeploymentView(
            deployment=progress.deployments[view.deployment.id],
            tasks=tuple(t for t in progress.tasks.values() if t.deployment == view.deployment.id),
            refusals=view.refusals,
        )
        for view in answer.deployments
    )
    return Started(deployments=views, skipped=answer.skipped)


def _table(answer: Started) -> None:
    if not answer.deployments:
        click.echo("nothing to do")
        return
    print_table(
        ("DEPLOYMENT", "TASK", "SERVICE", "NODE", "STATE", "REVISION"),
        [
            (view.deployment.id, task.id, task.service, task.node, state(task.state), short(task.order.revision) or "-")
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


def _exit_code(answer: Started, wanted: DeploymentState) -> int:
    states = {view.deployment.state for view in answer.deployments}
    if states <= {wanted, DeploymentState.SUPERSEDED}:
        return 0
    if wanted is DeploymentState.CANCELLED:
        for view in answer.deployments:
            if view.deployment.state is not wanted:
                click.echo(f"{view.deployment.id} was not cancelled: it is {view.deployment.state}", err=True)
        return 1
    if DeploymentState.ROLLED_BACK in states:
        return 3
    codes = {task.error.code for view in answer.deployments for task in view.tasks if task.error}
    return 4 if "timed_out" in codes else 5 if "conflict" in codes else 1
