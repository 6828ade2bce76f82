"""A command in a container, for a person."""

import asyncio
import shlex
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing

from composia.core.principal import Principal
from composia.core.status import StatusReport
from composia.core.tunnel import ExecInput, ExecOutput, ExecStart, ExecStarted, ExecTarget, InputEnd, TunnelDown
from composia.errors import Invalid, Unavailable
from composia.plugins.queue import AuditEntry
from composia.server.container_choice import Place, running_container
from composia.server.control_plane import ControlPlane
from composia.server.tunnels import Tunnel

LONGEST_AUDITED = 1000
"""Characters of a command that the audit keeps."""


async def run_command(
    plane: ControlPlane,
    principal: Principal,
    inputs: AsyncIterator[ExecInput],
    status_of: Callable[[str], Awaitable[StatusReport]],
) -> AsyncGenerator[ExecOutput, None]:
    """Run what the first message says; what comes after it goes in, what comes out is passed on. That it was asked for is
    audited before it begins, what goes in and out never is. When the person goes away, the command is ended."""
    start = await anext(inputs, None)
    if not isinstance(start, ExecStart):
        raise Invalid("the first message of exec is start")
    if not start.argv:
        raise Invalid("there is no command", where=f"service {start.service}", hint="composia exec NAME -- COMMAND")
    [service] = (await status_of(start.service)).services
    place = running_container(service, start.container, start.node)
    await plane.queue.record(
        AuditEntry(
            at_ms=plane.clock.now_ms(),
            by=principal.id,
            action="exec",
            target=start.service,
            text=f"{place.node} {place.container.name}: {shlex.join(start.argv)}"[:LONGEST_AUDITED],
        )
    )
    async with plane.tunnels.open(place.node, _target(start, place)) as tunnel:
        yield ExecStarted(node=place.node, container=place.container.name)
        feeding = asyncio.create_task(_feed(tunnel, inputs), name=f"feed {place}")
        try:
            async with aclosing(tunnel.received()) as outputs:
                async for output in outputs:
                    yield output
        except Unavailable:
            if feeding.done() and (wrong := feeding.exception()):  # what the person sent is why it was ended
                raise wrong from None
            raise
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)


def _target(start: ExecStart, place: Place) -> ExecTarget:
    return ExecTarget(
        container_id=place.container.id,
        argv=start.argv,
        tty=start.tty,
        stdin=start.stdin,
        rows=start.rows,
        columns=start.columns,
        user=start.user,
        directory=start.directory,
        environment=start.environment,
    )


async def _feed(tunnel: Tunnel, inputs: AsyncIterator[ExecInput]) -> None:
    try:
        async for message in inputs:
            await tunnel.send(_not_start(message))
        await tunnel.send(InputEnd())
    except Exception as error:
        tunnel.close(str(error))
        raise


def _not_start(message: ExecInput) -> TunnelDown:
    if isinstance(message, ExecStart):
        raise Invalid("start comes once")
    return message
