"""`composia plugin`."""

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.lazy import LazyGroup
from composia.cli.output import emit, output_option, print_table


@click.group(cls=LazyGroup)
def plugin() -> None:
    """The server's plugins."""


@plugin.command("list")
@output_option
def list_plugins(output: str) -> None:
    """All plugins that were found, with what they provide or why they do not work.

    \b
    Example:
      composia plugin list
    """
    plugins = ask(lambda server: server.list_plugins())
    emit(
        output,
        {"plugins": [shapes.plugin(p) for p in plugins]},
        lambda: print_table(
            ("NAME", "ORIGIN", "PROVIDES", "LOCATION", "ERROR"),
            [(p.name, p.origin, ", ".join(p.provides) or "-", p.location, p.error) for p in plugins],
        ),
    )
