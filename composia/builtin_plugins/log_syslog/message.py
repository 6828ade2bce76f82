"""Messages of RFC 5424, each with its length before it (RFC 6587, octet counting), so that a line may hold any
bytes."""

import re
from collections.abc import Iterator

from composia.core.container_log import ForwardedLogs, LogSource, rfc3339

ERROR, INFO = 3, 6
"""Severities: of what was printed to stderr, and of what was not."""

ID = "composia@32473"
"""Of the structured data: the number is that for examples, as long as Composia has none of its own."""

_NOT_PRINTED = re.compile(r"[^\x21-\x7e]")
_ESCAPED = re.compile(r'(["\\\]])')


def messages(node: str, logs: ForwardedLogs, facility: int) -> Iterator[bytes]:
    """One a line. HOSTNAME is the node, APP-NAME the service, PROCID the beginning of the container's id, and the
    structured data has node, service, container and the container's name. The text is the line as it was printed:
    MSG-ANY, so no byte order mark claims that it is UTF-8."""
    source, start = logs.source, 0
    names = (_name(node, 255), _name(source.service, 48), _name(source.id[:12], 128))
    data = _structured(node, source)
    for at_ns, stderr, end in zip(logs.at_ns, logs.stderr, logs.ends, strict=True):
        line, start = logs.data[start:end], end
        priority = facility * 8 + (ERROR if stderr else INFO)
        time = f"{rfc3339(at_ns)[:-4]}Z"  # microseconds are all that the format has
        head = f"<{priority}>1 {time} {' '.join(names)} {'stderr' if stderr else 'stdout'} {data} ".encode()
        yield b"%d %b%b" % (len(head) + len(line), head, line)


def _structured(node: str, source: LogSource) -> str:
    said = {"node": node, "service": source.service, "container": source.container, "name": source.name}
    values = " ".join(f'{key}="{_ESCAPED.sub(_BACKSLASH, value)}"' for key, value in said.items())
    return f"[{ID} {values}]"


def _name(text: str, most: int) -> str:
    return _NOT_PRINTED.sub("_", text)[:most] or "-"


_BACKSLASH = r"\\\1"
