"""How far a container's log was taken, so that reading it goes on there without gap or repeat.

The engine can be asked for lines since a time only, and two streams of one container do not give them strictly by time. So a
position is a time that lies safely back, and how many of the lines since then were taken: the engine gives these same lines
first when it is asked again. Several such times, ever further apart, see to it that there is still one of use when the
host's clock was set back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

SECOND = 1_000_000_000

MARGIN_NS = SECOND
"""By how much a line may at most be older than one that came before it."""

APART = 4
"""How much older each time is than the next one, as a factor."""

RUNGS = 15
"""With these the oldest time is hours back."""


@dataclass(frozen=True, kw_only=True)
class LogPosition:
    """`rungs` are pairs, from old to new: since that time (nanoseconds) so many lines were taken. `last_ns` is the time of the
    last line, `newest_ns` the latest of any."""

    rungs: tuple[tuple[int, int], ...] = ((0, 0),)
    last_ns: int = 0
    newest_ns: int = 0

    @property
    def rung(self) -> tuple[int, int]:
        """Since when to ask, and how many of the lines that come then were taken already."""
        safe = self.last_ns - MARGIN_NS
        return next((rung for rung in reversed(self.rungs) if rung[0] <= safe), self.rungs[0])

    def after(self, at_ns: Sequence[int]) -> "LogPosition":
        """The position once lines of these times were taken, too."""
        lowest, newest, count = min(at_ns), max(self.newest_ns, *at_ns), len(at_ns)
        rungs = [(at, taken + (count if at <= lowest else sum(one >= at for one in at_ns))) for at, taken in self.rungs]
        if newest + 1 - rungs[-1][0] >= MARGIN_NS:
            rungs = _thinned([*rungs, (newest + 1, 0)])
        return LogPosition(rungs=tuple(rungs), last_ns=at_ns[-1], newest_ns=newest)

    @classmethod
    def first(cls, at_ns: int) -> "LogPosition":
        """The position before a line of that time, when nothing before it is wanted."""
        return cls(rungs=((at_ns, 0),))


class Overlap:
    """The lines that come again at the beginning of a log that is read on."""

    def __init__(self, position: LogPosition) -> None:
        self._since_ns, self._left = position.rung
        self._newest_ns = position.newest_ns

    def known(self, at_ns: Sequence[int]) -> int:
        """How many of the next lines, from the first on, were taken already."""
        if not self._left:
            return 0
        for index, at in enumerate(at_ns):
            if at > self._newest_ns:  # the engine has thrown some of the others away
                self._left = 0
                return index
            self._left -= at >= self._since_ns
            if not self._left:
                return index + 1
        return len(at_ns)


def _thinned(rungs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that are needed for each to be at most so many times as old as the next newer one."""
    newest = rungs[-1][0]
    kept = [rungs[-1]]
    for this, older in zip(rungs[-2::-1], [*rungs[-3::-1], None], strict=True):
        if older is None or newest - older[0] >= APART * (newest - kept[-1][0]):
            kept.append(this)
    return kept[:RUNGS][::-1]
