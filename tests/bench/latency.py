"""From a request to the start of the process that does it: `./dev bench latency [ROUNDS]`.

A stop is asked for over the server's API, on a connection that is open already, and the program in place of Compose writes
down when it begins: store, dispatch, stream, journal and spawn lie in between. Beside it the same program is spawned from
here. The two are run in turns; printed are medians in milliseconds and their ratio.
"""

import asyncio
import secrets
import statistics
import sys
import time

from composia.core.task import TaskKind
from composia.plugins.api import OperateRequest
from composia.plugins.transport import ServerConnection
from tests.bench.stopping import Stopping, stopping
from tests.e2e.api import connected


async def one(server: ServerConnection, bench: Stopping) -> float:
    """Milliseconds from a request to the start of its process."""
    asked = time.time()
    request = OperateRequest(request_id=secrets.token_hex(8), kind=TaskKind.STOP, service="bench")
    (view,) = (await server.operate(request)).deployments
    async for _ in server.task_output(view.tasks[0].id, follow=True, attempt=0, offset=0):
        pass
    return (bench.begun - asked) * 1000


async def measure(bench: Stopping, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds by Composia, and from here."""
    composia, here = [], []
    async with connected(bench.fleet) as server:
        for number in range(rounds + 1):
            task = await one(server, bench)
            asked = await asyncio.to_thread(bench.here, bench.record.with_suffix(".out"))
            if number:  # the first round warms caches
                composia.append(task)
                here.append((bench.begun - asked) * 1000)
    return composia, here


def main(rounds: int) -> None:
    """Measure and print."""
    with stopping(":") as bench:
        composia, here = asyncio.run(measure(bench, rounds))
    task, spawn = statistics.median(composia), statistics.median(here)
    print(f"request to process start  {task:7.1f} ms (worst {max(composia):.1f})")
    print(f"spawned from here         {spawn:7.1f} ms (worst {max(here):.1f}), ratio {task / spawn:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
