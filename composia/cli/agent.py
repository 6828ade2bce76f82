"""`composia agent`."""

import asyncio
from pathlib import Path
from typing import Any

import click
import msgspec

from composia import log
from composia.cli.profile import read_text
from composia.clock import SystemClock
from composia.config import AgentConfig, load_config
from composia.core.service import NAME
from composia.errors import Invalid
from composia.plugins.manager import load_plugins
from composia.plugins.provider import Context


@click.command()
@click.option(
    "--config", "file", type=click.Path(path_type=Path), help="An agent.yaml; see `composia config example agent`."
)
@click.option("--server", metavar="URL", help="The server's public URL.")
@click.option("--node", metavar="NAME", help="The name of this node.")
@click.option("--data", metavar="DIR", help="Where the agent keeps service directories and its journal.")
@click.option("--token-file", metavar="FILE", help="The node's token.")
@click.option("--ca-file", metavar="FILE", help="The server's ca.pem; without it the system's CAs are trusted.")
@click.option("--docker-host", metavar="URL", help="The Docker engine, such as unix:///var/run/docker.sock.")
@click.option("--label", "labels", multiple=True, metavar="K=V", help="What `placement` can ask for; repeatable.")
@click.option(
    "--project-prefix", metavar="P", help="Put before each Compose project, for a second agent on one engine."
)
@click.option("--executor", metavar="NAME", help="compose, or simulated to try things without Docker.")
@click.option("--log-format", type=click.Choice(["console", "json"]))
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]))
def agent(file: Path | None, **flags: Any) -> None:
    """Be the agent of this Docker host until told to stop. It dials out; nobody dials it.

    \b
    Example:
      composia agent --server https://composia.example.org:8443 --node node-a --data ./agent \\
        --token-file node-a.token --ca-file ca.pem
    """
    config = _merge(load_config(AgentConfig, file), flags)
    _check(config)
    log.configure(config.log.format, config.log.level)
    asyncio.run(_run(config))


async def _run(config: AgentConfig) -> None:
    from composia.agent.main import run_agent  # noqa: PLC0415 - help needs no agent
    from composia.agent.settings import AgentSettings  # noqa: PLC0415

    clock = SystemClock()
    context = Context(data=Path(config.data), clock=clock)
    plugins = load_plugins(Path(config.plugins.directory or Path(config.data) / "plugins"))
    transport = await plugins.open("transport", config.transport, context)
    executor = await plugins.open("executor", config.executor, context)
    settings = AgentSettings(
        node=config.node,
        server=config.server.rstrip("/"),
        token=read_text(Path(config.token_file), "--token-file"),
        ca=read_text(Path(config.ca_file), "--ca-file").encode() if config.ca_file else None,
        data=Path(config.data),
        labels=tuple(sorted(config.labels.items())),
        project_prefix=config.project_prefix,
        capacity=config.capacity,
    )
    try:
        await run_agent(settings, transport, executor, clock)
    finally:
        await executor.close()


def _merge(config: AgentConfig, flags: dict[str, Any]) -> AgentConfig:
    executor = dict(config.executor)
    if flags["executor"]:
        executor = {"provider": flags["executor"]}
    if flags["docker_host"]:
        executor["docker_host"] = flags["docker_host"]
    logging = {"format": flags["log_format"], "level": flags["log_level"]}
    plain = {key: flags[key] for key in ("server", "node", "token_file", "ca_file", "project_prefix")}
    return msgspec.structs.replace(
        config,
        data=str(Path(flags["data"] or config.data).absolute()),
        labels={**config.labels, **dict(_label(text) for text in flags["labels"])},
        executor=executor,
        log=msgspec.structs.replace(config.log, **{key: value for key, value in logging.items() if value}),
        **{key: value for key, value in plain.items() if value},
    )


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise click.UsageError(f"--label {text}: expected KEY=VALUE")
    return key, value


def _check(config: AgentConfig) -> None:
    for key, flag in (("server", "--server"), ("node", "--node"), ("token_file", "--token-file")):
        if not getattr(config, key):
            raise click.UsageError(f"{flag} is missing")
    if not NAME.fullmatch(config.node):
        raise Invalid(f"{config.node!r} is no name for a node", hint="lower case letters, digits, - and _")
    if config.project_prefix and not NAME.fullmatch(config.project_prefix):
        raise Invalid(f"{config.project_prefix!r} is no prefix for Compose projects", hint="such as `b-`")
