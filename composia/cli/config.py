"""`composia config`."""

from pathlib import Path

import click

from composia.cli.lazy import LazyGroup
from composia.cli.output import emit, output_option
from composia.config import AgentConfig, ServerConfig, as_data, example, load_config


@click.group(cls=LazyGroup)
def config() -> None:
    """Configuration files of server and agent."""


@config.command("example")
@click.argument("kind", type=click.Choice(["server", "agent"]), default="server")
def show_example(kind: str) -> None:
    """A commented file with every key and its default.

    \b
    Example:
      composia config example > server.yaml
      composia config example agent > agent.yaml
    """
    click.echo(example("agent" if kind == "agent" else "server"), nl=False)


@config.command()
@click.argument("kind", type=click.Choice(["server", "agent"]), default="server")
@click.option("--config", "file", type=click.Path(path_type=Path), help="The file; without it, the defaults.")
@output_option
def show(kind: str, file: Path | None, output: str) -> None:
    """The configuration that a file gives, with the defaults of what it leaves out.

    \b
    Example:
      composia config show --config server.yaml
      composia config show agent --config agent.yaml -o json
    """
    found = load_config(AgentConfig, file) if kind == "agent" else load_config(ServerConfig, file)
    data = dict(as_data(found))
    emit("yaml" if output == "table" else output, data, lambda: None)
