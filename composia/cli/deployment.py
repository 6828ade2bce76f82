"""`composia deployment`."""

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.lazy import LazyGroup
from composia.cli.output import emit, output_option, print_error, print_table, short, state
from composia.plugins.api import DeploymentView
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


def _table(views: tuple[DeploymentView, ...], after: str) -> None:
    print_table(
        ("ID", "SERVICE", "KIND", "STATE", "NODES", "REVISION", "BY", "CREATED"),
        [
            (
                view.deployment.id,
                view.deployment.service,
                view.deployment.kind,
                state(view.deployment.state),
                ", ".join(task.node for task in view.tasks),
                short(view.deployment.revision) or "-",
                view.deployment.created_by,
                shapes.time(view.deployment.created_ms),
            )
            for view in views
        ],
    )
    if after:
        click.echo(f"more: --after {after}", err=True)


def _details(views: list[DeploymentView]) -> None:
    for number, view in enumerate(views):
        d = view.deployment
        if number:
            click.echo()
        click.echo(f"{d.id}  {d.kind} {d.service}  {state(d.state)}  {d.reason}".rstrip())
        print_table(
            ("TASK", "NODE", "STATE", "ATTEMPT", "NOTES"),
            [(t.id, t.node, state(t.state), t.attempt, t.waiting or t.error or "") for t in view.tasks],
        )
        for task in view.tasks:
            if task.error:
                print_error(task)
