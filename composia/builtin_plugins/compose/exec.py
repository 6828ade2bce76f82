"""Commands in containers: started through the engine, ended by us, since the engine lets those go on whose client is gone."""

import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from signal import SIGHUP, SIGKILL, Signals
from typing import Any

import anyio
import anyio.to_thread

from composia.builtin_plugins.compose.engine_errors import silent, words
from composia.builtin_plugins.compose.engine_stream import EngineStream, EngineStreams
from composia.builtin_plugins.compose.exec_process import HostProcess
from composia.builtin_plugins.compose.exec_record import ExecRecord, Started
from composia.core.tunnel import ExecTarget
from composia.errors import NotFound, NotPossible, Unavailable

GRACE_S = 3.0
"""How long a command has to end after HUP."""

_SOON_S, _LATER_S = 0.005, 0.1
"""How often the engine is asked whether a command has started or ended, at first and in the end."""

log = logging.getLogger(__name__)

_HEADER = 8
_STDERR = 2
_KILL = 'kill -s "$0" -- "-$1"'


@dataclass(frozen=True, kw_only=True)
class Exec:
    """Starts commands. What runs is written down, so that whoever comes after an agent that was killed can end it."""

    streams: EngineStreams
    record: ExecRecord
    grace_s: float = GRACE_S
    open: set[str] = field(default_factory=set)

    async def start(self, target: ExecTarget) -> "EngineCommand":
        """Start a command. `NotPossible` with the engine's words when it cannot be. Nothing is left of it when nobody gets it."""
        made = await self.streams.ask("POST", f"/containers/{target.container_id}/exec", body=_body(target))
        started = Started(exec_id=json.loads(made)["Id"], container_id=target.container_id)
        self.open.add(started.exec_id)
        try:
            self.record.keep(started)
            stream = await self._attach(started, target)
            try:
                started = await self._until_it_runs(started, target, stream)
                command = EngineCommand(self, started, stream, tty=target.tty)
                if target.tty and target.rows and target.columns:
                    await command.resize(target.rows, target.columns)
            except BaseException:
                await stream.aclose()
                raise
        except BaseException:
            with anyio.CancelScope(shield=True), suppress(Unavailable):
                await self.end(started)
            raise
        return command

    async def end_left_behind(self) -> None:
        """End what an agent that was killed has left, and nothing that is open here."""
        for started in self.record.all():
            if started.exec_id not in self.open:
                await self.end(started)

    async def end(self, started: Started) -> None:
        """End a command, if it runs: HUP, grace, KILL; and forget it. Where the engine does not answer and its process is not
        known it raises that, and what is written down is kept for later."""
        self.open.discard(started.exec_id)
        try:
            state = await self.state(started)
            if started.pid == 0 and state["Pid"]:
                started = self.record.keep(_located(started, state["Pid"]))
            runs = bool(state["Running"])
        except NotFound:  # the engine was started anew, and does not know it any more
            runs = True
        except Unavailable:
            if started.pid == 0:
                raise
            runs = True
        if runs:
            await self._end_running(started)
        self.record.forget(started)

    async def state(self, started: Started) -> dict[str, Any]:
        """What the engine says of it."""
        answer: dict[str, Any] = json.loads(await self.streams.ask("GET", f"/exec/{started.exec_id}/json"))
        return answer

    async def signal(self, started: Started, number: Signals, *, whole_session: bool = False) -> None:
        """Send it a signal: from here where the agent may, else by a `kill` in the container."""
        process = started.process
        if process is None:
            where = f"container {started.container_id[:12]}"
            raise NotPossible(
                "the agent does not see the processes of containers", where=where, hint="run it on the host"
            )
        try:
            await anyio.to_thread.run_sync(process.signal_session if whole_session else process.signal, number)
        except PermissionError:
            await self._kill_inside(started, process, number)

    async def _end_running(self, started: Started) -> None:
        if (process := started.process) is None:
            log.warning("a command stays behind, its process cannot be seen", extra={"container": started.container_id})
            return
        for number in (SIGHUP, SIGKILL):
            with suppress(NotPossible, NotFound):  # there is no shell to send it from, or no container any more
                await self.signal(started, number, whole_session=True)
            with anyio.move_on_after(self.grace_s):
                while await anyio.to_thread.run_sync(process.session):  # noqa: ASYNC110 - the kernel rings no bell
                    await anyio.sleep(_LATER_S / 2)
                return

    async def _kill_inside(self, started: Started, process: HostProcess, number: Signals) -> None:
        inside = process.number_inside
        if not inside:
            return
        argv = ["sh", "-c", _KILL, number.name.removeprefix("SIG"), str(inside)]
        body = {"Cmd": argv, "User": "0", "AttachStdout": True}
        made = await self.streams.ask("POST", f"/containers/{started.container_id}/exec", body=body)
        await self.streams.ask("POST", f"/exec/{json.loads(made)['Id']}/start", body={"Detach": False, "Tty": False})

    async def _attach(self, started: Started, target: ExecTarget) -> EngineStream:
        body = {"Detach": False, "Tty": target.tty} | _size(target)
        return await self.streams.open("POST", f"/exec/{started.exec_id}/start", body=body, upgrade=True)

    async def _until_it_runs(self, started: Started, target: ExecTarget, stream: EngineStream) -> Started:
        """Wait until it has a process. The engine says why there is none as if the command had said it."""
        wait_s = _SOON_S
        try:
            with anyio.fail_after(self.streams.deadline_s):
                while not (state := await self.state(started))["Pid"]:
                    if not state["Running"] and state["ExitCode"] is not None:
                        said = b"".join([data async for _, data in _pieces(stream, tty=target.tty)])
                        raise NotPossible(_reason(said.decode(errors="replace")), where=f"command {target.argv[0]}")
                    await anyio.sleep(wait_s)
                    wait_s = min(2 * wait_s, _LATER_S)
        except TimeoutError:
            raise silent(self.streams.docker_host, self.streams.deadline_s) from None
        return self.record.keep(_located(started, state["Pid"]))


