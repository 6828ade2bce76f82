"""What tells the agent to end: a signal, or the end of whoever started it as a child."""

import logging
import os
import signal
import sys

import anyio
import anyio.abc

log = logging.getLogger(__name__)


def end_when_told(tasks: anyio.abc.TaskGroup, *, with_stdin: bool) -> None:
    """Cancel the task group at SIGTERM or SIGINT, and, if asked, once nobody holds the other end of standard input: a
    parent that was killed has no other way to say so."""
    tasks.start_soon(_end_on_signal, tasks.cancel_scope, name="signals")
    if with_stdin:
        tasks.start_soon(_end_with_stdin, tasks.cancel_scope, name="standard input")


async def _end_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for received in signals:
            log.info("agent stops", extra={"signal": received.name})
            scope.cancel()
            return


async def _end_with_stdin(scope: anyio.CancelScope) -> None:
    descriptor = sys.stdin.fileno()
    await anyio.wait_readable(descriptor)
    while os.read(descriptor, 4096):
        await anyio.wait_readable(descriptor)
    log.info("agent stops", extra={"reason": "whoever started it is gone"})
    scope.cancel()
