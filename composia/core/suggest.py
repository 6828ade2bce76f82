"""What somebody may have meant."""

import difflib
from collections.abc import Iterable

from composia.errors import ComposiaError, Invalid, NotFound

SHOWN = 80
"""How many characters of a name are said back; no name that exists is longer."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint for a misspelt word: the closest known ones, else all of them while they are few."""
    known = sorted(known)
    return nearest(word, known) or (f"known: {', '.join(known)}" if 0 < len(known) <= 10 else "")


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the known word that is close to a misspelt one, if one is."""
    close = difflib.get_close_matches(word[: 2 * SHOWN], sorted(known), n=1)
    return f"did you mean {close[0]}?" if close else ""


def shown(text: str) -> str:
    """A text that somebody gave, as an error may say it back: not too much of it, and nothing that a terminal obeys."""
    cut = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return cut if cut.isprintable() and cut.strip() == cut else repr(cut)


def unknown(kind: str, name: str, known: Iterable[str], *, where: str = "", otherwise: str = "") -> ComposiaError:
    """The error for a name that nothing of a kind has, with the nearest one that something has; else with the hint
    `otherwise`. No name at all is not even a question."""
    if not name:
        return Invalid(f"the name of a {kind} is empty", where=where, hint=did_you_mean("", known) or otherwise)
    return NotFound(f"no {kind} named {shown(name)}", where=where, hint=did_you_mean(name, known) or otherwise)
