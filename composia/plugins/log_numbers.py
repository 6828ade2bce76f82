"""Which batches came before, for sinks that remember it no longer than their process."""

from composia.core.container_log import ForwardedLogs


class Numbers:
    """The last number of each node's spool."""

    def __init__(self) -> None:
        self._last: dict[str, dict[str, int]] = {}

    def is_new(self, node: str, logs: ForwardedLogs) -> bool:
        """Whether the batch did not come before."""
        return logs.number > self.last(node, logs)

    def last(self, node: str, logs: ForwardedLogs) -> int:
        """The last number of that batch's spool that was taken."""
        return self._last.get(node, {}).get(logs.spool, 0)

    def note(self, node: str, logs: ForwardedLogs) -> None:
        """The batch was taken. An agent has one spool at a time, so a node's earlier ones are forgotten but for the
        last few."""
        spools = self._last.setdefault(node, {})
        spools[logs.spool] = max(spools.pop(logs.spool, 0), logs.number)
        for old in list(spools)[:-_SPOOLS]:
            del spools[old]


_SPOOLS = 4
