"""In which form a data directory keeps its data, so that a program never reads what a newer one wrote."""

from pathlib import Path

from composia.durable import write_durably
from composia.errors import Invalid, NotPossible

FILE = "format"


def check_format(directory: Path, newest: int) -> None:
    """Mark a directory with the newest format that this program knows, if it has no mark. `NotPossible` when its data is
    newer than that: whoever goes on would spoil it. `newest` is to be raised when an older program could not read what
    a newer one writes."""
    file = directory / FILE
    try:
        text = file.read_text("ascii", errors="replace").strip()
    except FileNotFoundError:
        write_durably(file, b"%d\n" % newest)
        return
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid("no format of data is named there", where=str(file), hint=f"it held a number, such as {newest}")
    if int(text) > newest:
        raise NotPossible(
            f"the data was written by a newer Composia (format {text}, this one knows up to {newest})",
            where=str(directory),
            hint="use that version or a newer one",
        )
