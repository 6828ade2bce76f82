"""`composia deployment`."""

import secrets
from collections.abc import Awaitable, Iterator

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.lazy import LazyGroup
from composia.cli.output import detach_option, emit, output_option, print_error, print_table, short, state
from composia.cli.started import ask_each, finish
from composia.cli.words import harmless
from composia.core.deployment import DeploymentState
from composia.plugins.api import DeploymentView, RetryRequest, Started
from composia.plugins.queue import DeploymentFilter
from composia.plugins.transport import ServerConnection


@click.group(cls=LazyGroup)
def deployment() -> None:
    """Deployments: one requested operation on a service over its nodes."""


@deployment.command("list")
@click.option("--service", "services", multiple=True, metavar="NAME", help="Only of this service; repeatable.")
@click.option("--open", "open_only", is_flag=True, help="Only those that have not ended.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--after", default="", metavar="KEY", help="Go on where a list ended.")
@output_option
def list_deployments(services: tuple[str, ...], open_only: bool, limit: int, after: str, output: str) -> None:
    """Deployments, newest first.

    \b
    Example:
      composia deployment list --open
      composia deployment list --service web -o json
    """
    which = DeploymentFilter(services=services, open_only=open_only)
    page = ask(lambda server: server.list_deployments(which, limit, after))
    data = {"deployments": [shapes.deployment(view) for view in page.items], "next": page.next or None}
    emit(output, data, lambda: _table(page.items, page.next))


@deployment.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@output_option
def show(ids: tuple[str, ...], output: str) -> None:
    """Deployments with their tasks.

    \b
    Example:
      composia deployment show d42
    """

    async def get(server: ServerConnection) -> list[DeploymentView]:
        return [await server.get_deployment(id_) for id_ in ids]

    views = ask(get)
    emit(output, {"deployments": [shapes.deployment(view) for view in views]}, lambda: _details(views))


@deployment.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@detach_option
@output_option
def cancel(ids: tuple[str, ...], detach: bool, output: str) -> None:
    """End deployments: at once what waits, then what runs. What has ended well stays as it is.

    \b
    Example:
      composia deployment cancel d42
    """
    views, refused = ask_each(ids, lambda server, id_: server.cancel_deployment(id_), output)
    answer = Started(deployments=tuple(views))
    finish(answer, output, detach=detach, wanted=DeploymentState.CANCELLED, refused=refused)


@deployment.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@output_option
def pause(ids: tuple[str, ...], output: str) -> None:
    """Let nothing more of deployments begin; what runs goes on.

    \b
    Example:
      composia deployment pause d42
    """
    views, refused = ask_each(ids, lambda server, id_: server.pause_deployment(id_), output)
    emit(output, {"deployments": [shapes.deployment(view) for view in views]}, lambda: _details(views))
    raise click.exceptions.Exit(refused)


@deployment.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@detach_option
@output_option
def resume(ids: tuple[str, ...], detach: bool, output: str) -> None:
    """Let paused deployments go on with the nodes that are left, past what has failed.

    \b
    Example:
      composia deployment resume d42
    """
    views, refused = ask_each(ids, lambda server, id_: server.resume_deployment(id_), output)
    finish(Started(deployments=tuple(views)), output, detach=detach, refused=refused)


@deployment.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@detach_option
@output_option
def retry(ids: tuple[str, ...], detach: bool, output: str) -> None:
    """Do again what did not succeed, by the stored orders, as new deployments.

    \b
    Example:
      composia deployment retry d42
    """

    def again(server: ServerConnection, id_: str) -> Awaitable[Started]:
        return server.retry(RetryRequest(request_id=secrets.token_hex(16), deployment=id_))

    answers, refused = ask_each(ids, again, output)
    answer = Started(deployments=tuple(view for answer in answers for view in answer.deployments))
    finish(answer, output, detach=detach, refused=refused)


def _table(views: tuple[DeploymentView, ...], after: str) -> None:
    print_table(
        ("ID", "SERVICE", "KIND", "STATE", "NODES", "REVISION", "BY", "CREATED", "MESSAGE"),
        [
            (
                view.deployment.id,
                view.deployment.service or "-",
                view.deployment.kind,
                state(view.deployment.state),
                ", ".join(task.node for task in view.tasks),
                short(view.deployment.revision) or "-",
                view.deployment.created_by,
                shapes.time(view.deployment.created_ms),
                (view.commit and view.commit.message) or "-",
            )
            for view in views
        ],
        as_room_is=True,
    )
    if after:
        click.echo(f"more: --after {after}", err=True)


def _made(view: DeploymentView) -> Iterator[str]:
    """Who made what was deployed, and what they said of it; with its name where the revision is about something else."""
    if view.commit is None:
        return
    if view.commit.id != view.deployment.revision:
        yield f"last change {short(view.commit.id)}"
    yield from filter(None, (view.commit.author, view.commit.message))


def _details(views: list[DeploymentView]) -> None:
    for number, view in enumerate(views):
        d = view.deployment
        if number:
            click.echo()
        retry = f"  a retry of {d.retry_of}" if d.retry_of else ""
        click.echo(f"{d.id}  {f'{d.kind} {d.service}'.rstrip()}  {state(d.state)}  {d.reason}".rstrip() + retry)
        if d.revision:
            click.echo(harmless("  ".join((short(d.revision), *_made(view)))))
        print_table(
            ("TASK", "NODE", "STATE", "ATTEMPT", "NOTES"),
            [(t.id, t.node, state(t.state), t.attempt, t.waiting or t.error or "") for t in view.tasks],
        )
        for note in d.notes:
            click.echo(note)
        for task in view.tasks:
            if task.error:
                print_error(task)
