"""Problems of files, for people."""

from collections import Counter
from collections.abc import Iterable

import click

from composia.cli.quantities import counted
from composia.core.problem import Problem, Severity

_SHOWN = 80
"""Letters of a value."""


def print_problems(problems: Iterable[Problem], *, err: bool = False) -> None:
    """Each with its place, its value where the message does not have it, and what would be right; `err` says it aside."""
    for problem in problems:
        click.echo(f"{problem.where}: {problem.severity}: {problem.message}", err=err)
        if problem.value and problem.value not in problem.message:
            click.echo(f"  value: {_line(problem.value)}", err=err)
        if problem.hint:
            click.echo(f"  hint: {problem.hint}", err=err)


def count(problems: Iterable[Problem]) -> str:
    """How many errors and warnings."""
    counts = Counter(problem.severity for problem in problems)
    return f"{counted(counts[Severity.ERROR], 'error')}, {counted(counts[Severity.WARNING], 'warning')}"


def _line(value: str) -> str:
    text = value if value.isprintable() else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
