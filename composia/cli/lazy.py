"""A command group that imports a command only when it is called, so that help and version are there at once."""

import importlib
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from composia.cli.words import asks_for_json, fill, harmless
from composia.core.suggest import did_you_mean
from composia.errors import ComposiaError, Invalid, cause, of_the_system

FORMAT = "composia.format"
"""Where the chosen output format lies in the context's `meta`."""

EXIT_CODES = {"timed_out": 4, "conflict": 5, "invalid": 2}
"""By error code; every other error is 1. A usage error of click's own is 2 as well."""


INTERRUPTED = 130
"""Ctrl-C, as shells say it."""


class LazyGroup(click.Group):
    """`commands` maps a name to "module:attribute" and its line of help."""

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order in which they were given."""
        return [*self._lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self._lazy:
            found = super().get_command(ctx, cmd_name)
            return fill(found) if found else None
        module, _, attribute = self._lazy[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return fill(command)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember the format that errors are wanted in, before anything of it can be one."""
        if asks_for_json(args):
            ctx.meta.setdefault(FORMAT, "json")
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say what may have been meant by a command that does not exist."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            hint = did_you_mean(args[0], self.list_commands(ctx)) if args else ""
            raise click.UsageError(f"{error.message.rstrip('.')}. {hint}".rstrip(), ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing one."""
        rows = [(name, text) for name, (_, text) in self._lazy.items()]
        for name in super().list_commands(ctx):
            command = super().get_command(ctx, name)
            rows.append((name, command.get_short_help_str(80) if command else ""))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error becomes a line, or an object, and an exit code."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if ctx.meta.get(FORMAT) != "json":
                raise
            complain(Invalid(error.format_message()), as_json=True)
            ctx.exit(error.exit_code)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            # whoever reads us has seen enough; nothing more may be written, not even at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(141)
        except Exception as error:  # noqa: BLE001 - whatever it is, people get one line of it
            told = _told(error)
            complain(told, as_json=ctx.meta.get(FORMAT) == "json")
            ctx.exit(EXIT_CODES.get(told.code, 1))


def _told(error: Exception) -> ComposiaError:
    """An error as people are told it."""
    first = cause(error)
    if isinstance(first, ComposiaError):
        return first
    if isinstance(first, OSError):
        return of_the_system(first)
    from composia.cli.unexpected import unexpected  # noqa: PLC0415 - only what fails pays for it

    return unexpected(error)


def complain(error: ComposiaError, *, as_json: bool) -> None:
    """Say an error on stderr."""
    if as_json:
        info = {
            "code": error.code,
            "message": error.message,
            "where": error.where,
            "hint": error.hint,
            "id": error.id,
        }
        click.echo(json.dumps(info), err=True)
        return
    click.echo(harmless(f"composia: {error}" + (f" (id {error.id})" if error.id else "")), err=True)
    if error.hint:
        click.echo(harmless(f"  hint: {error.hint}"), err=True)
