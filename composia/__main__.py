"""The entry of the program: `composia`, `python -m composia` and the one-file executable all call `main`."""

import sys

from composia._version import __version__


def main() -> None:
    """Run the command line. `--version` alone is answered without loading any of it."""
    if sys.argv[1:] == ["--version"]:
        print(f"composia {__version__}")
        return
    from composia.cli.main import main as command_line  # noqa: PLC0415 - a version needs no command line

    command_line(prog_name="composia")


if __name__ == "__main__":
    main()
