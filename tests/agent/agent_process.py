"""An agent in a process of its own, which kills itself at a point that it is told.

Arguments: data directory, socket of the server, seconds between a child's lines, point, which time it is passed, and, for
a host that is to join, the join string, or `-` when it has none; then it ends with its standard input.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import composia.agent.session
from composia.agent.main import run_agent
from composia.agent.settings import AgentSettings
from composia.clock import SystemClock
from composia.core.join import read_join_string
from tests.agent.child_executor import ChildExecutor
from tests.agent.fake_server import MISSED_HEARTBEATS
from tests.agent.pipe_transport import PipeTransport


def main() -> None:
    data, socket, pace, fatal, times = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4], int(sys.argv[5])
    passed = 0

    def reached(point: str) -> None:
        nonlocal passed
        with (data.parent / "points").open("a") as points:
            points.write(f"{point}\n")
        passed += point == fatal
        if passed == times:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = AgentSettings(node="n1", server=socket, token="secret", data=data)
    if sys.argv[6:]:
        join = None if sys.argv[6] == "-" else read_join_string(sys.argv[6])
        settings = AgentSettings(data=data, join=join, ends_with_stdin=True)
    composia.agent.session.MISSED_HEARTBEATS = MISSED_HEARTBEATS
    executor = ChildExecutor(data.parent / "children", pace)
    asyncio.run(run_agent(settings, PipeTransport(), executor, SystemClock(), reached=reached))


if __name__ == "__main__":
    main()
