"""What must hold, told from what was written down while everybody died."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import groupby

Call = tuple[str, ...]
"""The beginning or the end of a call of Compose: what, call, verb, project."""


def calls_side_by_side(calls: Iterable[Call]) -> list[str]:
    """Calls that began while another one of the same project ran."""
    running: dict[str, dict[str, str]] = defaultdict(dict)
    found = []
    for what, call, verb, project in calls:
        if what == "begin":
            found += [f"{verb} of {project} beside {other}" for other in running[project].values()]
            running[project][call] = verb
        else:
            running[project].pop(call, None)
    return found


def names_that_come_back(names: Iterable[str]) -> list[str]:
    """Containers that wrote their name again after another one had written its own: both were at work."""
    turns = Counter(name for name, _ in groupby(names))
    return [name for name, times in turns.items() if times > 1]


def misses(shown: bytes, printed: bytes, *, may_be_cut_off: bool) -> bool:
    """Whether what is shown from a call's first byte on is not what it printed; of work that was given up the end may be
    missing."""
    return not (shown.startswith(printed) or (may_be_cut_off and printed.startswith(shown)))
