"""How fast the logs of containers come to the server, and what that costs: `./dev bench logs [MIB] [CONTAINERS]`.

Containers print so many MiB of lines of 100 bytes, all in all, as fast as they can, once with their logs not collected and
once collected. Printed are how long the printing takes, how long until the server has the last line, what of a core agent,
server and engine used for each MiB, and whether every line is there, counted and compared.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.idle import cpu_s
from tests.e2e.fleet import Fleet, wait_until
from tests.e2e.testbed import claim
from tests.e2e.testbed.testbed import Testbed

MIB = 1 << 20
LINE = 100
FILLING = "x" * (LINE - 1 - 9)
SCRIPT = f"awk 'BEGIN {{ for (n = 0; n < LINES; n++) printf \"%08d {FILLING}\\n\", n }}'"


def compose(image: str, lines: int, containers: int) -> str:
    """A Compose file whose containers print so many lines each, and end."""
    command = ["/bin/sh", "-c", SCRIPT.replace("LINES", str(lines))]
    part = {"image": image, "command": command, "restart": "no"}
    return json.dumps({"services": {f"main{n}": part for n in range(containers)}})


def busy(fleet: Fleet, testbed: Testbed) -> dict[str, float]:
    """Seconds of a core that each has used."""
    engine = testbed.engine(1)
    pids = {name: fleet.processes[name].pid for name in ("agent-node-a", "server")}
    return {name: cpu_s(pid) for name, pid in pids.items()} | {"dockerd": cpu_s(engine.dockerd.pid() or 0)}


def ended(testbed: Testbed, project: str) -> int:
    """How many of its containers have."""
    mine = ("--filter", f"label=com.docker.compose.project={project}", "--filter", "status=exited")
    return len(testbed.engine(1).docker("ps", "--all", "--quiet", *mine).split())


def complete(fleet: Fleet, service: str, containers: int, last: str) -> bool:
    """Whether the server has the last line of each container."""
    for n in range(containers):
        done = fleet.run("logs", service, "--container", f"main{n}", "--tail", "1", "-o", "raw")
        if not done.stdout.startswith(last):  # at first there are none, which is an error
            return False
    return True


def measure(fleet: Fleet, testbed: Testbed, service: str, containers: int, last: str) -> dict[str, float]:
    """Deploy, and wait until all is printed and, where a last line is given, kept."""
    before, begun = busy(fleet, testbed), time.perf_counter()
    fleet.cli("deploy", service, "--detach")
    wait_until(lambda: ended(testbed, service) == containers, "all is printed", 900)
    result: dict[str, float] = {"printed": time.perf_counter() - begun}
    if last:
        wait_until(lambda: complete(fleet, service, containers, last), "all is kept", 900)
        result["kept"] = time.perf_counter() - begun
    after = busy(fleet, testbed)
    return result | {name: after[name] - before[name] for name in after}


def count(fleet: Fleet, service: str, lines: int, containers: int) -> tuple[int, int]:
    """How many lines the server has, and how many of the containers' sequences are whole and in order."""
    total = whole = 0
    for n in range(containers):
        text = fleet.cli("logs", service, "--container", f"main{n}", "--tail", "all", "--since", "10h", "-o", "raw")
        numbers = [int(line[:8]) for line in text.splitlines() if len(line) == LINE - 1]
        total += len(numbers)
        whole += numbers == list(range(lines))
    return total, whole


def main(mib: int, containers: int) -> None:
    """Measure and print."""
    lines = mib * MIB // LINE // containers
    testbed = Testbed.up(f"bench-{os.getpid()}", engines=1, user=claim.own_user())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        fleet = Fleet(directory=Path(directory))
        text = compose(testbed.registry.name("fixture:1"), lines, containers)
        try:
            fleet.start_server()
            fleet.start_agent("node-a", testbed.engine(1))
            fleet.write("quiet", text, "node-a", meta="logs: {collect: false}\n")
            fleet.write("loud", text, "node-a")
            fleet.commit()
            quiet = measure(fleet, testbed, "quiet", containers, "")
            loud = measure(fleet, testbed, "loud", containers, f"{lines - 1:08}")
            total, whole = count(fleet, "loud", lines, containers)
        finally:
            fleet.end()
            testbed.release(claim.own_user())
    print(f"{mib} MiB in lines of {LINE} bytes, {containers} container(s)")
    print(f"printed  not collected {quiet['printed']:6.1f} s, collected {loud['printed']:6.1f} s")
    print(f"kept     after {loud['kept']:6.1f} s: {mib / loud['kept']:.1f} MiB/s, {total / loud['kept']:,.0f} lines/s")
    for name in ("agent-node-a", "server", "dockerd"):
        print(
            f"{name:12} {loud[name]:6.2f} s of a core, {1000 * loud[name] / mib:6.1f} ms a MiB; else {quiet[name]:.2f} s"
        )
    print(f"{total:,} of {lines * containers:,} lines, {whole} of {containers} logs whole and in order")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]), *(100, 1)[len(sys.argv) - 1 :])
