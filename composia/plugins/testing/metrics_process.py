"""Another process that records: python -m composia.plugins.testing.metrics_process PLUGIN DATA. It prints when it has."""

import sys
from pathlib import Path

import anyio

from composia.clock import SystemClock
from composia.core.usage import ContainerUsages
from composia.plugins.testing.metrics_bench import host, open_metrics


async def main(plugin: str, data: Path) -> None:
    """Record once a second, for ever."""
    clock = SystemClock()
    metrics = await open_metrics(plugin, {}, data, clock)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(metrics.run)
        while True:
            at_ms = clock.now_ms()
            metrics.record(
                "node-a", at_ms, host(0), ContainerUsages(names=("a",), cpu_percent=(1.0,), memory_bytes=(1,))
            )
            print(at_ms, flush=True)
            await anyio.sleep(1.0)


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], Path(sys.argv[2]))
