"""`composia server`."""

import asyncio
import gc
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from composia import log
from composia.clock import SystemClock
from composia.config import LocalAgentConfig, LogConfig, ServerConfig, TlsConfig, load_config
from composia.core.service import NAME
from composia.errors import Invalid
from composia.plugins.manager import load_plugins

OWN_NAME = "."
"""The host's own name, as the value of --with-agent; no node can be called that."""


@click.command()
@click.option("--config", "file", type=click.Path(path_type=Path), help="A server.yaml; see `composia config example`.")
@click.option("--data", metavar="DIR", help="Where the server keeps everything.")
@click.option("--listen", metavar="HOST:PORT", help="The one port for agents, people and the web page.")
@click.option("--repo", metavar="PATH_OR_URL", help="The Git repository with the service definitions.")
@click.option("--branch", metavar="NAME", help="Its branch.  [default: main]")
@click.option("--repo-token-file", metavar="FILE", help="A token for an https repository.")
@click.option("--public-url", "public_urls", multiple=True, metavar="URL", help="How it is reached; repeatable.")
@click.option(
    "--tls", type=click.Choice(["auto", "files", "off"]), help="auto: a CA of its own; off: on loopback only."
)
@click.option("--tls-certificate", metavar="FILE", help="With --tls files: the certificate chain, PEM.")
@click.option("--tls-key", metavar="FILE", help="With --tls files: its key, PEM.")
@click.option("--tls-ca", metavar="FILE", help="With --tls files: the CA that agents are to trust, PEM.")
@click.option(
    "--with-agent",
    is_flag=False,
    flag_value=OWN_NAME,
    metavar="[NAME]",
    help="Run an agent for this host's Docker too; it joins as NAME.  [default: the host's name]",
)
@click.option("--agent-data", metavar="DIR", help="Its data directory.  [default: agent in the server's]")
@click.option("--agent-config", metavar="FILE", help="Its agent.yaml, where labels and more can be said.")
@click.option("--log-format", type=click.Choice(["console", "json"]))
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]))
def server(file: Path | None, **flags: Any) -> None:
    """Run the control plane until it is told to stop.

    \b
    Example:
      composia server --data ./data --listen 127.0.0.1:8443 --repo ~/services
      composia server --data ./data --listen 0.0.0.0:8443 --public-url https://composia.example.org:8443 \\
        --repo ~/services --with-agent
    """
    from composia.server.main import run_server  # noqa: PLC0415 - help needs no server

    config = _merge(load_config(ServerConfig, file), flags)
    if (flags["agent_data"] or flags["agent_config"]) and not config.agent.run:
        raise click.UsageError("--agent-data and --agent-config go with --with-agent")
    if config.agent.node and not NAME.fullmatch(config.agent.node):
        raise Invalid(f"{config.agent.node!r} is no name for a node", hint="lower case letters, digits, - and _")
    log.configure(config.log.format, config.log.level)
    if config.source.get("provider") == "git" and not config.source.get("url"):
        raise Invalid("no repository is given", hint="--repo PATH_OR_URL, or source.url in the configuration")
    plugins = load_plugins(Path(config.plugins.directory or Path(config.data) / "plugins"))
    _use_uvloop()

    def announce(address: str, sign_in: str) -> None:
        gc.collect()
        gc.freeze()  # what is left by now stays, and is not to be looked through again whenever a fleet makes new objects
        url = config.public_urls[0] if config.public_urls else address
        click.echo(f"Composia answers at {url}")
        if config.tls.mode == "auto":
            click.echo(f"  CA     {Path(config.data) / 'ca.pem'}")
        token = Path(config.data) / "admin.token"
        if token.exists():
            click.echo(f"  token  {token}")
        if sign_in:
            click.echo(f"  web    {sign_in}")

    on_terminal = sys.stdout.isatty()
    asyncio.run(run_server(config, plugins, SystemClock(), announce, on_terminal=on_terminal))


def _use_uvloop() -> None:
    import uvloop  # noqa: PLC0415 - for the server alone

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def _merge(config: ServerConfig, flags: dict[str, Any]) -> ServerConfig:
    """The configuration with the flags that were given."""
    source = dict(config.source)
    if flags["repo"]:
        repo = Path(flags["repo"]).expanduser()
        kept = source if source.get("provider") == "git" else {"provider": "git"}
        source = {**kept, "url": str(repo.absolute()) if repo.exists() else flags["repo"]}
    given = {"branch": flags["branch"], "token_file": flags["repo_token_file"]}
    source |= {key: value for key, value in given.items() if value}
    tls = {
        "mode": flags["tls"],
        "certificate": flags["tls_certificate"],
        "key": flags["tls_key"],
        "ca": flags["tls_ca"],
    }
    logging = {"format": flags["log_format"], "level": flags["log_level"]}
    own_agent = {
        "run": True if flags["with_agent"] else None,
        "node": "" if flags["with_agent"] == OWN_NAME else flags["with_agent"],
        "data": flags["agent_data"] and str(Path(flags["agent_data"]).absolute()),
        "config": flags["agent_config"] and str(Path(flags["agent_config"]).absolute()),
    }
    plain = {"listen": flags["listen"], "public_urls": flags["public_urls"]}
    return msgspec.structs.replace(
        config,
        data=str(Path(flags["data"] or config.data).absolute()),
        source=source,
        tls=_with(config.tls, tls),
        log=_with(config.log, logging),
        agent=_with(config.agent, own_agent),
        **{key: value for key, value in plain.items() if value},
    )


def _with(section: Any, given: dict[str, Any]) -> Any:
    assert isinstance(section, TlsConfig | LogConfig | LocalAgentConfig)
    return msgspec.structs.replace(section, **{key: value for key, value in given.items() if value})
