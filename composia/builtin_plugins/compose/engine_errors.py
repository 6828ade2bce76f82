"""What can go wrong with the engine, in words for people."""

from collections.abc import Iterator

from composia.errors import ComposiaError, Unavailable


def silent(docker_host: str, deadline_s: float) -> ComposiaError:
    """It does not answer in time, as while it starts or while its host is very busy: it passes, as its absence does."""
    return Unavailable(f"the Docker engine does not answer within {deadline_s:g} s", where=docker_host)


def absent(docker_host: str, error: BaseException) -> ComposiaError:
    """It cannot be reached, and `error` or what is behind it says why."""
    hint = "is it installed, and does it run?"
    if any(isinstance(cause, PermissionError) for cause in causes(error)):
        hint = "put the agent's user into the group of the socket, mostly docker, and restart the agent"
    return Unavailable(f"the Docker engine cannot be reached: {_innermost(error)}", where=docker_host, hint=hint)


def gone(docker_host: str) -> ComposiaError:
    """It has broken off what it was telling."""
    return Unavailable("the Docker engine went away", where=docker_host)


def words(text: str) -> str:
    """What the engine says of a refusal, as an error's message."""
    text = text.strip().rstrip(".")
    return text[:1].lower() + text[1:]


def causes(error: BaseException) -> Iterator[BaseException]:
    """A chain of wrapped errors; the innermost, which comes last, says what is wrong."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _innermost(error: BaseException) -> str:
    *_, inner = causes(error)
    return inner.strerror.lower() if isinstance(inner, OSError) and inner.strerror else str(inner)
