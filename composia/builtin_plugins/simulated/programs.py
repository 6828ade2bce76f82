"""The programs that a simulated container has: enough to show that commands work, and to test with."""

import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import anyio

NOT_FOUND = 127
_PIECE = 16_384


class Console(Protocol):
    """What a program reads and writes. It waits for whoever does not read, or has nothing to say."""

    rows: int
    columns: int
    tty: bool

    async def read(self) -> bytes:
        """Some input; empty at its end."""
        ...

    async def write(self, data: bytes, *, stderr: bool = False) -> None:
        """Some output."""
        ...


@dataclass(kw_only=True)
class Room:
    """The container that a program is in, as far as it sees it."""

    hostname: str
    environment: Sequence[str] = ()
    directory: str = "/"
    others: Callable[[], Sequence[str]] = tuple
    traps: set[str] = field(default_factory=set)


Program = Callable[[Sequence[str], Console, Room], Awaitable[int]]


async def _echo(argv: Sequence[str], console: Console, _: Room) -> int:
    words = [word for word in argv if word != ">&2"]
    await console.write(f"{' '.join(words)}\n".encode(), stderr=">&2" in argv)
    return 0


async def _cat(_: Sequence[str], console: Console, __: Room) -> int:
    while data := await console.read():
        await console.write(data)
    return 0


async def _yes(_: Sequence[str], console: Console, __: Room) -> int:
    while True:
        await console.write(b"y\n" * (_PIECE // 2))


async def _sleep(argv: Sequence[str], _: Console, __: Room) -> int:
    await anyio.sleep(float(argv[0]))
    return 0


async def _true(_: Sequence[str], __: Console, ___: Room) -> int:
    return 0


async def _false(_: Sequence[str], __: Console, ___: Room) -> int:
    return 1


async def _stty(_: Sequence[str], console: Console, __: Room) -> int:
    await console.write(f"{console.rows} {console.columns}\n".encode())
    return 0


async def _env(_: Sequence[str], console: Console, room: Room) -> int:
    await console.write("".join(f"{entry}\n" for entry in room.environment).encode())
    return 0


async def _pwd(_: Sequence[str], console: Console, room: Room) -> int:
    await console.write(f"{room.directory}\n".encode())
    return 0


async def _hostname(_: Sequence[str], console: Console, room: Room) -> int:
    await console.write(f"{room.hostname}\n".encode())
    return 0


async def _ps(_: Sequence[str], console: Console, room: Room) -> int:
    await console.write("".join(f"{line}\n" for line in ("COMMAND", "simulated", *room.others())).encode())
    return 0


async def _sh(argv: Sequence[str], console: Console, room: Room) -> int:
    if argv[:1] == ["-c"]:
        _, code = await _line(argv[1], console, room)
        return code
    rest, code = b"", 0
    while True:
        if console.tty:
            await console.write(b"simulated $ ")
        while b"\n" not in rest:
            if not (data := await console.read()):
                return code
            rest += data
        line, _, rest = rest.partition(b"\n")
        is_over, code = await _line(line.decode(errors="replace"), console, room)
        if is_over:
            return code


async def _line(line: str, console: Console, room: Room) -> tuple[bool, int]:
    """Run the commands of a line; whether the shell is over, and the last exit code."""
    code = 0
    for part in line.split(";"):
        argv = shlex.split(part)
        if argv[:1] == ["exit"]:
            return True, int(argv[1]) if argv[1:] else code
        if argv[:1] == ["trap"]:
            room.traps.update(argv[2:])
        elif argv and (program := PROGRAMS.get(argv[0])):
            code = await program(argv[1:], console, room)
        elif argv:
            await console.write(f"sh: {argv[0]}: not found\n".encode(), stderr=True)
            code = NOT_FOUND
    return False, code


PROGRAMS: Mapping[str, Program] = {
    "cat": _cat,
    "echo": _echo,
    "env": _env,
    "false": _false,
    "hostname": _hostname,
    "ps": _ps,
    "pwd": _pwd,
    "sh": _sh,
    "sleep": _sleep,
    "stty": _stty,
    "true": _true,
    "yes": _yes,
}
