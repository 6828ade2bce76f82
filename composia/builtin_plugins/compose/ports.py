"""Ports of the host that somebody else has."""

from collections.abc import Iterable

import anyio

from composia.builtin_plugins.compose.engine import Engine
from composia.builtin_plugins.compose.rendered import Rendered
from composia.core.container import Container, ContainerState, Port
from composia.errors import Conflict

_CHOOSE = "publish another port, or stop that container"

STARTING_S = 2.0
"""How long a container that may just be being started is waited for."""

AGAIN_S = 0.2


def check_ports(rendered: Rendered, containers: Iterable[Container], project: str) -> None:
    """Refuse (`Conflict`), before anything changes, a port that a container of another project publishes."""
    strangers = [container for container in containers if container.project != project]
    for service in rendered.services:
        for port in service.ports if service.wanted.count else ():
            if holder := _holder(strangers, port):
                raise Conflict(_by(port, holder), where=f"service {service.wanted.service}", hint=_CHOOSE)


async def taken(engine: Engine, port: Port, where: str) -> Conflict:
    """The error of a port that could not be had, with who has it, as far as the engine knows."""
    if holder := await _holder_soon(engine, port, where):
        return Conflict(_by(port, holder), where=where, hint=_CHOOSE)
    kind = "u" if port.protocol == "udp" else "t"
    return Conflict(
        f"port {port} of this node is taken by a program that is no container",
        where=where,
        hint=f"on the node, `ss -ln{kind}p sport = :{port.number}` says which; stop it, or publish another port",
    )


async def _holder_soon(engine: Engine, port: Port, where: str) -> Container | None:
    """A container has its ports before it is shown with them: as long as one is there that may just be being started, other than
    that in question, it may be the one."""
    until = anyio.current_time() + STARTING_S
    while True:
        listed = await engine.listed()
        if holder := _holder(listed, port):
            return holder
        starting = (one for one in listed if one.state is ContainerState.CREATED)
        if anyio.current_time() >= until or all(where == f"container {one.name}" for one in starting):
            return None
        await anyio.sleep(AGAIN_S)


def _by(port: Port, holder: Container) -> str:
    owner = f" of project {holder.project}" if holder.project else ""
    return f"port {port} of this node is taken by container {holder.name}{owner}"


def _holder(containers: Iterable[Container], port: Port) -> Container | None:
    return next((one for one in containers if any(port.clashes(other) for other in one.ports)), None)
