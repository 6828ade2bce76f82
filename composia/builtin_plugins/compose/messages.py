"""What Compose prints to stderr, made into one error for people."""

import re
from collections.abc import Iterator

from composia.builtin_plugins.compose.mask import Mask
from composia.errors import (
    ComposiaError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotPossible,
    TooLarge,
    Unavailable,
)

_LOGGED = re.compile(r'time="[^"]*" level=(?P<level>\w+) msg="(?P<text>(?:[^"\\]|\\.)*)"')
_PROGRESS = re.compile(r"^ \S.*|^#\d+ .*|^\s*$")
_FILE_LINE = re.compile(r"^((?:failed to read .*?: )?line \d+: [^\"']*?)\s*[\"'].*$")
"""Of a file with variables; what follows in quotes may be a value, or the rest of the file."""
_SERVICE = re.compile(r"^ (?:(?P<pulled>\S+) Error |> \[(?P<built>\S+) )", re.MULTILINE)
_PORT = re.compile(
    r"(?:Bind for |listen (?:tcp|udp)\d? )(?P<port>\S+?):? "
    r"(?:failed: port is already allocated|bind: address already in use)"
)
_ENDPOINT = re.compile(r"on endpoint (\S+) ")
_NAME = re.compile(r'container name "/(?P<name>[^"]+)" is already in use by container "(?P<id>[0-9a-f]+)"')
_TAKEN = "another container or program of this node has it"
_LONGEST = 600

_BY_TEXT: tuple[tuple[str, type[ComposiaError], str], ...] = (
    ("out of memory", TooLarge, "the files expand to more than Compose may use; look for nested aliases"),
    ("cannot allocate memory", TooLarge, "the files expand to more than Compose may use; look for nested aliases"),
    ("no basic auth credentials", Forbidden, "log in to the registry in the agent's docker_config"),
    ("unauthorized", Forbidden, "log in to the registry in the agent's docker_config"),
    ("permission denied while trying to connect", Unavailable, "may the agent use the engine's socket?"),
    ("access denied", Forbidden, "the image does not exist, or the agent's docker_config has no right to it"),
    ("manifest unknown", NotFound, "no such tag in the registry"),
    (
        "access to the resource is denied",
        Forbidden,
        "the image does not exist, or the agent's docker_config has no right to it",
    ),
    ("cannot connect to the docker daemon", Unavailable, "is the Docker engine of this node running?"),
    ("error during connect", Unavailable, "is the Docker engine of this node running?"),
    ("i/o timeout", Unavailable, ""),
    ("no such host", Unavailable, ""),
    ("network is unreachable", Unavailable, ""),
    ("connection refused", Unavailable, ""),
    ("no space left on device", NotPossible, "make room on the node"),
    ("non-overlapping ipv4 address pool", NotPossible, "give the engine more default-address-pools"),
)
_BY_EXIT: dict[int, tuple[type[ComposiaError], str]] = {
    14: (NotPossible, "a file that Git does not hold has to be put into the service directory on the node"),
    15: (Invalid, ""),
    16: (NotPossible, "Compose on this node is too old"),
    17: (NotPossible, ""),
    18: (NotPossible, ""),
}


def explain(text: str, exit_code: int, mask: Mask) -> ComposiaError:
    """The error behind a call that ended with that exit code and that stderr. No stack trace and no secret is in it."""
    if "goroutine " in text and "out of memory" not in text and "cannot allocate" not in text:
        return Invalid(
            "Compose itself crashed over these files", hint="a newer Compose may say what is wrong with them"
        )
    message = mask.hide(_last_words(text)) or f"Compose ended with exit code {exit_code}"
    if port := _PORT.search(message):
        endpoint = _ENDPOINT.search(message)
        where = f"container {endpoint[1]}" if endpoint else ""
        return Conflict(f"port {port['port']} is taken", where=where, hint=_TAKEN)
    if name := _NAME.search(message):
        return Conflict(f"the container name {name['name']} is taken by container {name['id'][:12]}")
    lowered, where = message.lower(), _where(text)
    for part, kind, hint in _BY_TEXT:
        if part in lowered:
            return kind(message, where=where, hint=hint)
    kind, hint = _BY_EXIT.get(exit_code, (NotPossible, ""))
    return kind(message, where=where, hint=hint)


def warnings(text: str) -> Iterator[str]:
    """The warnings in a stderr."""
    for match in _LOGGED.finditer(text):
        if match["level"] == "warning":
            yield _unquoted(match["text"])


def _last_words(text: str) -> str:
    if "out of memory" in text or "cannot allocate memory" in text:
        return "Compose ran out of memory (cannot allocate memory)"
    plain = [line for line in text.splitlines() if not _LOGGED.match(line) and not _PROGRESS.match(line)]
    fatal = [_unquoted(match["text"]) for match in _LOGGED.finditer(text) if match["level"] in ("error", "fatal")]
    quoting = next((match[1] for match in map(_FILE_LINE.match, plain) if match), None)  # and maybe over many lines
    return _tidy(quoting or (plain or fatal or [""])[-1])


def _where(text: str) -> str:
    """The service whose image could not be pulled or built."""
    found = _SERVICE.search(text)
    return f"service {found['pulled'] or found['built']}" if found else ""


def _tidy(line: str) -> str:
    line = line.strip().removeprefix("Error response from daemon: ").removeprefix("Error: ")
    line = line.removesuffix(": unknown").rstrip(".")
    if line[:1].isupper() and line[1:2].islower():
        line = line[0].lower() + line[1:]
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _unquoted(text: str) -> str:
    return text.replace('\\"', '"').replace("\\n", " ").replace("\\\\", "\\")
