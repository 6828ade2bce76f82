"""`composia schedule`."""

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.lazy import LazyGroup
from composia.cli.output import emit, output_option, print_table, state
from composia.cli.words import harmless
from composia.plugins.api import ScheduleView


@click.group(cls=LazyGroup)
def schedule() -> None:
    """Schedules: work that the clock asks for, as the server's configuration says."""


@schedule.command("list")
@output_option
def list_schedules(output: str) -> None:
    """All schedules: when they are due next, and what became of the last time.

    \b
    Example:
      composia schedule list
    """
    schedules = ask(lambda server: server.list_schedules())
    emit(output, {"schedules": [shapes.schedule(one) for one in schedules]}, lambda: _table(schedules))


@schedule.command()
@click.argument("name")
@output_option
def run(name: str, output: str) -> None:
    """Do now what a schedule does when it is due; its next time stays.

    \b
    Example:
      composia schedule run nightly
    """
    ran = ask(lambda server: server.run_schedule(name))
    emit(output, shapes.schedule(ran), lambda: click.echo(harmless(_last(ran))))


def _table(schedules: tuple[ScheduleView, ...]) -> None:
    print_table(
        ("NAME", "WHEN", "WHAT", "NEXT", "LAST", "OUTCOME"),
        [
            (
                one.name,
                f"{one.cron} {one.timezone}",
                one.what,
                shapes.time(one.next_ms) or "-",
                shapes.time(one.last_ms) or "-",
                _last(one) if one.last else "-",
            )
            for one in schedules
        ],
    )


def _last(one: ScheduleView) -> str:
    """What became of the last time, in a line."""
    if one.last is None:
        return "never ran"
    text = state(one.last)
    if one.deployments:
        text += f" {', '.join(one.deployments)}"
    return f"{text}: {one.reason}" if one.reason else text
