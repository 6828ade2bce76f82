"""`composia deploy`."""

import secrets

import click

from composia.cli.connection import ask
from composia.cli.output import detach_option, output_option
from composia.cli.started import finish
from composia.plugins.api import DeployRequest


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="All services that are enabled and not stopped by a person.")
@click.option(
    "--changed", is_flag=True, help="Those whose files changed since they were deployed, or whose last deploy failed."
)
@click.option("--revision", default="", metavar="R", help="A branch, tag or commit instead of the branch's head.")
@click.option("--node", "nodes", multiple=True, metavar="N", help="Only on this node; repeatable.")
@click.option("--pull", is_flag=True, help="Ask the registry for tags that moved.")
@click.option("--overwrite-edits", is_flag=True, help="Replace files edited on the host; the old ones lie beside them.")
@click.option(
    "--move", is_flag=True, help="Choose the nodes anew, and take it down on those that are left. No data moves."
)
@detach_option
@output_option
def deploy(  # noqa: PLR0917 - the flags of one command
    names: tuple[str, ...],
    every: bool,
    changed: bool,
    revision: str,
    nodes: tuple[str, ...],
    pull: bool,
    overwrite_edits: bool,
    move: bool,
    detach: bool,
    output: str,
) -> None:
    """Deploy services and follow them until they are healthy, or say why they are not.

    \b
    Example:
      composia deploy web worker
      composia deploy --changed
      composia deploy web --revision v1.4 --node node-a
      composia deploy web --move
    """
    if sum((bool(names), every, changed)) != 1:
        raise click.UsageError("say which services: names, or --all, or --changed")
    if move and (nodes or not names):
        raise click.UsageError("--move goes with names, and without --node: it chooses the nodes itself")
    request = DeployRequest(
        request_id=secrets.token_hex(16),
        services=names,
        all=every,
        changed=changed,
        revision=revision,
        nodes=nodes,
        pull=pull,
        overwrite_edits=overwrite_edits,
        move=move,
    )
    finish(ask(lambda server: server.deploy(request)), output, detach=detach)