class EngineCommand:
    """A command that runs."""

    def __init__(self, exec_: Exec, started: Started, stream: EngineStream, *, tty: bool) -> None:
        self._exec = exec_
        self._started = started
        self._stream = stream
        self._tty = tty
        self._code: int | None = None

    def output(self) -> AsyncIterator[tuple[bool, bytes]]:
        """What comes out, each piece with whether it was stderr."""
        return _pieces(self._stream, tty=self._tty)

    async def write(self, data: bytes) -> None:
        """Put bytes in; what it has no use for any more is let go."""
        with suppress(Unavailable):  # it has ended; an engine that is gone is told where its output is read
            await self._stream.send(data)

    async def end_input(self) -> None:
        """Nothing more goes in."""
        await self._stream.send_eof()

    async def resize(self, rows: int, columns: int) -> None:
        """Its terminal has another size now; one that has ended has none."""
        with suppress(NotPossible, NotFound):
            await self._exec.streams.ask(
                "POST", f"/exec/{self._started.exec_id}/resize", {"h": str(rows), "w": str(columns)}
            )

    async def signal(self, name: str) -> None:
        """Send it a signal."""
        try:
            number = Signals[f"SIG{name.removeprefix('SIG')}"]
        except KeyError:
            raise NotPossible(f"there is no signal {name}", hint="such as INT, TERM or HUP") from None
        await self._exec.signal(self._started, number)

    async def exit_code(self) -> int:
        """Its exit code, once it has ended."""
        wait_s = _SOON_S
        while self._code is None:
            state = await self._exec.state(self._started)
            if not state["Running"] and state["ExitCode"] is not None:
                self._code = int(state["ExitCode"])
                self._exec.record.forget(self._started)
                self._exec.open.discard(self._started.exec_id)
                break
            await anyio.sleep(wait_s)
            wait_s = min(2 * wait_s, _LATER_S)
        return self._code

    async def close(self) -> None:
        """End it, if it still runs."""
        with anyio.CancelScope(shield=True):
            try:
                if self._code is None:
                    with suppress(Unavailable):  # the next agent ends it
                        await self._exec.end(self._started)
            finally:
                await self._stream.aclose()


def _located(started: Started, pid: int) -> Started:
    process = HostProcess.of(pid, started.container_id)
    return started if process is None else started.at(process)


def _reason(said: str) -> str:
    """What is wrong with a command, without what the engine tells of how it came to know."""
    return words(said.rpartition("unable to start container process: ")[2].strip().removesuffix(": unknown"))


def _body(target: ExecTarget) -> dict[str, Any]:
    return {
        "Cmd": list(target.argv),
        "AttachStdin": target.stdin,
        "AttachStdout": True,
        "AttachStderr": True,
        "Tty": target.tty,
        "User": target.user,
        "WorkingDir": target.directory,
        "Env": list(target.environment),
        **_size(target),
    }


def _size(target: ExecTarget) -> dict[str, Any]:
    """From its first moment on; engines that do not know it are told a moment later."""
    return {"ConsoleSize": [target.rows, target.columns]} if target.tty and target.rows and target.columns else {}


async def _pieces(stream: EngineStream, *, tty: bool) -> AsyncGenerator[tuple[bool, bytes], None]:
    """What comes: raw from a terminal, else in frames, each with a header that says of which stream and how long it is."""
    rest = b""
    left, is_error = 0, False
    while piece := await stream.receive():
        if tty:
            yield False, piece
            continue
        rest += piece
        while rest:
            if left == 0:
                if len(rest) < _HEADER:
                    break
                is_error, left = rest[0] == _STDERR, int.from_bytes(rest[4:_HEADER], "big")
                rest = rest[_HEADER:]
                continue
            data, rest = rest[:left], rest[left:]
            left -= len(data)
            yield is_error, data
