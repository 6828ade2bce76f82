"""The answer of the engine to a question for a log, taken apart: chunks of HTTP, frames of two streams, lines with times.

There may be hundreds of thousands of lines a second, so all is done in one pass. The engine sends each message of a log
as one chunk with one frame in it; what is cut in any other way is understood too, only slower. A message is a line, or a
piece of one that was longer than what the engine takes at once; then it has no newline at its end.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate

from composia.plugins.executor_talking import LogLines

LONGEST = 1 << 20
"""How long a line may be before it is given in pieces."""

PIECE = 16 * 1024
"""How much of a line the engine takes at once."""

_HEAD = 8
_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?", re.DOTALL)
_SECOND = 1_000_000_000
_NEWLINE = 10
_STDERR, _TROUBLE = 2, 3


@dataclass(kw_only=True)
class _Unfinished:
    """The beginning of a line whose end has not come yet."""

    at_ns: int
    data: bytearray


@dataclass(kw_only=True)
class LogFrames:
    """Fed with an answer's bytes, it gives lines. `terminal` says that the container has one: then there are no frames.
    With `unended` a long line has no newline at its end, but its last piece is shorter than the others. With `one_time` all pieces of a line bear its time, so that what has another one is another line, even if the end of the
    one before never came. `ended` tells that the answer is whole, `trouble` why the engine could not go on."""

    terminal: bool = False
    one_time: bool = True
    unended: bool = False
    chunked: bool = True
    ended: bool = False
    trouble: str = ""
    _left: bytes = b""
    _frames: bytes = b""
    _second: bytes = b""
    _second_ns: int = 0
    _last_ns: int = 0
    _unfinished: dict[bool, _Unfinished] = field(default_factory=dict)
    _at_ns: list[int] = field(default_factory=list)
    _stderr: list[bool] = field(default_factory=list)
    _partial: set[int] = field(default_factory=set)
    _data: list[bytes] = field(default_factory=list)

    def feed(self, data: bytes) -> LogLines | None:
        """The lines that are whole with these bytes; None when there are none. `ValueError` for what is no such answer."""
        if self.chunked:
            self._take_chunks(self._left + data if self._left else data)
        else:
            self._take_piece(data)
        return self._lines()

    def finish(self) -> LogLines | None:
        """What is left once the answer has come to its true end: lines without one of their own."""
        for stderr in sorted(self._unfinished):
            self._end_line(stderr)
        return self._lines()

    def _take_chunks(self, data: bytes) -> None:
        at, size, find = 0, len(data), data.find
        framed = not self.terminal
        add_time, add_stream, add_line = self._at_ns.append, self._stderr.append, self._data.append
        unfinished = self._unfinished
        while (head := find(b"\r\n", at)) >= 0:
            begin = head + 2
            end = begin + int(data[at:head], 16)
            if end + 2 > size:
                break
            if end == begin:
                self.ended = True
                break
            at = end + 2
            text = begin + _HEAD
            if not framed or self._frames or int.from_bytes(data[begin + 4 : text], "big") != end - text:
                self._take_piece(data[begin:end])
                continue
            stamp = data[text : text + 31]
            if stamp[29:] == b"Z " and data[end - 1] == _NEWLINE and end - text <= LONGEST and not unfinished:
                # what nearly every message is
                if stamp[:19] != self._second:
                    self._begin_second(stamp[:19])
                add_time(self._second_ns + int(stamp[20:29]))
                add_stream(data[begin] == _STDERR)
                add_line(data[text + 31 : end - 1])
            else:
                self._take_frame(data[begin], data[text:end])
        self._left = data[at:]

    def _take_piece(self, data: bytes) -> None:
        """Bytes that are not one frame."""
        if self.terminal:
            self._take_message(False, data)
            return
        self._frames += data
        at = 0
        while at + _HEAD <= len(self._frames):
            end = at + _HEAD + int.from_bytes(self._frames[at + 4 : at + _HEAD], "big")
            if end > len(self._frames):
                break
            self._take_frame(self._frames[at], self._frames[at + _HEAD : end])
            at = end
        self._frames = self._frames[at:]

    def _take_frame(self, stream: int, message: bytes) -> None:
        if stream == _TROUBLE:  # the engine's own words: it cannot read on
            self.trouble = message.decode(errors="replace")
        else:
            self._take_message(stream == _STDERR, message)

    def _take_message(self, stderr: bool, message: bytes) -> None:
        stamp = _STAMP.match(message)
        if stamp is None:  # a piece of what a terminal shows that somebody on the way has cut
            at_ns, text = self._last_ns, message
        else:
            at_ns, text = self._time(stamp), message[stamp.end() :]
        unfinished = self._unfinished.get(stderr)
        if unfinished and self.one_time and unfinished.at_ns != at_ns:
            self._end_line(stderr)
            unfinished = None
        if unfinished is None:
            unfinished = self._unfinished[stderr] = _Unfinished(at_ns=at_ns, data=bytearray())
        whole = text.endswith(b"\n")
        end = -2 if self.terminal and text.endswith(b"\r\n") else -1
        unfinished.data += text[:end] if whole else text
        while len(unfinished.data) > LONGEST:
            self._partial.add(len(self._at_ns))
            self._add(unfinished.at_ns, stderr, bytes(unfinished.data[:LONGEST]))
            del unfinished.data[:LONGEST]
        if whole or (self.unended and len(text) < PIECE):
            self._end_line(stderr)

    def _end_line(self, stderr: bool) -> None:
        unfinished = self._unfinished.pop(stderr)
        self._add(unfinished.at_ns, stderr, bytes(unfinished.data))

    def _add(self, at_ns: int, stderr: bool, data: bytes) -> None:
        self._at_ns.append(at_ns)
        self._stderr.append(stderr)
        self._data.append(data)

    def _time(self, stamp: re.Match[bytes]) -> int:
        second, fraction, zone = stamp.groups()
        moment = datetime.fromisoformat((second + zone).decode())
        self._last_ns = max(0, int(moment.timestamp())) * _SECOND + int((fraction or b"0").ljust(9, b"0"))
        return self._last_ns

    def _begin_second(self, second: bytes) -> None:
        moment = datetime.fromisoformat(f"{second.decode()}+00:00")
        self._second, self._second_ns = second, int(moment.timestamp()) * _SECOND

    def _split(self) -> None:
        """Make lines of messages with newlines in them."""
        messages = list(zip(self._at_ns, self._stderr, self._data, strict=True))
        partial = self._partial.copy()
        for column in (self._at_ns, self._stderr, self._data, self._partial):
            column.clear()
        for number, (at_ns, stderr, data) in enumerate(messages):
            for line in data.split(b"\n"):
                self._add(at_ns, stderr, line)
            if number in partial:
                self._partial.add(len(self._data) - 1)

    def _lines(self) -> LogLines | None:
        if not self._at_ns:
            return None
        count, partial = len(self._at_ns), self._partial
        data = b"".join(self._data)
        if b"\n" in data:  # a log driver of somebody's own may put many lines into one message
            self._split()
            return self._lines()
        lines = LogLines(
            at_ns=tuple(self._at_ns),
            stderr=tuple(self._stderr),
            partial=tuple(n in partial for n in range(count)) if partial else (False,) * count,
            ends=tuple(accumulate(map(len, self._data))),
            data=data,
        )
        self._at_ns.clear()
        self._stderr.clear()
        self._partial.clear()
        self._data.clear()
        return lines
