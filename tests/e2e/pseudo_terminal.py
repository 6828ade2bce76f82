"""A terminal with a program at it, and a person who types."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

PATIENCE_S = 30.0


@dataclass(kw_only=True)
class Terminal:
    """`screen` is all that was printed so far."""

    master: int
    slave: int
    program: subprocess.Popen[bytes]
    screen: bytes = b""
    first_attributes: list[object] = field(default_factory=list)

    def types(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.master, keys)

    def resize(self, lines: int, columns: int) -> None:
        """Make the window another size; the program gets its signal, as it has its own session."""
        set_size(self.slave, lines, columns)
        self.program.send_signal(signal.SIGWINCH)

    def until(self, text: bytes) -> bytes:
        """Read until that is printed; it is taken off the screen with what is before it."""
        until = time.monotonic() + PATIENCE_S
        while text not in self.screen:
            ready, _, _ = select.select([self.master], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"{text!r} does not come: {self.screen!r}"
            self.screen += os.read(self.master, 65536)
        before, _, self.screen = self.screen.partition(text)
        return before

    def ended(self) -> int:
        """The exit code of the program, once it has ended; what it printed at last is on the screen then."""
        code = self.program.wait(PATIENCE_S)
        while select.select([self.master], [], [], 0)[0]:
            self.screen += os.read(self.master, 65536)
        return code

    @property
    def is_as_before(self) -> bool:
        """Whether it has the attributes with which it began."""
        return list(termios.tcgetattr(self.slave)) == self.first_attributes


def set_size(fd: int, lines: int, columns: int) -> None:
    """The size of a terminal."""
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


@contextmanager
def terminal(*argv: str, environment: Mapping[str, str], lines: int = 24, columns: int = 80) -> Iterator[Terminal]:
    """A program at a terminal of that size."""
    master, slave = pty.openpty()
    set_size(slave, lines, columns)
    first = list(termios.tcgetattr(slave))
    program = subprocess.Popen(
        argv, stdin=slave, stdout=slave, stderr=slave, env=dict(environment), start_new_session=True
    )
    try:
        yield Terminal(master=master, slave=slave, program=program, first_attributes=first)
    finally:
        program.kill()
        program.wait()
        os.close(master)
        os.close(slave)
