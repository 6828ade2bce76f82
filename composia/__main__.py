"""The entry of the program: `composia`, `python -m composia` and the one-file executable all call `main`."""

import io
import os
import sys
from contextlib import suppress

from composia._version import __version__


def main() -> None:
    """Run the command line. `--version` alone is answered without loading any of it."""
    _prepare_streams()
    if sys.argv[1:] == ["--version"]:
        print(f"composia {__version__}")
        return
    from composia.cli.main import main as command_line  # noqa: PLC0415 - a version needs no command line

    try:
        command_line(prog_name="composia")
    except SystemExit as end:
        _leave(end.code)


def _prepare_streams() -> None:
    """Make each standard stream one that can be used: what was closed leads nowhere, so that no file that is opened later
    takes its number, if none has by now; and what its charset lacks is written as an escape."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream: io.TextIOWrapper | None = getattr(sys, name)
        if stream is None:
            try:
                os.fstat(number)
            except OSError:
                os.open(os.devnull, os.O_RDWR)  # it takes the lowest number that is free, which is this one
            setattr(sys, name, open(os.devnull, "w" if number else "r", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif number and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _leave(code: str | int | None) -> None:
    """End without tearing the interpreter down: the HTTP client's threads now and then abort the process while that
    happens, after all work is done and all connections are closed."""
    if isinstance(code, str):
        print(code, file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # a reader that is gone, or a full disk, was told of before
            stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main()
