"""`./dev demo`: engines from the test bed, then `composia demo` from the one file, then the engines' end."""

import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
TESTBED = (sys.executable, "-m", "tests.e2e.testbed")


def run(arguments: Sequence[str]) -> int:
    """Run the demo with the arguments of `composia demo`; returns its exit code."""
    program = [str(ROOT / "dist" / "composia"), "demo"]
    if {"--end", "--engine", "--help", "-h"} & set(arguments):
        return subprocess.run([*program, *arguments], check=False).returncode
    keep = "--keep" in arguments
    found = subprocess.run(
        [*TESTBED, "demo-engines", *(["--keep"] if keep else [])], cwd=ROOT, stdout=subprocess.PIPE, check=False
    )
    if found.returncode:
        return found.returncode
    bed = json.loads(found.stdout)
    engines = [word for engine in bed["engines"] for word in ("--engine", engine)]
    try:
        code = _wait_for(subprocess.Popen([*program, *engines, "--image", bed["image"], *arguments]))
    finally:
        if not keep:
            subprocess.run(bed["release"], cwd=ROOT, check=False)
    if keep:
        print(f"Then end its engines, from this directory:  {shlex.join(bed['release'])}")
    return code


def _wait_for(child: subprocess.Popen[bytes]) -> int:
    """Wait for the demo, which ends itself well on a signal. What comes to us is passed on; a second one does no harm."""

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    before = signal.signal(signal.SIGINT, pass_on), signal.signal(signal.SIGTERM, pass_on)
    try:
        return child.wait()
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
