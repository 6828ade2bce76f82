"""Tests in several processes: an interrupt reaches each of them, once, and each has time to end what it started."""

import os
import signal
import time
from contextlib import suppress
from typing import Any

import execnet
import pytest

PATIENCE_S = 100.0
"""How long the processes may take to end their engines and all else, before they are ended themselves."""


class Worker:
    """In a process that runs tests. It hears of an interrupt from the first process, and not from the terminal, too:
    a second one would break off what the first one lets end."""

    def pytest_sessionstart(self) -> None:
        """Leave the group of processes that a terminal interrupts."""
        os.setpgid(0, 0)


class Controller:
    """In the process that hands the tests out."""

    def __init__(self) -> None:
        self.workers: list[Any] = []
        self.running: dict[str, None] = {}

    def pytest_configure_node(self, node: Any) -> None:
        """Let all choose the same tests."""
        node.workerinput["matrix_seed"] = node.config.getoption("--matrix-seed")

    def pytest_testnodeready(self, node: Any) -> None:
        """Remember who there is."""
        self.workers.append(node)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Remember which tests run."""
        self.running[nodeid] = None

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Forget those that have ended."""
        self.running.pop(nodeid, None)

    @pytest.hookimpl(trylast=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Interrupt all workers, and wait until their fixtures have ended."""
        for worker in self.workers:
            worker.gateway._io.popen.send_signal(signal.SIGINT)
        deadline = time.monotonic() + PATIENCE_S
        for worker in self.workers:
            with suppress(EOFError, execnet.RemoteError, execnet.TimeoutError):
                worker.channel.waitclose(max(0.0, deadline - time.monotonic()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the tests that never ended."""
        for name in self.running:
            terminalreporter.write_line(f"INTERRUPTED {name}")
