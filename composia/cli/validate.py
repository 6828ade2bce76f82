"""`composia validate`."""

import asyncio
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from composia.builtin_plugins import directory
from composia.cli import shapes
from composia.cli.output import emit, output_option
from composia.clock import SystemClock
from composia.core.problem import Problem, Severity
from composia.core.service import META_FILE, Catalog
from composia.errors import Invalid, NotFound
from composia.plugins.provider import Context
from composia.server.catalog import CatalogReader


@click.command()
@click.argument("path", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@output_option
def validate(path: Path, output: str) -> None:
    """Check every service definition below a directory; exits with 1 when one has an error.

    \b
    Example:
      composia validate ~/services
    """
    catalog = _read(path)
    problems = [(d.name, problem) for d in catalog.definitions for problem in d.problems]
    data = {
        "services": [
            {
                "name": d.name,
                "directory": d.directory,
                "ok": not d.errors,
                "problems": [shapes.problem(p) for p in d.problems],
            }
            for d in catalog.definitions
        ]
    }
    emit(output, data, lambda: _print(catalog, [problem for _, problem in problems]))
    if any(problem.severity is Severity.ERROR for _, problem in problems):
        raise click.exceptions.Exit(1)


def _read(path: Path) -> Catalog:
    with TemporaryDirectory(prefix="composia-") as aside:
        return asyncio.run(_read_catalog(path, Context(data=Path(aside), clock=SystemClock())))


async def _read_catalog(path: Path, context: Context) -> Catalog:
    provider = directory.composia_source()
    source = await provider.open(directory.DirectoryConfig(path=str(path)), context)
    state = await source.sync(context.clock.now_ms())
    if state.error:
        raise Invalid(state.error, where=str(path))
    catalog = await CatalogReader().read(await source.snapshot(state.head))
    if not catalog.definitions:
        raise NotFound(f"no {META_FILE} below this directory", where=str(path))
    return catalog


def _print(catalog: Catalog, problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(f"{problem.where}: {problem.severity}: {problem.message}")
        if problem.hint:
            click.echo(f"  hint: {problem.hint}")
    counts = Counter(problem.severity for problem in problems)
    click.echo(
        f"{len(catalog.definitions)} services, {counts[Severity.ERROR]} errors, {counts[Severity.WARNING]} warnings"
    )
