"""Composia on a machine whose clock is wrong: `with_clock.py SECONDS ARGUMENT…`. The wire's TLS still sees the right one."""

import sys
import time

from composia.cli.main import main
from composia.clock import SystemClock


class WrongClock(SystemClock):
    """So many seconds ahead, or behind when negative."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + OFF_MS


OFF_MS = round(float(sys.argv.pop(1)) * 1000)

if __name__ == "__main__":
    from composia.cli import agent, server

    server.SystemClock = agent.SystemClock = WrongClock  # type: ignore[attr-defined]
    main(prog_name="composia")
