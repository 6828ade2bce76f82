"""How two texts differ, line by line."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal

from composia.core.file import Hunk, LineKind

AROUND = 3
"""How many lines that are in both are shown around those that differ."""

Step = tuple[Literal["replace", "delete", "insert", "equal"], int, int, int, int]
"""What becomes of lines `old[a:b]` and `new[c:d]`: a verb and a, b, c, d."""


def lines_of(old: str, new: str) -> tuple[list[str], list[str]]:
    """The lines of both without newlines. A newline at the end that only one of them has is an empty last line of that one."""
    pair = [text.split("\n") if text else [] for text in (old, new)]
    if all(not lines or not lines[-1] for lines in pair):
        pair = [lines[:-1] for lines in pair]
    return pair[0], pair[1]


def difference(old: str, new: str) -> tuple[Hunk, ...]:
    """The places where they differ, in order; none overlaps or touches another."""
    before, after = lines_of(old, new)
    return tuple(_hunk(steps, before, after) for steps in _grouped(_steps(before, after)))


def _steps(old: Sequence[str], new: Sequence[str]) -> list[Step]:
    """What leads from one to the other. Only what lies between the lines that both begin and end with is looked at closely."""
    least = min(len(old), len(new))
    begin = next((n for n in range(least) if old[n] != new[n]), least)
    end = next((n for n in range(least - begin) if old[-1 - n] != new[-1 - n]), least - begin)
    matcher = SequenceMatcher(None, old[begin : len(old) - end], new[begin : len(new) - end])
    steps: list[Step] = [("equal", 0, begin, 0, begin)]
    steps += [(verb, a + begin, b + begin, c + begin, d + begin) for verb, a, b, c, d in matcher.get_opcodes()]
    steps.append(("equal", len(old) - end, len(old), len(new) - end, len(new)))
    return [step for step in steps if step[1] < step[2] or step[3] < step[4]]


def _grouped(steps: Sequence[Step]) -> list[list[Step]]:
    """The steps of each hunk: what is equal for long parts two of them, and is cut to what is shown around."""
    groups: list[list[Step]] = [[]]
    for number, (verb, a, b, c, d) in enumerate(steps, 1):
        is_between = bool(groups[-1]) and number < len(steps)
        if verb != "equal" or (is_between and b - a <= 2 * AROUND):
            groups[-1].append((verb, a, b, c, d))
            continue
        if groups[-1]:
            groups[-1].append((verb, a, min(b, a + AROUND), c, min(d, c + AROUND)))
            groups.append([])
        groups[-1].append((verb, max(a, b - AROUND), b, max(c, d - AROUND), d))
    return [group for group in groups if any(verb != "equal" for verb, *_ in group)]


def _hunk(steps: Sequence[Step], old: Sequence[str], new: Sequence[str]) -> Hunk:
    kinds: list[LineKind] = []
    lines: list[str] = []
    for verb, a, b, c, d in steps:
        if verb == "equal":
            kinds += [LineKind.KEPT] * (b - a)
            lines += old[a:b]
        else:
            kinds += [LineKind.REMOVED] * (b - a) + [LineKind.ADDED] * (d - c)
            lines += (*old[a:b], *new[c:d])
    first, last = steps[0], steps[-1]
    return Hunk(
        old_line=first[1] + 1 if first[1] < last[2] else 0,
        new_line=first[3] + 1 if first[3] < last[4] else 0,
        kinds=tuple(kinds),
        lines=tuple(lines),
    )
