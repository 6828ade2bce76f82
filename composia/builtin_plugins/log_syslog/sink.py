"""The sink `syslog`.

The protocol has no acknowledgement of its own. What counts as taken is what was written to the connection; what the
other side's system had not yet acknowledged when that broke is sent again on the next one, so a line may come twice
then. What a receiver had in its hands when it died is lost.
"""

import anyio

from composia.builtin_plugins.log_syslog.config import SyslogConfig
from composia.builtin_plugins.log_syslog.line import Line
from composia.builtin_plugins.log_syslog.message import messages
from composia.core.container_log import ForwardedLogs
from composia.plugins.log_numbers import Numbers


class SyslogSink:
    """Batches one after another, in the order in which they come."""

    def __init__(self, config: SyslogConfig) -> None:
        self._config = config
        self._line = Line(config)
        self._numbers = Numbers()
        self._one = anyio.Lock()

    async def append(self, node: str, logs: ForwardedLogs) -> int:
        """Send a batch. `Unavailable` when the receiver is away or slow; then it comes again."""
        async with self._one:
            if self._numbers.is_new(node, logs):
                if logs.ends:
                    await self._line.send(b"".join(messages(node, logs, self._config.facility)))
                self._numbers.note(node, logs)
            return self._numbers.last(node, logs)

    async def close(self) -> None:
        """Wait a little for what is under way, and hang up."""
        await self._line.close()
