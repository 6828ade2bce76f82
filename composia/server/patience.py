"""How often somebody may fail: a few times at once, then each time after a longer wait.

What is counted are names and addresses. A try counts from its beginning, so that many at once are no way around.
"""

from collections import OrderedDict
from dataclasses import dataclass

from composia.clock import Clock

KNOWN_MOST = 10_000
"""How many are remembered; of more those go that failed longest ago."""

FORGOTTEN_S = 3600.0
"""After so long without a failure all is forgotten."""


@dataclass(kw_only=True)
class _Failures:
    count: int
    last_s: float


class Patience:
    """Of one kind of thing, each by its text: `free` failures in a row without a wait, then one second, then twice as long
    each time, up to `longest_s`."""

    def __init__(self, clock: Clock, *, free: int, longest_s: float) -> None:
        self._clock = clock
        self._free = free
        self._longest_s = longest_s
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait_s(self, what: str) -> float:
        """For how many seconds it may not try."""
        failures = self._failures.get(what)
        if failures is None or failures.count < self._free:
            return 0.0
        pause_s = min(2.0 ** min(failures.count - self._free, 32), self._longest_s)
        return max(0.0, failures.last_s + pause_s - self._clock.monotonic())

    def fail(self, what: str) -> None:
        """It failed, or has begun to try."""
        now_s = self._clock.monotonic()
        before = self._failures.pop(what, None)
        count = before.count if before and before.last_s > now_s - FORGOTTEN_S else 0
        self._failures[what] = _Failures(count=count + 1, last_s=now_s)
        while len(self._failures) > KNOWN_MOST:
            self._failures.popitem(last=False)

    def excuse(self, what: str) -> None:
        """One failure less: what it tried went well."""
        failures = self._failures.get(what)
        if failures is not None:
            failures.count -= 1
            if failures.count <= 0:
                del self._failures[what]

    def forget(self, what: str) -> None:
        """It is well known: all is forgotten."""
        self._failures.pop(what, None)
