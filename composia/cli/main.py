"""`composia`: the command line."""

import os

import click

from composia._version import __version__
from composia.cli.lazy import LazyGroup

COMMANDS = {
    "status": ("composia.cli.status:status", "Services on nodes: state, revision, health, age of what was seen."),
    "deploy": ("composia.cli.deploy:deploy", "Deploy services: by name, --all or --changed."),
    "stop": ("composia.cli.operate:stop", "Stop a service; commits do not start it again."),
    "start": ("composia.cli.operate:start", "Start a stopped service."),
    "restart": ("composia.cli.operate:restart", "Restart a service's containers."),
    "down": ("composia.cli.operate:down", "Remove a service's containers and networks; volumes only with --volumes."),
    "logs": ("composia.cli.logs:logs", "What containers print: kept or live, of many nodes at once, searched."),
    "stats": ("composia.cli.stats:stats", "What containers use: now, again and again, or over a time."),
    "exec": ("composia.cli.exec:exec_", "Run a command in a container of a service."),
    "service": ("composia.cli.service:service", "Definitions: list, show, diff."),
    "deployment": ("composia.cli.deployment:deployment", "Deployments: list, show, cancel, pause, resume, retry."),
    "task": ("composia.cli.task:task", "Tasks: list, show, logs, cancel, retry, resolve."),
    "node": (
        "composia.cli.node:node",
        "Nodes: join-token, list, show, containers, images, volumes, networks, stats, drain, pause, resume, prune.",
    ),
    "schedule": ("composia.cli.schedule:schedule", "Work that the clock asks for: list, run."),
    "repo": ("composia.cli.repo:repo", "The repository: status, sync, log."),
    "init": ("composia.cli.init:init", "Write definitions beside the Compose files of a directory."),
    "validate": ("composia.cli.validate:validate", "Check a repository on disk; needs no server."),
    "login": ("composia.cli.login:login", "Remember a server and a token."),
    "doctor": ("composia.cli.doctor:doctor", "Look at Composia's own health, with a hint for what is wrong."),
    "web": ("composia.cli.web:web", "Print a link that signs a browser in to the web page, once."),
    "user": ("composia.cli.user:user", "People who sign in with a password: add, passwd, list, remove."),
    "token": ("composia.cli.token:token", "API tokens: create, list, revoke."),
    "plugin": ("composia.cli.plugin:plugin", "Plugins: list."),
    "config": ("composia.cli.config:config", "Configuration files: example, show."),
    "server": ("composia.cli.server:server", "Run the control plane."),
    "agent": ("composia.cli.agent:agent", "Run the agent of a Docker host."),
    "demo": ("composia.cli.demo:demo", "Show it all on this machine's Docker engines."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="composia %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """A control plane for Docker Compose services on many hosts.

    Definitions come from a Git repository, agents on the hosts carry them out. Begin with `composia demo`, or with
    `composia server --help`.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False
