"""What Composia costs while nothing happens, and until it answers: `./dev bench idle [SECONDS]`.

One server and one agent, from the one file, with 50 containers on the engine, and then with 200. Printed are seconds from the
start of a process to its first answer, resident memory and the share of one core over some seconds of rest; for `--version`
beside the time that Python itself takes; and the size of the file.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.deploying import COMPOSE, META
from tests.e2e.fleet import Fleet
from tests.e2e.testbed import claim
from tests.e2e.testbed.testbed import Testbed

FILE = Path(__file__).resolve().parents[2] / "dist" / "composia"
SERVICES, MORE, EACH = 50, 30, 5
ROUNDS = 15
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_s(process: int) -> float:
    """Seconds of a core that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mib(process: int) -> float:
    """Resident memory of a process."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE / 2**20


def started_s(*command: str) -> float:
    """The median seconds of a command that ends by itself."""
    found = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        found.append(time.perf_counter() - begun)
    return statistics.median(found)


def main(rest_s: float) -> None:
    """Measure and print."""
    assert FILE.exists(), "./dev build makes the file"
    version, python = started_s(str(FILE), "--version"), started_s(sys.executable, "-IS", "-c", "pass")
    print(
        f"--version  {version * 1000:.0f} ms, Python alone {python * 1000:.0f} ms; {FILE.stat().st_size / 2**20:.1f} MiB"
    )
    testbed = Testbed.up(f"bench-{os.getpid()}", engines=1, user=claim.own_user())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        fleet = Fleet(directory=Path(directory), command=(str(FILE),))
        try:
            _rest(fleet, testbed, rest_s)
        finally:
            fleet.end()
            testbed.release(claim.own_user())


def _rest(fleet: Fleet, testbed: Testbed, rest_s: float) -> None:
    text = COMPOSE.format(image=testbed.registry.name("fixture:1"), turn=0)
    for number in range(SERVICES):
        fleet.write(f"idle-{number:02}", text, "node-a", meta=META.format(max_parallel=1))
    fleet.commit()
    begun = time.perf_counter()
    fleet.start_server()
    server = time.perf_counter() - begun
    fleet.cli("token", "list")
    begun = time.perf_counter()
    fleet.start_agent("node-a", testbed.engine(1))
    agent = time.perf_counter() - begun
    print(f"server answers after {server:.2f} s, agent is online after {agent:.2f} s (three commands included)")
    fleet.deploy("--all")
    _show_rest(fleet, rest_s, SERVICES)
    for number in range(MORE):
        several = f"{text}    deploy: {{replicas: {EACH}}}\n"
        fleet.write(f"more-{number:02}", several, "node-a", meta=META.format(max_parallel=1))
    fleet.commit()
    fleet.deploy("--changed")
    _show_rest(fleet, rest_s, SERVICES + MORE * EACH)


def _show_rest(fleet: Fleet, rest_s: float, containers: int) -> None:
    time.sleep(60)  # containers younger than a minute are looked at more closely
    for name in ("server", "agent-node-a"):
        process = fleet.processes[name].pid
        before = cpu_s(process)
        time.sleep(rest_s)
        share = (cpu_s(process) - before) / rest_s
        print(f"{name:14} {memory_mib(process):5.1f} MiB, {share:.2%} of a core, {containers} containers")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
