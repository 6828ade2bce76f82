"""Another process that does a work: python -m composia.plugins.testing.executor_process PLUGIN WORK (both JSON)."""

import json
import sys
from pathlib import Path
from typing import Any

import anyio
import msgspec

from composia.plugins.executor import Work
from composia.plugins.testing.executor_bench import Supervisor, open_executor


async def run(plugin: dict[str, Any], work: Work) -> None:
    """Do it."""
    executor = await open_executor(plugin["plugin"], plugin["config"], Path(plugin["data"]))
    await executor.run(work, Supervisor())
    await executor.close()


def _path(kind: type, value: str) -> Path:
    assert kind is Path
    return Path(value)


if __name__ == "__main__":
    anyio.run(run, json.loads(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Work, dec_hook=_path))
