"""Puts work without end and writes each answer to standard output as it comes: a process to be killed."""

import asyncio
import os
import sys
from pathlib import Path

from composia.builtin_plugins.sqlite.queue import open_queue
from composia.core.intent import Intent
from composia.core.task import TaskKind
from composia.plugins.queue import NewDeployment, Queue
from composia.plugins.testing.work import NOW, deployment

WRITERS = 16


def request(request_id: str) -> list[NewDeployment]:
    """A stop of a service on three nodes, and of another one on a fourth."""
    stop = Intent(service=f"web-{request_id}", node="node-a", stopped=True)
    return [
        deployment("node-a", "node-b", "node-c", kind=TaskKind.STOP, service=f"web-{request_id}", intents=(stop,)),
        deployment("node-d", kind=TaskKind.STOP, service=f"db-{request_id}"),
    ]


async def write(queue: Queue, writer: str) -> None:
    """Put one request after the other."""
    number = 0
    while True:
        request_id = f"{writer}.{number}"
        await queue.put(request_id, request(request_id), NOW)
        os.write(sys.stdout.fileno(), f"{request_id}\n".encode())
        number += 1


async def main(directory: Path, life: str) -> None:
    """Many writers at once."""
    queue = await open_queue(directory)
    await asyncio.gather(*(write(queue, f"{life}.{writer}") for writer in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
