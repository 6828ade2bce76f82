"""How long to wait before the next try: full jitter, so that a thousand agents do not come back at once."""

import random
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Backoff:
    """Each delay is random, below a bound in seconds that doubles from try to try."""

    first_s: float = 0.5
    longest_s: float = 30.0
    _bound_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    def next(self) -> float:
        """The delay before the next try."""
        delay_s = random.uniform(0, min(self._bound_s, self.longest_s))  # noqa: S311 - chance spreads the load, it keeps no secret
        self._bound_s = min(self._bound_s * 2, self.longest_s)
        return delay_s

    def reset(self) -> None:
        """It went well: begin anew."""
        self._bound_s = self.first_s
