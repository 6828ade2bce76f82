"""The `.env` file beside Compose files: the values of variables, as far as they are plain to see."""

import re
from collections import ChainMap
from collections.abc import Mapping

from composia.core.definition.interpolation import Known, Room, Variables, replace_variables

_NAME = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?:[=:][ \t]*|(?=\n|$))")
_BLANK = re.compile(r"\s*(?:#[^\n]*)?(?:\n|$)")
_QUOTED = re.compile(r"""(?:'([^']*)'|"((?:[^"\\]|\\.)*)")[ \t]*(?:#[^\n]*)?(?:\n|$)""", re.DOTALL)
_COMMENT = re.compile(r"(?:^|\s)#.*")

_NO_KEY = re.compile(r"[^\w.\-\[\]\t]")
"""What Compose takes in no key."""


def read_dotenv(content: bytes, outer: Mapping[str, str | None], room: Room | None = None) -> Variables:
    """The variables of a file; those of `outer` go before its own. What cannot be told for sure, or finds no room, is None."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return Variables(values=outer)
    values: dict[str, str | None] = {}
    at, in_line = 0, True
    known = ChainMap(dict(outer), values)
    room = room or Room()
    while at < len(text):
        if blank := _BLANK.match(text, at):
            at = max(blank.end(), at + 1)
            continue
        name = _NAME.match(text, at)
        if name is None:
            line, _, _ = text[at:].partition("\n")
            number = text.count("\n", 0, at) + 1 if in_line and _NO_KEY.search(_key(line)) else 0
            return Variables(values={**values, **outer}, refused_line=number)
        at = name.end()
        if quoted := _QUOTED.match(text, at):
            at = quoted.end()
            value = quoted[1] if quoted[1] is not None else _expanded(quoted[2], known, room)
        else:
            line, _, _ = text[at:].partition("\n")
            at += len(line) + 1
            in_line = in_line and not line.startswith(("'", '"'))  # else it may go on in the next one
            value = _expanded(_COMMENT.sub("", line).strip(), known, room)
        values[name[1]] = value
    return Variables(values={**values, **outer}, complete=True)


def named_files(variables: Mapping[str, str | None]) -> tuple[str, ...]:
    """The Compose files that `COMPOSE_FILE` names; none where it does not, or where that cannot be told."""
    named = variables.get("COMPOSE_FILE")
    return tuple(named.split(variables.get("COMPOSE_PATH_SEPARATOR") or ":")) if named else ()


def _key(line: str) -> str:
    return re.split("[=:]", line.strip().removeprefix("export "), maxsplit=1)[0].strip()


def _expanded(text: str, values: Mapping[str, str | None], room: Room) -> str | None:
    if "\\" in text or text.startswith(("'", '"')):
        return None
    done = replace_variables(text, Variables(values=values, complete=True), room)
    return done.text if done.known is Known.SURE else None
