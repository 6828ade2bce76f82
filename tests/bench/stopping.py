"""A service whose `stop` is a program of the bench: everything between a request and that program is Composia's own."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from composia.builtin_plugins.compose.config import ComposeConfig
from composia.builtin_plugins.compose.program import find
from tests.e2e.fleet import Fleet
from tests.e2e.testbed import claim
from tests.e2e.testbed.testbed import Testbed

COMPOSE = """services:
  main:
    image: {image}
    command: [/bin/fixture, sleep]
    stop_grace_period: 1s
"""

PROGRAM = """#!/bin/sh
for word; do
  if [ "$word" = stop ]; then
    date +%s.%N >"{record}.begun"
    {command}
    date +%s.%N >"{record}.ended"
    exit 0
  fi
done
exec {compose} "$@"
"""
"""Stands in for Compose: it writes down when a stop begins and ends, and does the bench's work in between."""


@dataclass(kw_only=True)
class Stopping:
    """A fleet of one node with one service. Times are seconds since the epoch, on one machine."""

    fleet: Fleet
    program: Path
    record: Path

    def by_composia(self) -> float:
        """Have it stopped as a task, until the task has ended; when the request was made."""
        asked = time.time()
        self.fleet.cli("stop", "bench")
        return asked

    def here(self, out: Path) -> float:
        """Run the same program from here, its output into a file; when it was asked for."""
        with out.open("ab") as file:
            asked = time.time()
            subprocess.run([self.program, "stop"], stdout=file, check=True)
        return asked

    @property
    def begun(self) -> float:
        """When the program last began."""
        return float(self.record.with_suffix(".begun").read_text())

    @property
    def ended(self) -> float:
        """When it last ended."""
        return float(self.record.with_suffix(".ended").read_text())


@contextmanager
def stopping(command: str) -> Iterator[Stopping]:
    """A bench whose stop runs that shell command; its standard output is the task's."""
    testbed = Testbed.up(f"bench-{os.getpid()}", engines=1, user=claim.own_user())
    engine = testbed.engine(1)
    with TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        root = Path(directory)
        program, record = root / "compose", root / "times"
        [compose] = find(ComposeConfig()).words
        program.write_text(PROGRAM.format(record=record, command=command, compose=compose))
        program.chmod(0o755)
        fleet = Fleet(directory=root)
        try:
            fleet.start_server()
            settings = {"executor": {"provider": "compose", "compose": str(program)}}
            (root / "agent.yaml").write_text(json.dumps(settings))
            fleet.start_agent("node-a", engine, "--config", str(root / "agent.yaml"))
            fleet.write("bench", COMPOSE.format(image=testbed.registry.name("fixture:1")), "node-a")
            fleet.commit()
            fleet.deploy("bench")
            yield Stopping(fleet=fleet, program=program, record=record)
        finally:
            fleet.end()
            testbed.release(claim.own_user())
