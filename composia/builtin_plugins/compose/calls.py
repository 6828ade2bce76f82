"""The calls of one attempt, by name. Each is made once, however often the attempt is taken up again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import anyio

from composia.builtin_plugins.compose.argv import Words
from composia.builtin_plugins.compose.child import Call, Child
from composia.builtin_plugins.compose.program import Program
from composia.errors import ERRORS, ComposiaError, TimedOut

_TAIL = 65_536


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a call ended: `exit_code` is None when it was interrupted by something else than us. `text` is the end of
    what it printed to stderr."""

    exit_code: int | None
    text: str

    @property
    def good(self) -> bool:
        """Whether it did what it was asked."""
        return self.exit_code == 0


class Calls:
    """Compose, as this attempt calls it. Nothing that a call prints in private reaches the task's output.

    The first word of a call's name is its step: `up`, `up-again-1`.
    """

    def __init__(
        self, *, program: Callable[[], Awaitable[Program]], journal: Path, output: Path, grace_s: float
    ) -> None:
        self._program = program
        self._journal = journal
        self._output = output
        self._grace_s = grace_s

    def begun(self, name: str) -> bool:
        """Whether that call was started, in this life of the agent or an earlier one."""
        return self._child(name).begun

    @property
    def any_begun(self) -> bool:
        """Whether any call was started, in this life of the agent or an earlier one."""
        return any(child.begun for child in self._all())

    def printed(self, name: str) -> Path:
        """The file with what a private call printed."""
        return self._journal / name / "stdout"

    async def make(
        self,
        name: str,
        words: Words,
        *,
        directory: Path,
        deadline_s: float,
        private: bool = False,
        memory_mib: int | None = None,
    ) -> Result:
        """Call Compose in `directory`, or take up the call of that name. `TimedOut` when it was ended at its deadline,
        `Cancelled` when a person ended it; in both cases nothing of it runs any more. `NotPossible` where there is no
        Compose that can be called."""
        child = self._child(name)
        out = self.printed(name) if private else self._output
        messages = self._journal / name / "stderr" if private else self._output
        if not child.begun:
            await child.start(await self._call(words, directory, out, messages, memory_mib))
        code: int | None = None
        with anyio.move_on_after(deadline_s - child.age_s()) as waiting:
            code = await child.ended()
        if waiting.cancelled_caught:
            late = TimedOut(f"{name.partition('-')[0]} did not end within {deadline_s:g} s")
            if await child.end(self._grace_s, _text(late)):
                raise late
            code = child.exit_code
        if reason := child.ended_for:
            raise _error(reason)
        return Result(exit_code=code, text=_tail(messages, child.offset))

    async def end(self, error: ComposiaError) -> None:
        """End what still runs of any call, also of one that an earlier life of the agent made, and remember why."""
        for child in self._all():
            await child.end(self._grace_s, _text(error))

    def _all(self) -> list[Child]:
        return [Child(file.parent) for file in self._journal.glob("*/process")]

    def _child(self, name: str) -> Child:
        return Child(self._journal / name)

    async def _call(self, words: Words, directory: Path, out: Path, messages: Path, memory_mib: int | None) -> Call:
        program = await self._program()
        return Call(
            words=(*program.words, *words),
            environment=dict(program.environment),
            directory=directory,
            out=out,
            messages=messages,
            memory_mib=memory_mib,
        )


def _text(error: ComposiaError) -> str:
    """Why a call was ended, to be read again in another life of the agent."""
    return f"{error.code} {error.message}"


def _error(text: str) -> ComposiaError:
    code, _, message = text.partition(" ")
    return ERRORS[code](message)


def _tail(file: Path, offset: int) -> str:
    with file.open("rb") as opened:
        opened.seek(max(offset, file.stat().st_size - _TAIL))
        return opened.read().decode(errors="replace")
