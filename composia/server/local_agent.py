"""An agent on the server's own host: a child process that joins by itself and ends with the server, however that ends."""

import asyncio
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio

from composia.clock import Clock
from composia.program import own_command

log = logging.getLogger(__name__)

STOP_S = 10.0
"""How long the agent may take to end when the server does; its Compose children go on in any case."""

AGAIN_FIRST_S = 1.0
AGAIN_LONGEST_S = 60.0
STEADY_S = 60.0
"""How long to wait before it is started again: twice as long each time, until it has run that long."""


@dataclass(frozen=True, kw_only=True)
class LocalAgent:
    """What to start. The node is the one that the join string is bound to; `named` says that a person has named it, and then
    an agent that has joined as another is refused. `options` are further words for it."""

    node: str
    named: bool
    data: Path
    options: tuple[str, ...] = ()

    @property
    def arguments(self) -> Sequence[str]:
        """The words after `composia`. The join string comes over standard input, where nobody else sees it."""
        name = ("--node", self.node) if self.named else ()
        return ("agent", *self.options, *name, "--data", str(self.data), "--join", "-", "--ends-with-stdin")


async def keep_local_agent(agent: LocalAgent, join: Callable[[], Awaitable[str]], clock: Clock) -> None:
    """Run it and start it again when it ends, until cancelled; `join` gives a join string for each start. Its log goes to
    our standard error."""
    wait_s = AGAIN_FIRST_S
    while True:
        began = clock.monotonic()
        code = await _run(agent, await join())
        wait_s = AGAIN_FIRST_S if clock.monotonic() - began >= STEADY_S else wait_s
        log.warning("the local agent has ended", extra={"node": agent.node, "code": code, "again_in_s": wait_s})
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, AGAIN_LONGEST_S)


async def _run(agent: LocalAgent, join: str) -> int:
    """From its start to its end; its exit code. Cancelled, it is ended."""
    process = await asyncio.create_subprocess_exec(
        *own_command(), *agent.arguments, stdin=PIPE, stdout=DEVNULL, stderr=sys.stderr, start_new_session=True
    )
    log.info("local agent started", extra={"node": agent.node, "pid": process.pid})
    try:
        assert process.stdin is not None
        process.stdin.write(f"{join}\n".encode())  # and is left open: its end is how the agent hears of ours
        return await process.wait()
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process)


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    with anyio.move_on_after(STOP_S):
        await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()
