"""`composia stop`, `start`, `restart` and `down`."""

import secrets
from collections.abc import Callable
from typing import Any

import click

from composia.cli.connection import ask
from composia.cli.output import detach_option, output_option
from composia.cli.started import finish
from composia.core.task import TaskKind
from composia.plugins.api import OperateRequest


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in (
        output_option,
        detach_option,
        click.option("--node", "nodes", multiple=True, metavar="N", help="Only on this node; repeatable."),
        click.argument("name"),
    ):
        command = decorate(command)
    return command


def _operate(
    kind: TaskKind, name: str, nodes: tuple[str, ...], detach: bool, output: str, *, volumes: bool = False
) -> None:
    request = OperateRequest(
        request_id=secrets.token_hex(16), kind=kind, service=name, nodes=nodes, remove_volumes=volumes
    )
    finish(ask(lambda server: server.operate(request)), output, detach=detach)


@click.command()
@_options
def stop(name: str, nodes: tuple[str, ...], detach: bool, output: str) -> None:
    """Stop a service. It stays stopped until somebody starts or deploys it by name.

    \b
    Example:
      composia stop web
      composia stop web --node node-a
    """
    _operate(TaskKind.STOP, name, nodes, detach, output)


@click.command()
@_options
def start(name: str, nodes: tuple[str, ...], detach: bool, output: str) -> None:
    """Start a stopped service as it was.

    \b
    Example:
      composia start web
    """
    _operate(TaskKind.START, name, nodes, detach, output)


@click.command()
@_options
def restart(name: str, nodes: tuple[str, ...], detach: bool, output: str) -> None:
    """Restart a service's containers.

    \b
    Example:
      composia restart web --node node-a
    """
    _operate(TaskKind.RESTART, name, nodes, detach, output)


@click.command()
@_options
@click.option("--volumes", is_flag=True, help="Remove its named volumes, and the data in them, too.")
def down(name: str, nodes: tuple[str, ...], detach: bool, output: str, volumes: bool) -> None:
    """Remove a service's containers and networks. Its directory, and its volumes, stay.

    \b
    Example:
      composia down web
      composia down web --volumes
    """
    _operate(TaskKind.DOWN, name, nodes, detach, output, volumes=volumes)
