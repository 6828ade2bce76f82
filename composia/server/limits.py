"""How long work may wait and take, and how often it is tried: what the configuration says for all services."""

from dataclasses import dataclass, field

from composia.core.attempt import Retries
from composia.core.step import Timeouts


@dataclass(frozen=True, kw_only=True)
class Limits:
    """`wait_s` is how long a task may wait. `timeouts` are the defaults; a service's own go before them."""

    wait_s: float = 86_400.0
    timeouts: Timeouts = field(default_factory=lambda: Timeouts(task_s=1800.0))
    retries: Retries = field(default_factory=Retries)
