"""An executor with a real child for each attempt, which outlives the agent and is found again."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

import anyio

from composia.core.check import Check, CheckResult
from composia.core.container import Container
from composia.core.host_object import ContainerSize, Image, Network, Volume
from composia.core.node import NodeFacts
from composia.core.step import StepName
from composia.core.task import TaskError
from composia.core.tunnel import ExecTarget
from composia.core.usage import ContainerUsages, DockerUsage
from composia.errors import NotFound, NotPossible
from composia.plugins.executor import Outcome, Supervision, Work
from composia.plugins.executor_seeing import EngineEvent
from composia.plugins.executor_talking import Command, LogLines

CHILD = """
set -C
trap 'sleep 0.3; echo "ended $ATTEMPT" >>"$LOG"; echo 143 >"$JOURNAL/ended"; exit 143' TERM
echo $$ >"$JOURNAL/pid" 2>/dev/null || exit 0  # another one is at it
echo "begin $ATTEMPT" >>"$LOG"
for n in 1 2 3 4 5; do echo "line $n"; sleep "$PACE"; done
echo "end $ATTEMPT" >>"$LOG"
echo 0 >"$JOURNAL/exit"
"""


class ChildExecutor:
    """Its children note in `log` when they begin and end."""

    def __init__(self, log: Path, pace_s: float) -> None:
        self._log = log
        self._pace_s = pace_s

    async def run(self, work: Work, supervision: Supervision) -> Outcome:
        async with supervision.step(StepName.UP):
            if not (work.journal / "pid").exists():
                self._spawn(work)
            ending = asyncio.ensure_future(supervision.cancelled())
            try:
                while not (work.journal / "exit").exists() and not ending.done():  # noqa: ASYNC110 - of a child of an earlier life nothing tells the end
                    await anyio.sleep(0.01)
            finally:
                ending.cancel()
        if not (work.journal / "exit").exists():
            await self._end(work.journal)
            return Outcome(error=TaskError(code="cancelled", message="ended"))
        return Outcome()

    async def _end(self, journal: Path) -> None:
        """TERM, and once the child has done what it does then, KILL for what is left of its group."""
        while not (journal / "pid").is_file() or not (journal / "pid").read_text():  # noqa: ASYNC110 - it has just begun
            await anyio.sleep(0.01)
        pid = int((journal / "pid").read_text())
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGTERM)
        while not (journal / "ended").exists() and not (journal / "exit").exists():  # noqa: ASYNC110 - as above
            await anyio.sleep(0.01)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)

    def _spawn(self, work: Work) -> None:
        with work.output.open("ab") as output:
            subprocess.Popen(
                ["sh", "-c", CHILD],
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={
                    "PATH": os.environ["PATH"],
                    "JOURNAL": str(work.journal),
                    "ATTEMPT": str(work.attempt),
                    "LOG": str(self._log),
                    "PACE": str(self._pace_s),
                },
            )

    async def inventory(self) -> tuple[Container, ...]:
        return ()

    async def events(self) -> AsyncGenerator[EngineEvent]:
        yield EngineEvent()
        await anyio.sleep_forever()

    async def usage(self) -> ContainerUsages:
        return ContainerUsages()

    async def disk(self) -> DockerUsage:
        return DockerUsage()

    async def exec(self, target: ExecTarget) -> Command:
        raise NotPossible("there are no containers here")

    async def end_left_behind(self) -> None:
        pass

    async def images(self) -> tuple[Image, ...]:
        return ()

    async def volumes(self) -> tuple[Volume, ...]:
        return ()

    async def container_sizes(self) -> tuple[ContainerSize, ...]:
        return ()

    async def networks(self) -> tuple[Network, ...]:
        return ()

    async def logs(
        self, container_id: str, *, since_ns: int = 0, until_ns: int = 0, tail: int = 0, follow: bool = False
    ) -> AsyncGenerator[LogLines]:
        raise NotFound("there are no containers here")
        yield

    async def problem(self) -> str:
        return ""

    async def checks(self) -> tuple[Check, ...]:
        return (Check(name="docker", result=CheckResult.OK, text="a puppet"),)

    async def facts(self) -> NodeFacts:
        return NodeFacts()

    async def close(self) -> None:
        pass
