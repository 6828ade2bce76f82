"""Every error that a person may see.

    ComposiaError
    ├── Invalid             invalid            the request or a file is wrong
    ├── Unauthenticated     unauthenticated    no token, or one that is not known
    ├── Forbidden           forbidden          the token's role may not do this
    ├── NotFound            not_found          a name, id or revision that does not exist
    ├── Conflict            conflict           it clashes with something that exists or was edited
    ├── NotPossible         not_possible       right in itself, but not in the present state
    ├── TooLarge            too_large          over a limit that is named
    ├── TooOften            too_often          tried again and again; it says for how long to wait
    ├── Unavailable         unavailable        the other side does not answer; trying again may help
    ├── TimedOut            timed_out          a deadline passed
    ├── Cancelled           cancelled          a person ended it
    └── Internal            internal           our fault; the text is in the log under `id`

The code is stable and travels on the wire and in `-o json`. A message is lower case and has no
period; `where` names a file, line, node, container or field; `hint` says what would be right.
"""

import errno
from collections.abc import Iterator
from typing import ClassVar


class ComposiaError(Exception):
    """An error with a code, for people: what, where, and what would be right."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, *, where: str = "", hint: str = "", id: str = "") -> None:  # noqa: A002 - the word of the wire contract
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.id = id

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class Invalid(ComposiaError):
    """The request or a file is wrong."""

    code = "invalid"


class Unauthenticated(ComposiaError):
    """There is no token, or one that is not known."""

    code = "unauthenticated"


class Forbidden(ComposiaError):
    """The caller's role may not do this."""

    code = "forbidden"


class NotFound(ComposiaError):
    """A name, id or revision that does not exist."""

    code = "not_found"


class Conflict(ComposiaError):
    """It clashes with something that exists or was edited."""

    code = "conflict"


class NotPossible(ComposiaError):
    """Right in itself, but not in the present state."""

    code = "not_possible"


class TooLarge(ComposiaError):
    """Over a limit that the message names."""

    code = "too_large"


class TooOften(ComposiaError):
    """Tried again and again; `wait_s` is for how many seconds to wait, which the hint says too. It does not travel."""

    code = "too_often"

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        hint: str = "",
        id: str = "",  # noqa: A002 - the word of the wire contract
        wait_s: float = 0.0,
    ) -> None:
        super().__init__(message, where=where, hint=hint, id=id)
        self.wait_s = wait_s


class Unavailable(ComposiaError):
    """The other side does not answer; trying again may help."""

    code = "unavailable"


class TimedOut(ComposiaError):
    """A deadline passed."""

    code = "timed_out"


class Cancelled(ComposiaError):
    """A person ended it."""

    code = "cancelled"


class Internal(ComposiaError):
    """Our fault; the text is in the log under the error's id."""

    code = "internal"


ERRORS: dict[str, type[ComposiaError]] = {
    error.code: error
    for error in (
        Invalid,
        Unauthenticated,
        Forbidden,
        NotFound,
        Conflict,
        NotPossible,
        TooLarge,
        TooOften,
        Unavailable,
        TimedOut,
        Cancelled,
        Internal,
    )
}


_PASSING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM})
"""What may pass, when somebody makes room or the load is gone."""

_HINTS = {
    errno.ENOSPC: "make room on that disk",
    errno.EDQUOT: "make room within that quota",
    errno.EROFS: "mount it writable, or use another place",
    errno.EACCES: "run as the user that owns it, or change its rights",
    errno.EPERM: "run as the user that owns it, or change its rights; an immutable flag (lsattr) keeps everybody out",
    errno.ENOTDIR: "something else lies where a directory has to be; move it away",
    errno.EISDIR: "a directory lies where a file has to be; move it away",
    errno.EMFILE: "allow the process more open files",
}


def of_the_system(error: OSError, where: str = "") -> ComposiaError:
    """What the operating system refuses, said to people. `where` is the place when the error does not name one, or the
    directory of the one that it names."""
    reason = error.strerror or str(error) or type(error).__name__
    kind = Unavailable if error.errno in _PASSING else NotPossible
    place = error.filename.decode("utf-8", "replace") if isinstance(error.filename, bytes) else error.filename
    if where and place and not str(place).startswith("/"):
        place = f"{where}/{place}"
    return kind(reason[:1].lower() + reason[1:], where=str(place or where), hint=_HINTS.get(error.errno or 0, ""))


def cause(failed: BaseException) -> BaseException:
    """The one error to tell people of those in a group: the first of ours, else the first."""
    leaves = list(_leaves(failed))
    return next((error for error in leaves if isinstance(error, ComposiaError)), leaves[0])


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error
