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
    """A hint that names the known word that is close to a misspelt one, if one is; of several the one of the same letters."""
    close = difflib.get_close_matches(word[: 2 * SHOWN], sorted(known), n=3)
    close.sort(key=lambda other: sorted(other) != sorted(word))
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


def misspelt(word: str, known: Iterable[str]) -> str:
    """The known word of which this one is a slip of the hand, else nothing.

    Much closer than `did_you_mean`: newer versions bring words that resemble older ones (`gpus` and `cpus`, `pre_start`
    and `post_start`), so the first letter and every digit has to be right.
    """
    known = list(known)
    for other in known:
        if _plain(word) == _plain(other) or (
            len(word) >= 4 and 0 < len(other) - len(word) <= 2 and other.startswith(word)
        ):
            return other
    for other in known:
        if word[:1].lower() != other[:1].lower() or _digits(word) != _digits(other) or len(other) < 3:
            continue
        if _distance(word.lower(), other.lower()) <= (2 if len(other) >= 8 else 1):
            return other
    return ""


def _plain(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "").removesuffix("s")


def _digits(word: str) -> str:
    return "".join(letter for letter in word if letter.isdigit())


def _distance(one: str, other: str) -> int:
    """How many letters were added, left out, replaced or swapped with their neighbour; 3 stands for more."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                least = min(least, earlier[j - 2] + 1)
            row.append(least)
    return row[-1]
