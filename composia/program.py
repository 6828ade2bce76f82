"""How Composia starts itself again, for a child process of its own."""

import sys
from pathlib import Path


def own_command() -> tuple[str, ...]:
    """The words that start this same Composia, to be followed by arguments: the one file, or Python with the package.

    The file is found where it lay when this process started; after an upgrade there, it is the new one that starts.
    """
    entry = Path(getattr(sys.modules["__main__"], "__file__", None) or "")
    if entry.parent.is_file():  # __main__.py inside of the archive
        return (str(entry.parent),)
    return (sys.executable, "-m", "composia")
