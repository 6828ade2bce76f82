"""`composia agent`."""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from composia import log
from composia.cli.profile import read_text
from composia.clock import SystemClock
from composia.config import AgentConfig, load_config
from composia.core.join import JoinString, read_join_string
from composia.core.node import check_node_name
from composia.core.service import NAME
from composia.errors import Invalid
from composia.plugins.manager import load_plugins
from composia.plugins.provider import Context
from composia.plugins.transport import Target

if TYPE_CHECKING:
    from composia.agent.settings import AgentSettings


@click.command()
@click.option(
    "--config", "file", type=click.Path(path_type=Path), help="An agent.yaml; see `composia config example agent`."
)
@click.option(
    "--join", metavar="STRING", help="What `composia node join-token` prints; - reads it from standard input."
)
@click.option("--join-file", metavar="FILE", help="A file with it; once this host has joined it may be gone.")
@click.option("--node", metavar="NAME", help="The name of this node.  [default: the join token's, or the host's]")
@click.option(
    "--data", metavar="DIR", help="Where the agent keeps service directories, its journal and its credential."
)
@click.option("--server", metavar="URL", help="In the place of joining: the server's public URL,")
@click.option("--token-file", metavar="FILE", help="… the node's token,")
@click.option("--ca-file", metavar="FILE", help="… and the server's ca.pem; without it the system's CAs are trusted.")
@click.option(
    "--docker-host",
    metavar="URL",
    help="The Docker engine.  [default: the configuration's, or the socket in DOCKER_HOST, or unix:///var/run/docker.sock]",
)
@click.option("--label", "labels", multiple=True, metavar="K=V", help="What `placement` can ask for; repeatable.")
@click.option(
    "--project-prefix", metavar="P", help="Put before each Compose project, for a second agent on one engine."
)
@click.option("--executor", metavar="NAME", help="compose, or simulated to try things without Docker.")
@click.option("--ends-with-stdin", is_flag=True, hidden=True)
@click.option("--log-format", type=click.Choice(["console", "json"]))
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]))
def agent(file: Path | None, join: str | None, ends_with_stdin: bool, **flags: Any) -> None:
    """Be the agent of this Docker host until told to stop. It dials out; nobody dials it.

    A join string makes this host a node. After that it needs none: its credential is in the data directory, and renewed.

    \b
    Example:
      composia agent --join cpj1_… --data ./agent
      composia agent --data ./agent
    """
    config = _merge(load_config(AgentConfig, file), flags)
    _check(config, join or "")
    log.configure(config.log.format, config.log.level)
    asyncio.run(_run(config, _join_string(config, join or ""), ends_with_stdin=ends_with_stdin))


async def _run(config: AgentConfig, join: JoinString | None, *, ends_with_stdin: bool) -> None:
    from composia.agent.main import run_agent  # noqa: PLC0415 - help needs no agent

    clock = SystemClock()
    context = Context(data=Path(config.data), clock=clock)
    plugins = load_plugins(Path(config.plugins.directory or Path(config.data) / "plugins"))
    transport = await plugins.open("transport", config.transport, context)
    executor = await plugins.open("executor", config.executor, context)
    settings = read_settings(config, join, ends_with_stdin=ends_with_stdin)
    try:
        if settings.token:  # an address, a CA or a token that cannot be one is said at once; nothing is sent yet
            target = Target(url=settings.server, token=settings.token, ca=settings.ca)
            await (await transport.connect_agent(target)).close()
        await run_agent(settings, transport, executor, clock)
    finally:
        await executor.close()


def read_settings(
    config: AgentConfig, join: JoinString | None = None, *, ends_with_stdin: bool = False
) -> "AgentSettings":
    """What a configuration means, with the files that it names; errors name the one that cannot be read."""
    from composia.agent.settings import AgentSettings  # noqa: PLC0415 - help needs no agent

    return AgentSettings(
        node=config.node,
        server=config.server.rstrip("/"),
        token=read_text(Path(config.token_file), "--token-file") if config.token_file else "",
        join=join,
        ends_with_stdin=ends_with_stdin,
        ca=read_text(Path(config.ca_file), "--ca-file").encode() if config.ca_file else None,
        data=Path(config.data),
        labels=tuple(sorted(config.labels.items())),
        project_prefix=config.project_prefix,
        capacity=config.capacity,
        spool_bytes=config.logs.spool_mib << 20,
    )


def _merge(config: AgentConfig, flags: dict[str, Any]) -> AgentConfig:
    executor = dict(config.executor)
    if flags["executor"]:
        executor = {"provider": flags["executor"]}
    if flags["docker_host"]:
        executor["docker_host"] = flags["docker_host"]
    elif executor.get("provider") == "compose" and os.environ.get("DOCKER_HOST", "").startswith("unix://"):
        executor.setdefault("docker_host", os.environ["DOCKER_HOST"])  # as a rootless engine is found
    logging = {"format": flags["log_format"], "level": flags["log_level"]}
    names = ("server", "node", "join_file", "token_file", "ca_file", "project_prefix")
    plain = {key: flags[key] for key in names}
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


def _join_string(config: AgentConfig, given: str) -> JoinString | None:
    """The join string that was given, from wherever it comes; None for a host that needs none any more."""
    from composia.agent.membership import has_joined  # noqa: PLC0415 - help needs no agent

    if given:
        return read_join_string(sys.stdin.readline() if given == "-" else given)
    if not config.join_file or (has_joined(Path(config.data)) and not Path(config.join_file).exists()):
        return None
    return read_join_string(read_text(Path(config.join_file), "--join-file"))


def _check(config: AgentConfig, join: str) -> None:
    if join and config.join_file:
        raise click.UsageError("--join and --join-file exclude each other")
    if config.token_file and (join or config.join_file):
        raise click.UsageError("a host that joins has its own token: --token-file does not go with --join")
    if config.token_file or config.server or config.ca_file:
        for key, flag in (("server", "--server"), ("node", "--node"), ("token_file", "--token-file")):
            if not getattr(config, key):
                raise click.UsageError(f"{flag} is missing; or join, which needs none of them")
    if config.node:
        check_node_name(config.node)
    if config.project_prefix and not NAME.fullmatch(config.project_prefix):
        raise Invalid(f"{config.project_prefix!r} is no prefix for Compose projects", hint="such as `b-`")
