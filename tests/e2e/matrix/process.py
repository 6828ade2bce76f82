"""Composia in a process that a test holds at a named point: `python -m tests.e2e.matrix.process DIRECTORY server|agent …`."""

import sys
from functools import partial
from pathlib import Path

import composia.agent.main
import composia.server.main
from composia.__main__ import main
from tests.e2e.matrix.trap import Trap

if __name__ == "__main__":
    reached = Trap(Path(sys.argv.pop(1))).reached
    composia.server.main.run_server = partial(composia.server.main.run_server, reached=reached)
    composia.agent.main.run_agent = partial(composia.agent.main.run_agent, reached=reached)
    main()
