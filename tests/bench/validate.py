"""What validation costs: `./dev bench validate [SERVICES]`, by default a thousand.

A directory of services, each with three container services of the ordinary kind, is read as the server
reads it. Printed are the seconds of the first reading in a fresh process, which loads the schema too, and of a second one after
one service has changed; and what a start pays that validates nothing.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from composia.builtin_plugins import directory
from composia.clock import SystemClock
from composia.plugins import Context
from composia.plugins.source import Source
from composia.server.catalog import CatalogReader

COMPOSE = """\
services:
{services}networks: {{back: {{}}}}
volumes: {{data: {{}}}}
"""
SERVICE = """\
  {name}:
    image: registry.example/{name}:${{TAG:-1}}
    restart: unless-stopped
    ports: ["{port}:80"]
    environment: {{A: 1, B: text, C: "${{C:-c}}", D: null}}
    env_file: [{{path: more.env, required: false}}]
    volumes: ["./{name}:/files", "data:/data"]
    networks: [back]
    healthcheck: {{test: [CMD, "true"], interval: 5s, timeout: 3s, retries: 3}}
    labels: {{a: b, c: d}}
"""


def lay(place: Path, count: int) -> None:
    """Write that many services."""
    for number in range(count):
        service = place / f"service-{number}"
        service.mkdir()
        (service / "composia-meta.yaml").write_text(f"name: service-{number}\nnodes: [a]\n")
        services = "".join(SERVICE.format(name=f"part-{part}", port=1024 + 3 * number + part) for part in range(3))
        (service / "compose.yaml").write_text(COMPOSE.format(services=services))


async def seconds(reader: CatalogReader, source: Source) -> float:
    """How long the directory takes to read as it is now."""
    begun = time.perf_counter()
    state = await source.sync(1)
    catalog = await reader.read(await source.snapshot(state.head))
    assert not any(definition.problems for definition in catalog.definitions), catalog.definitions[0].problems
    return time.perf_counter() - begun


async def measure(place: Path, aside: Path) -> None:
    """Read, change one, read again."""
    config = directory.DirectoryConfig(path=str(place))
    source = await directory.composia_source().open(config, Context(data=aside, clock=SystemClock()))
    reader = CatalogReader()
    print(f"{await seconds(reader, source):.1f} s, of them {time.process_time():.1f} s of processor")
    await asyncio.to_thread((place / "service-0" / "compose.yaml").write_text, "services: {web: {image: example}}\n")
    print(f"after a change of one: {await seconds(reader, source):.2f} s")


def main(count: int) -> None:
    """Lay the services down and measure."""
    with tempfile.TemporaryDirectory() as scratch:
        place, aside = Path(scratch, "services"), Path(scratch, "aside")
        place.mkdir()
        aside.mkdir()
        lay(place, count)
        print(f"{count} services")
        asyncio.run(measure(place, aside))
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "composia", "--version"], check=True, stdout=subprocess.DEVNULL)
    print(f"composia --version: {time.perf_counter() - begun:.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000)
