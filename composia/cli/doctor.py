"""`composia doctor`."""

import asyncio
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from composia.cli.connection import ask
from composia.cli.output import emit, output_option
from composia.cli.words import harmless
from composia.clock import SystemClock
from composia.config import AgentConfig, load_config
from composia.core.check import Check, CheckResult, Examination
from composia.errors import ComposiaError
from composia.plugins.manager import load_plugins
from composia.plugins.provider import Context
from composia.plugins.transport import Transport
from composia.self_check import program_checks

MARKS = {
    CheckResult.OK: click.style("ok     ", fg="green"),
    CheckResult.WARNING: click.style("warning", fg="yellow"),
    CheckResult.ERROR: click.style("error  ", fg="red"),
}


@click.command()
@click.option("--node", "nodes", multiple=True, metavar="NAME", help="Only this node, and the server; repeatable.")
@click.option(
    "--agent", "of_agent", is_flag=True, help="This host, as its agent sees it, and whether that reaches the server."
)
@click.option("--config", "file", type=click.Path(path_type=Path), help="With --agent: its agent.yaml.")
@click.option("--data", metavar="DIR", help="With --agent: its data directory.")
@output_option
def doctor(nodes: tuple[str, ...], of_agent: bool, file: Path | None, data: str | None, output: str) -> None:
    """Look at Composia's own health: the server, and each node. With a hint for whatever is not as it should be; exits with 1
    when something is an error.

    \b
    Example:
      composia doctor
      composia doctor --agent --data ./agent
    """
    if (file or data) and not of_agent:
        raise click.UsageError("--config and --data go with --agent")
    if nodes and of_agent:
        raise click.UsageError("--node is asked of the server, and --agent of this host")
    found = {"this host": _of_agent(file, data)} if of_agent else _of_server(nodes)
    emit(output, {place: [_shape(check) for check in checks] for place, checks in found.items()}, lambda: _print(found))
    if any(check.result is CheckResult.ERROR for checks in found.values() for check in checks):
        raise click.exceptions.Exit(1)


def _of_server(nodes: tuple[str, ...]) -> dict[str, tuple[Check, ...]]:
    """By place. A server that does not answer is a finding too, for whoever asks what is wrong."""
    try:
        examination: Examination = ask(lambda server: server.examine(nodes))
    except ComposiaError as error:
        if error.code == "not_found" and nodes:
            raise
        unreached = Check(name="server", result=CheckResult.ERROR, text=str(error), hint=error.hint)
        return {"here": (*program_checks(), unreached)}
    return {"server": examination.server} | {f"node {one.node}": one.checks for one in examination.nodes}


def _of_agent(file: Path | None, data: str | None) -> tuple[Check, ...]:
    config = load_config(AgentConfig, file)
    directory = Path(data or config.data).absolute()

    async def look() -> tuple[Check, ...]:
        from composia.agent.checks import node_checks  # noqa: PLC0415 - asking a server needs no agent

        plugins = load_plugins(Path(config.plugins.directory or directory / "plugins"))
        context = Context(data=directory, clock=SystemClock())
        transport = await plugins.open("transport", config.transport, context)
        executor = await plugins.open("executor", config.executor, context)
        try:
            return (*await node_checks(directory, executor), await _reach(config, directory, transport))
        finally:
            await executor.close()

    return asyncio.run(look())


async def _reach(config: AgentConfig, directory: Path, transport: Transport) -> Check:
    from composia.agent.checks import server_check  # noqa: PLC0415
    from composia.cli.agent import read_settings  # noqa: PLC0415

    try:
        settings = read_settings(replace(config, data=str(directory)))
    except ComposiaError as error:  # of a file that the configuration names
        return Check(name="server", result=CheckResult.ERROR, text=str(error), hint=error.hint)
    return await server_check(settings, transport)


def _shape(check: Check) -> dict[str, Any]:
    return {"name": check.name, "result": check.result.value, "text": check.text, "hint": check.hint}


def _print(found: dict[str, tuple[Check, ...]]) -> None:
    for place, checks in found.items():
        click.echo(click.style(place, bold=True))
        for check in checks:
            click.echo(harmless(f"  {MARKS[check.result]}  {check.name}: {check.text}"))
            if check.hint:
                click.echo(harmless(f"           {check.hint}"))
