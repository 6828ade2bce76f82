"""`composia web`."""

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.output import emit, output_option


@click.command()
@output_option
def web(output: str) -> None:
    """Print a link that opens the web page and signs one browser in, once, as whoever asks.

    \b
    Example:
      composia web
    """
    url, expires_ms = ask(lambda server: server.create_sign_in_link())

    def say() -> None:
        click.echo(url)
        click.echo(f"  good until {shapes.time(expires_ms)}, and for one browser", err=True)

    emit(output, {"url": url, "expires": shapes.time(expires_ms)}, say)
