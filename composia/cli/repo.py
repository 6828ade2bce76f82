"""`composia repo`."""

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.lazy import LazyGroup
from composia.cli.output import emit, output_option, print_table, short
from composia.cli.problems import print_problems
from composia.core.revision import RepositoryState, Revision
from composia.plugins.api import RepositoryLogRequest

_NAMED = 4
"""So many services are named of a commit; with more of them one less, and how many more."""


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
@click.option("--service", default="", metavar="NAME", help="Only those that changed files of this service.")
@click.option("--after", default="", metavar="KEY", help="Go on where a list ended.")
@output_option
def log(limit: int, service: str, after: str, output: str) -> None:
    """The newest commits of the branch, and the services whose files each changed.

    A merge is one commit, with all that it brought. Where few of many commits changed a service, a page may be shorter than
    asked for; --after goes on.

    \b
    Example:
      composia repo log -n 5
      composia repo log --service web
    """
    request = RepositoryLogRequest(limit=limit, service=service, after=after)
    page = ask(lambda server: server.repository_log(request))
    data = {"revisions": [shapes.revision(r) for r in page.items], "next": page.next or None}
    emit(output, data, lambda: _table(page.items, page.next))


def _table(revisions: tuple[Revision, ...], after: str) -> None:
    print_table(
        ("REVISION", "COMMITTED", "AUTHOR", "SERVICES", "MESSAGE"),
        [
            (
                short(r.id),
                shapes.time(r.committed_ms) or "-",
                r.author,
                _some(r.services) or "-",
                r.message.partition("\n")[0],
            )
            for r in revisions
        ],
    )
    if after:
        click.echo(f"more: --after {after}", err=True)


def _some(services: tuple[str, ...]) -> str:
    """The first few, and how many more."""
    if len(services) <= _NAMED:
        return ", ".join(services)
    return f"{', '.join(services[: _NAMED - 1])} and {len(services) - _NAMED + 1} more"


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
