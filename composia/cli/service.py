"""`composia service`."""

from collections.abc import Iterator

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.lazy import LazyGroup
from composia.cli.output import emit, output_option, print_table, short, state
from composia.cli.problems import print_problems
from composia.cli.unified import print_comparison
from composia.core.file import Comparison
from composia.core.problem import Severity
from composia.core.revision import RepositoryState
from composia.core.status import NodeFit, NodeVerdict, ServiceView, StatusReport
from composia.errors import Invalid
from composia.plugins.api import CompareRevisionsRequest
from composia.plugins.transport import ServerConnection


@click.group(cls=LazyGroup)
def service() -> None:
    """Service definitions at the repository's head."""


@service.command("list")
@output_option
def list_services(output: str) -> None:
    """All definitions, the broken ones too. What is no definition but may be meant as one is said aside.

    \b
    Example:
      composia service list
    """

    async def question(server: ServerConnection) -> tuple[tuple[ServiceView, ...], RepositoryState]:
        return await server.list_services(), await server.get_repository()

    services, repository = ask(question)
    data = {
        "services": [shapes.service(s) for s in services],
        "problems": [shapes.problem(p) for p in repository.problems],
    }
    emit(output, data, lambda: _table(services, repository))


@service.command()
@click.argument("name")
@output_option
def show(name: str, output: str) -> None:
    """One definition: for each node whether it goes there and why, and what is wrong with it.

    \b
    Example:
      composia service show web
    """
    found = ask(lambda server: server.get_service(name))
    emit(output, shapes.service(found), lambda: _details(found))


@service.command()
@click.argument("name")
@click.option("--from", "older", default="", metavar="REV", help="The older revision; without it, what runs.")
@click.option("--to", "newer", default="", metavar="REV", help="The newer one; without it, the branch's head.")
@output_option
def diff(name: str, older: str, newer: str, output: str) -> None:
    """What a deploy would bring: the commits and the changes in a service's files since the revision that runs.

    The service is found by its name at both revisions, so its directory may have moved. Of one that runs nowhere all is new.

    \b
    Example:
      composia service diff web
      composia service diff web --from v1.4 --to main
    """

    async def question(server: ServerConnection) -> Comparison:
        since = older or _running(name, await server.get_status((name,)))
        return await server.compare_revisions(CompareRevisionsRequest(service=name, older=since, newer=newer))

    found = ask(question)
    emit(output, shapes.comparison(name, found), lambda: print_comparison(name, found))


def _running(name: str, report: StatusReport) -> str:
    """The one revision that a service runs at; empty where it runs nowhere."""
    instances = [i for service in report.services for i in service.instances if i.revision]
    revisions = list(dict.fromkeys(i.revision for i in instances))
    if len(revisions) > 1:
        places = ", ".join(f"{short(i.revision)} on {i.node}" for i in instances)
        raise Invalid(f"{name} runs at more than one revision: {places}", hint=f"--from {short(revisions[0])}")
    return "".join(revisions)


def _table(services: tuple[ServiceView, ...], repository: RepositoryState) -> None:
    print_table(
        ("NAME", "NODES", "REVISION", "ENABLED", "ERRORS", "WARNINGS"),
        [
            (
                s.name,
                ", ".join(s.placed) or "-",
                short(s.revision),
                "yes" if s.enabled else "no",
                _count(s, Severity.ERROR),
                _count(s, Severity.WARNING),
            )
            for s in services
        ],
    )
    print_problems(repository.problems, err=True)


def _count(service: ServiceView, severity: Severity) -> str:
    return str(sum(problem.severity is severity for problem in service.problems) or "-")


def _details(s: ServiceView) -> None:
    click.echo(f"name       {s.name}")
    click.echo(f"directory  {s.directory or '.'} at {short(s.revision)}")
    click.echo(f"project    {s.project or '-'}")
    click.echo(f"files      {', '.join(s.compose_files) or '-'}")
    click.echo(f"placed     {', '.join(s.placed) or '-'}")
    for problem in s.problems:
        word = state("failed") if problem.severity is Severity.ERROR else "warning"
        click.echo(f"{word.replace('failed', 'error')}  {problem.where}: {problem.message}")
        if problem.hint:
            click.echo(f"  hint: {problem.hint}")
    if s.nodes:
        click.echo()
        print_table(("NODE", "STATE", "PLACED", "WHY"), [row for n in s.nodes for row in _verdict(n)])


_PLACED = {NodeFit.CHOSEN: "yes", NodeFit.POSSIBLE: "could be", NodeFit.IMPOSSIBLE: "no"}


def _verdict(n: NodeVerdict) -> Iterator[tuple[str, str, str, str]]:
    """A line for each reason, the first one with the node."""
    lines = [*n.reasons, *(f"warning: {warning}" for warning in n.warnings)] or [""]
    yield n.node, state(n.state), _PLACED[n.fit], lines[0]
    for line in lines[1:]:
        yield "", "", "", line
