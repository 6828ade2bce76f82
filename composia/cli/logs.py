"""`composia logs`."""

import asyncio
import sys
from functools import partial
from typing import Any

import click

from composia.cli.counts import Count
from composia.cli.lazy import FORMAT
from composia.cli.log_printing import Printer, Text, as_json, as_raw
from composia.cli.profile import load_profile
from composia.cli.reading_logs import read_logs
from composia.cli.times import Moment
from composia.cli.words import harmless
from composia.core.container_log import LogPage, LogsQuery

LAST = 100
"""How many lines are shown when nothing says which."""


class Tail(click.ParamType[int]):
    """A number of lines, or `all`, which is 0."""

    name = "lines"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Of a text; a usage error says what would be right."""
        if isinstance(value, int) or value == "all":
            return 0 if value == "all" else int(value)
        return Count(", or all").convert(value, param, ctx)


def _remember(ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    ctx.meta[FORMAT] = value
    return value


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes.")
@click.option("--since", type=Moment(), metavar="TIME", help="Not before: 2h ago, or when.")
@click.option("--until", type=Moment(), metavar="TIME", help="Before that.")
@click.option(
    "-n",
    "--tail",
    type=Tail(),
    metavar="N",
    help=f"The last N lines, or all. By default {LAST}, or all that --since, --until and --grep leave.",
)
@click.option("--node", "nodes", multiple=True, metavar="N", help="Only of this node; repeatable.")
@click.option(
    "--container", "containers", multiple=True, metavar="C", help="Only of this one of the Compose file; repeatable."
)
@click.option("--grep", metavar="TEXT", help="Only lines with this in them.")
@click.option("--regex", is_flag=True, help="The text of --grep is a regular expression (RE2).")
@click.option("-i", "--ignore-case", is_flag=True, help="Upper and lower case are the same to --grep.")
@click.option("--live", is_flag=True, help="Ask the containers themselves, and not what is kept.")
@click.option("-t", "--timestamps", is_flag=True, help="Each line with its time, UTC by the node's clock.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "raw"]),
    default="text",
    show_default=True,
    is_eager=True,
    callback=_remember,
    help="How to print: json is an object a line, raw the bytes alone.",
)
def logs(names: tuple[str, ...], output: str, **asked: Any) -> None:
    """What the containers of services print, of all nodes, by time; without names of all services.

    Without --since, --until, --grep and --tail these are the last lines. What is no UTF-8, or would steer the terminal,
    is shown as an escape; -o raw prints the bytes.

    \b
    Example:
      composia logs web
      composia logs -f web db --node node-a
      composia logs --since 2h --grep 'time.?out' --regex -i
    """
    if asked["follow"] and asked["until"]:
        raise click.UsageError("--follow has no end: give it without --until")
    if asked["since"] and asked["until"] and asked["until"] <= asked["since"]:
        raise click.UsageError("--until is not after --since; the hour before the last one is --since 2h --until 1h")
    if (asked["regex"] or asked["ignore_case"]) and not asked["grep"]:
        raise click.UsageError("--regex and --ignore-case say how --grep searches: give it, too")
    chosen = asked["since"] or asked["until"] or asked["grep"]
    query = LogsQuery(
        services=names,
        containers=asked["containers"],
        nodes=asked["nodes"],
        since_ms=asked["since"] or 0,
        until_ms=asked["until"] or 0,
        tail=asked["tail"] if asked["tail"] is not None else 0 if chosen else LAST,
        grep=asked["grep"] or "",
        regex=asked["regex"],
        ignore_case=asked["ignore_case"],
        follow=asked["follow"],
        live=asked["live"],
    )
    printer = _printer(output, names, timestamps=asked["timestamps"])
    asyncio.run(read_logs(load_profile(), query, partial(_print, printer)))


def _printer(output: str, names: tuple[str, ...], *, timestamps: bool) -> Printer:
    if output == "json":
        return as_json
    if output == "raw":
        return as_raw
    return Text(with_service=len(names) != 1, timestamps=timestamps)


def _print(printer: Printer, page: LogPage) -> None:
    if page.note:
        click.echo(harmless(f"composia: {page.note}"), err=True)
    if page.entries:
        printer(page.entries)
        sys.stdout.flush()
