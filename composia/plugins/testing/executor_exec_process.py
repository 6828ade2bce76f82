"""An agent, so to speak, that runs a command in a container until it is killed. Its argument is what `Bench` gives."""

import json
import sys
from pathlib import Path
from typing import Any

import anyio

from composia.core.tunnel import ExecTarget
from composia.plugins.testing.executor_bench import open_executor


async def run(given: dict[str, Any]) -> None:
    """Start it, say so, and wait."""
    executor = await open_executor(given["plugin"], given["config"], Path(given["data"]))
    await executor.exec(ExecTarget(container_id=given["container"], argv=tuple(given["argv"]), stdin=True))
    print("started", flush=True)
    await anyio.sleep_forever()


if __name__ == "__main__":
    anyio.run(run, json.loads(sys.argv[1]))
