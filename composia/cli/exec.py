"""`composia exec`."""

import asyncio
import shlex
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from itertools import takewhile

import click

from composia.cli.connection import connected
from composia.cli.lazy import complain
from composia.cli.profile import Profile, load_profile
from composia.cli.terminal import Inputs, raw, size, write
from composia.core.tunnel import ExecOutput, ExecStart, ExecStarted, Exited, Output, Signal
from composia.errors import ComposiaError, Invalid, Unavailable

NOT_RUN = 125
"""The exit code when it is not the command's own: it could not be run, or the connection broke."""

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)
_ENDING = (signal.SIGTERM, signal.SIGHUP)


class _Exec(click.Command):
    """Refuses an option behind the first word of the command: it would be taken for ours, and another command run than the
    one that was written."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options between the name and `--` are ours, as those before the name."""
        behind = len(args) if ctx.resilient_parsing else self._behind_first_word(ctx, args)
        open_ = list(takewhile(lambda word: word != "--", args[behind:]))
        if any(word.startswith("-") and word != "-" for word in open_):
            right = shlex.join([*args[: behind - 1], "--", *args[behind - 1 :]])
            raise click.UsageError(f"write `--` before the command: {ctx.command_path} {right}", ctx)
        return super().parse_args(ctx, args)

    def _behind_first_word(self, ctx: click.Context, args: list[str]) -> int:
        """Where the command goes on, unless `--` stands before it; else the end."""
        options: list[click.Parameter] = [param for param in self.params if isinstance(param, click.Option)]
        parser = click.Command(self.name, params=options).make_parser(ctx)
        parser.allow_interspersed_args = False
        behind = 0
        for _ in ("the name", "the first word"):
            begin, behind = behind, len(args) - len(parser.parse_args(args[behind:])[1]) + 1
            if "--" in args[begin : behind - 1]:
                return len(args)
        return behind


@click.command("exec", cls=_Exec)
@click.argument("name", metavar="NAME[/CONTAINER]")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND…")
@click.option("--interactive", "-i", is_flag=True, help="Pass standard input on.")
@click.option("--tty", "-t", is_flag=True, help="Give it a terminal.")
@click.option("--node", default="", metavar="N", help="On which node, where the service is on several.")
@click.option("--user", "-u", default="", metavar="USER[:GROUP]", help="As whom; else as the container's own user.")
@click.option("--workdir", "-w", default="", metavar="DIR", help="Where; else in the container's own directory.")
@click.option("--env", "-e", "environment", multiple=True, metavar="NAME=VALUE", help="A variable; repeatable.")
@click.pass_context
def exec_(
    ctx: click.Context,
    name: str,
    command: tuple[str, ...],
    *,
    interactive: bool,
    tty: bool,
    node: str,
    user: str,
    workdir: str,
    environment: tuple[str, ...],
) -> None:
    """Run a command in a container of a service, through the server and the node's agent.

    It exits with the command's own code, and with 125 when there is none, because it could not be run or the connection
    broke; then the command is ended too. Without a terminal, Ctrl-C reaches the command, and a second one leaves it.

    \b
    Example:
      composia exec web -- ls -l /data
      composia exec -it web/db --node node-a -- sh
      composia exec -i web/db -- psql < dump.sql
    """
    service, _, container = name.partition("/")
    if tty and interactive and not sys.stdin.isatty():
        raise Invalid(
            "standard input is no terminal", where="--tty", hint="leave out -t when input comes from elsewhere"
        )
    for entry in environment:
        if entry.partition("=")[1] == "" or entry.startswith("="):
            raise Invalid(f"{entry!r} is no variable", where="--env", hint="--env NAME=VALUE")
    rows, columns = size() if tty else (0, 0)
    start = ExecStart(
        service=service,
        container=container,
        node=node,
        argv=command,
        tty=tty,
        stdin=interactive,
        rows=rows,
        columns=columns,
        user=user,
        directory=workdir,
        environment=environment,
    )
    try:
        code = asyncio.run(_run(load_profile(), start))
    except ComposiaError as error:
        complain(error, as_json=False)
        ctx.exit(NOT_RUN)
    ctx.exit(code)


async def _run(profile: Profile, start: ExecStart) -> int:
    """The command's exit code, or that of a signal that has ended us."""
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with connected(profile) as server:
        inputs = Inputs(start)
        with ExitStack() as restoring:
            outputs = server.exec(inputs.messages())
            telling = asyncio.create_task(_tell(outputs, inputs, start, restoring, ended))
            try:
                await asyncio.wait({telling, ended}, return_when=asyncio.FIRST_COMPLETED)
                return ended.result() if ended.done() else telling.result()
            finally:
                inputs.end()
                telling.cancel()
                await asyncio.gather(telling, return_exceptions=True)


async def _tell(
    outputs: AsyncIterator[ExecOutput],
    inputs: Inputs,
    start: ExecStart,
    restoring: ExitStack,
    ended: "asyncio.Future[int]",
) -> int:
    """Print what comes, to its end."""
    async for output in outputs:
        match output:
            case ExecStarted():
                _begin(inputs, start, restoring, ended)
            case Output(data=data, stderr=stderr):
                await write(sys.stderr if stderr else sys.stdout, data)
            case Exited(code=code):
                return code
    raise Unavailable("the server has ended the stream, and the command with it")


def _begin(inputs: Inputs, start: ExecStart, restoring: ExitStack, ended: "asyncio.Future[int]") -> None:
    """It runs: from now on keys, signals and sizes are for the command."""
    loop = asyncio.get_running_loop()

    def leave(number: signal.Signals) -> None:
        if not ended.done():
            ended.set_result(128 + number)

    if start.tty and start.stdin:
        restoring.enter_context(raw(sys.stdin.fileno()))
        for number in _ENDING:
            loop.add_signal_handler(number, leave, number)
    else:
        for number in _FORWARDED:
            loop.add_signal_handler(number, _Forwarding(inputs, number, leave))
    if start.tty:
        loop.add_signal_handler(signal.SIGWINCH, inputs.resized)
        inputs.resized()  # it may have changed since it was asked for
    if start.stdin:
        inputs.read_from(sys.stdin)


class _Forwarding:
    """Pass a signal on; who says it again does not want to wait for what the command makes of it."""

    def __init__(self, inputs: Inputs, number: signal.Signals, leave: Callable[[signal.Signals], None]) -> None:
        self._inputs = inputs
        self._number = number
        self._leave = leave
        self._said = False

    def __call__(self) -> None:
        if self._said:
            self._leave(self._number)
        self._said = True
        self._inputs.say(Signal(name=self._number.name.removeprefix("SIG")))
