"""What `composia doctor` says of a node: the agent's own part, and the executor's."""

from functools import partial
from pathlib import Path

import anyio.to_thread

from composia.core.check import Check
from composia.plugins.executor import Executor
from composia.self_check import directory_checks, program_checks


async def node_checks(data: Path, executor: Executor) -> tuple[Check, ...]:
    """All of it; nothing is raised, what does not answer is a check that failed."""
    return (
        *await anyio.to_thread.run_sync(program_checks),
        *await anyio.to_thread.run_sync(partial(directory_checks, data, others=0o55)),
        *await executor.checks(),
    )
