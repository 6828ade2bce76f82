"""`composia validate`."""

import asyncio
from dataclasses import replace
from pathlib import Path

import click

from composia.cli import shapes
from composia.cli.output import emit, output_option
from composia.cli.problems import count, print_problems
from composia.cli.quantities import counted
from composia.cli.second_opinion import Ask, Opinion, second_opinion
from composia.cli.working_files import WorkingFiles
from composia.core.problem import Problem, Severity
from composia.core.service import META_FILE, Catalog
from composia.errors import NotFound, of_the_system
from composia.server.catalog import CatalogReader


@click.command()
@click.argument("path", metavar="[DIR]", default=".", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--compose",
    "ask",
    type=click.Choice([ask.value for ask in Ask]),
    default=Ask.AUTO.value,
    show_default=True,
    help="Also ask Docker Compose about what seems right: auto where it is on this machine and services are not many.",
)
@output_option
def validate(path: Path, ask: str, output: str) -> None:
    """Check every service definition below a directory; exits with 1 when one has an error.

    It needs no server and no Docker engine. Where Docker Compose is on this machine, it is asked too.

    \b
    Example:
      composia validate ~/services
    """
    catalog = read_directory(path)
    if not catalog.definitions:
        raise NotFound(f"no {META_FILE} below this directory", where=str(path), hint="`composia init` writes them")
    opinion = second_opinion(path, catalog.definitions, Ask(ask))
    problems = [*catalog.problems, *(problem for d in opinion.definitions for problem in d.problems)]
    data = {
        "services": [
            {
                "name": d.name,
                "directory": d.directory,
                "ok": not d.errors,
                "problems": [shapes.problem(p) for p in d.problems],
            }
            for d in opinion.definitions
        ],
        "problems": [shapes.problem(p) for p in catalog.problems],
        "compose": {"version": opinion.version, "asked": opinion.asked} if opinion.version else None,
    }
    emit(output, data, lambda: _print(opinion, problems))
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise click.exceptions.Exit(1)


def read_directory(path: Path) -> Catalog:
    """Every definition below a directory, as if it were committed. `NotPossible` where it cannot be read."""
    try:
        files = WorkingFiles(path)
    except OSError as error:
        raise of_the_system(error, str(path)) from error
    catalog = asyncio.run(CatalogReader().read(files))
    return replace(catalog, problems=(*catalog.problems, *files.problems))


def _print(opinion: Opinion, problems: list[Problem]) -> None:
    print_problems(problems)
    click.echo(f"{counted(len(opinion.definitions), 'service')}, {count(problems)}")
    if opinion.asked:
        click.echo(f"Docker Compose {opinion.version} was asked about {opinion.asked} of them", err=True)
    if opinion.too_many:
        said = f"Docker Compose was not asked about {opinion.too_many} services, which takes long; --compose yes does"
        click.echo(said, err=True)
