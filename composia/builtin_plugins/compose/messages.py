"""What Compose prints to stderr, made into one error for people."""

import re
from collections.abc import Iterator

from composia.builtin_plugins.compose.known_errors import INSTALL_COMPOSE, KNOWN, plain
from composia.builtin_plugins.compose.mask import Mask
from composia.core.container import Port
from composia.errors import ComposiaError, Conflict, Invalid, NotPossible

_LOGGED = re.compile(r'time="[^"]*" level=(?P<level>\w+) msg="(?P<text>(?:[^"\\]|\\.)*)"')
_PROGRESS = re.compile(r"^ \S.*|^#\d+ .*|^\s*$|^(?:See|Run) 'docker .*")
_FILE_LINE = re.compile(r"^((?:failed to read .*?: )?line \d+: [^\"']*?)\s*[\"'].*$")
"""Of a file with variables; what follows in quotes may be a value, or the rest of the file."""
_NO_VARIABLE = re.compile(r"^(invalid interpolation format for \S+?)\.$")
"""Two more lines follow, of which the last is the value."""
_SERVICE = re.compile(r"^ (?:(?P<pulled>\S+) Error |> \[(?P<built>\S+) )", re.MULTILINE)
_DOING = re.compile(r"^ Container (?P<name>\S+)  (?P<state>.+?)\s*$", re.MULTILINE)
_IN_WORK = ("Creating", "Starting", "Recreate", "Stopping", "Removing", "Waiting")
_PORT = re.compile(
    r"(?:Bind for |listen (?P<protocol>tcp|udp)\d? )(?P<address>\S*?):(?P<number>\d+):? "
    r"(?:failed: port is already allocated|bind: address already in use)"
)
_ENDPOINT = re.compile(r"on endpoint (\S+) ")
_NAME = re.compile(r'container name "/(?P<name>[^"]+)" is already in use by container "(?P<id>[0-9a-f]+)"')
_LONGEST = 600
_NAMED = 4

_BY_EXIT: dict[int, tuple[type[ComposiaError], str]] = {
    14: (NotPossible, "a file that Git does not hold has to be put into the service directory on the node"),
    15: (Invalid, ""),
    16: (NotPossible, INSTALL_COMPOSE),
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
    if port := taken_port(message):
        endpoint = _ENDPOINT.search(message)
        return Conflict(
            f"port {port} of this node is taken", where=f"container {endpoint[1]}" if endpoint else _where(text)
        )
    if name := _NAME.search(message):
        return Conflict(
            f"the container name {name['name']} is taken by container {name['id'][:12]}", hint="choose another name"
        )
    where = _where(text)
    for known in KNOWN:
        if error := known.error(message, where):
            return error
    kind, hint = _BY_EXIT.get(exit_code, (NotPossible, ""))
    return kind(message, where=where, hint=hint)


def taken_port(text: str) -> Port | None:
    """The port that somebody else has, if that is what is said."""
    found = _PORT.search(text)
    if found is None:
        return None
    protocol = "udp" if found["protocol"] == "udp" else "tcp"
    return Port(number=int(found["number"]), protocol=protocol, address=found["address"].strip("[]"))


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
    found = (match[1] for line in plain for match in (_FILE_LINE.match(line), _NO_VARIABLE.match(line)) if match)
    quoting = next(found, None)  # and maybe over many lines
    return _tidy(quoting or (plain or fatal or [""])[-1])


def _where(text: str) -> str:
    """The service whose image could not be pulled or built, or the containers that were in work then."""
    if found := _SERVICE.search(text):
        return f"service {found['pulled'] or found['built']}"
    last = {found["name"]: found["state"] for found in _DOING.finditer(text)}
    names = [name for name, state in last.items() if state in _IN_WORK]
    if 1 < len(names) <= _NAMED:
        return f"one of the containers {', '.join(names)}"
    return f"container {names[0]}" if len(names) == 1 else ""


def _tidy(line: str) -> str:
    line = line.strip().removeprefix("Error response from daemon: ").removeprefix("Error: ")
    line = plain(line).rstrip(".")
    if line[:1].isupper() and line[1:2].islower():
        line = line[0].lower() + line[1:]
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _unquoted(text: str) -> str:
    return text.replace('\\"', '"').replace("\\n", " ").replace("\\\\", "\\")
