"""`composia repo`."""

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.lazy import LazyGroup
from composia.cli.output import emit, output_option, print_table, short
from composia.cli.problems import print_problems
from composia.core.revision import RepositoryState
from composia.plugins.api import RepositoryLogRequest


@click.group(cls=LazyGroup)
def repo() -> None:
    """The repository that definitions come from."""


@repo.command()
@output_option
def status(output: str) -> None:
    """What the last sync found, and what in the repository belongs to no service; exits with 1 when it failed.

    \b
    Example:
      composia repo status
    """
    _show(ask(lambda server: server.get_repository()), output)


@repo.command()
@output_option
def sync(output: str) -> None:
    """Ask the remote for news now; exits with 1 when it cannot be reached.

    \b
    Example:
      composia repo sync
    """
    _show(ask(lambda server: server.sync_repository()), output)


@repo.command()
@click.option("-n", "--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@output_option
def log(limit: int, output: str) -> None:
    """The newest commits of the branch.

    \b
    Example:
      composia repo log -n 5
    """
    revisions = ask(lambda server: server.repository_log(RepositoryLogRequest(limit=limit))).items
    emit(
        output,
        {"revisions": [shapes.revision(r) for r in revisions]},
        lambda: print_table(
            ("REVISION", "COMMITTED", "AUTHOR", "MESSAGE"),
            [
                (short(r.id), shapes.time(r.committed_ms) or "-", r.author, r.message.partition("\n")[0])
                for r in revisions
            ],
        ),
    )


def _show(state: RepositoryState, output: str) -> None:
    emit(output, shapes.repository(state), lambda: _details(state))
    if state.error:
        raise click.exceptions.Exit(1)


def _details(state: RepositoryState) -> None:
    click.echo(f"{state.location} {state.branch} {short(state.head) or 'nothing yet'}".strip())
    if state.rewritten:
        click.echo("the branch was rewritten (force-push)", err=True)
    if state.error:
        click.echo(f"not synced: {state.error}", err=True)
    print_problems(state.problems)
