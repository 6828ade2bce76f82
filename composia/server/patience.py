"""How often somebody may fail: a few times at once, then each time after a longer wait.

What is counted are names and addresses. A try counts from its beginning, so that many at once are no way around.
"""

from collections import OrderedDict

from composia.clock import Clock

KNOWN_MOST = 10_000
"""How many are remembered; of more those go that failed longest ago."""

FORGOTTEN_S = 3600.0
"""After so long without a failure all is forgotten."""

WAITING_MOST = 32
"""So many failures with a wait are remembered of each: by then it has long been the longest."""


class Patience:
    """Of one kind of thing, each by its text: `free` failures in a row without a wait, then one second, then twice as long
    each time, up to `longest_s`."""

    def __init__(self, clock: Clock, *, free: int, longest_s: float) -> None:
        self._clock = clock
        self._free = free
        self._longest_s = longest_s
        self._failures: OrderedDict[str, list[float]] = OrderedDict()
        """When each has failed, oldest first."""

    def wait_s(self, what: str) -> float:
        """For how many seconds it may not try."""
        failed_s = self._failures.get(what, [])
        if len(failed_s) < self._free:
            return 0.0
        pause_s = min(2.0 ** (len(failed_s) - self._free), self._longest_s)
        return max(0.0, failed_s[-1] + pause_s - self._clock.monotonic())

    def fail(self, what: str) -> float:
        """It failed, or has begun to try: when."""
        now_s = self._clock.monotonic()
        before_s = self._failures.pop(what, [])
        if before_s and before_s[-1] <= now_s - FORGOTTEN_S:
            before_s = []
        self._failures[what] = [*before_s, now_s][-self._free - WAITING_MOST :]
        while len(self._failures) > KNOWN_MOST:
            self._failures.popitem(last=False)
        return now_s

    def excuse(self, what: str, tried_s: float) -> None:
        """What it tried then went well, and is as if it had not been tried: others wait no longer for it."""
        failed_s = self._failures.get(what, [])
        if tried_s in failed_s:
            failed_s.remove(tried_s)
            if not failed_s:
                del self._failures[what]

    def forget(self, what: str) -> None:
        """It is well known: all is forgotten."""
        self._failures.pop(what, None)
