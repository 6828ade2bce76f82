"""Lines that match: by a text or a regular expression, in many lines at once, in a time that grows with their length
only."""

from collections.abc import Callable, Iterator

from composia.core.container_log import LogsQuery
from composia.errors import Invalid

MAX_GREP = 1000
"""Bytes of a `grep`."""

_MAX_MEMORY = 32 * 1024 * 1024
_MULTILINE = "(?m)"

Find = Callable[[bytes], Iterator[tuple[int, bytes]]]
"""Of lines that each end in a newline: those that match, each with its place, from 0."""


def matcher(query: LogsQuery) -> Find | None:
    """What finds the lines that the query's `grep` asks for; None when it asks for all. `Invalid` for what is no
    regular expression, or one that asks for more than RE2 does (look-around, references back)."""
    if not query.grep:
        return None
    wanted = query.grep.encode()
    if len(wanted) > MAX_GREP:
        raise Invalid(f"a text of {len(wanted)} bytes to search for", where="grep", hint=f"at most {MAX_GREP}")
    if b"\n" in wanted:
        raise Invalid("a line has no newline in it", where="grep", hint="search for a part of one line")
    if query.regex or (query.ignore_case and not wanted.isascii()):
        return _lines(_expression(query))
    if query.ignore_case:
        lower = wanted.lower()
        return _lines(lambda text: _searching(text.lower(), lower))
    return _lines(lambda text: _searching(text, wanted))


Search = Callable[[int], int]
"""Where the next match begins, from there on; -1 for none."""


def _searching(text: bytes, wanted: bytes) -> Search:
    return lambda start: text.find(wanted, start)


def _expression(query: LogsQuery) -> Callable[[bytes], Search]:
    """RE2 takes linear time whatever the expression, and lets other threads run meanwhile."""
    import re2  # noqa: PLC0415 - agents and most commands never search

    options = re2.Options()
    options.never_nl = True
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    options.literal = not query.regex
    options.case_sensitive = not query.ignore_case
    wanted = query.grep
    if query.regex:
        if any(anchor in wanted.replace("\\\\", "") for anchor in (r"\A", r"\z", r"\Z")):
            raise Invalid("a search looks at single lines", where="grep", hint="write ^ and $ for the ends of a line")
        wanted = f"{_MULTILINE}{wanted}"
    try:
        compiled = re2.compile(wanted.encode(), options)
    except re2.error as error:
        told = error.args[0].decode(errors="replace").replace(_MULTILINE, "") if error.args else "it cannot be read"
        hint = "the syntax is that of RE2: no look-around and no references back; without --regex it is a plain text"
        raise Invalid(f"no regular expression: {told}", where="grep", hint=hint) from None

    def searching(text: bytes) -> Search:
        def search(start: int) -> int:
            found = compiled.search(text, start)
            return -1 if found is None else int(found.start())

        return search

    return searching


def _lines(prepare: Callable[[bytes], Search]) -> Find:
    def find(text: bytes) -> Iterator[tuple[int, bytes]]:
        search, at, begin = prepare(text), 0, 0
        while begin < len(text) and 0 <= (match := search(begin)) < len(text):
            start = text.rfind(b"\n", begin, match) + 1 or begin
            at += text.count(b"\n", begin, start)
            end = text.index(b"\n", match)
            yield at, text[start:end]
            at, begin = at + 1, end + 1

    return find
