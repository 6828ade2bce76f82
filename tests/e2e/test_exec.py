"""Commands in containers as people run them: from the command line, through server and agent, on a real engine."""

import asyncio
import os
import random
import resource
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from composia.core.tunnel import ExecInput, ExecStart, Output
from tests.e2e.api import connected
from tests.e2e.fleet import Fleet, sleeper, wait_until
from tests.e2e.pseudo_terminal import terminal
from tests.e2e.testbed.engine import Engine

pytestmark = pytest.mark.engine

WEB = f"shell-{os.getpid():x}"
FOREVER = str(100_000_000 + os.getpid())
MIB = 1 << 20


@pytest.fixture(scope="module")
def shells(tmp_path_factory: pytest.TempPathFactory, engine_a: Engine, image: str) -> Iterator[Fleet]:
    """A service that runs on one node."""
    fleet = Fleet(directory=tmp_path_factory.mktemp("shells"))
    try:
        fleet.start_server()
        fleet.start_agent("node-a", engine_a)
        fleet.write(WEB, sleeper(image), "node-a")
        fleet.commit()
        fleet.deploy(WEB)
        yield fleet
    finally:
        fleet.end()


@pytest.fixture(autouse=True)
def _nothing_stays(shells: Fleet) -> Iterator[None]:
    """Whatever a test does, what it ran is over soon after."""
    yield
    wait_until(lambda: not sleepers(shells), "nothing is left in the container", 20)


def environment(fleet: Fleet) -> dict[str, str]:
    return {
        **os.environ,
        "COMPOSIA_SERVER": fleet.url,
        "COMPOSIA_TOKEN": (fleet.server_data / "admin.token").read_text().strip(),
        "COMPOSIA_CA": str(fleet.server_data / "ca.pem"),
    }


Begin = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def begin(shells: Fleet, _nothing_stays: None) -> Iterator[Begin]:
    """`begin(…)` is `composia exec …`, in a process of its own."""
    with ExitStack() as ends:

        def begun(*arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [*shells.command, "exec", *arguments],
                env=environment(shells),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            ends.callback(process.communicate)
            ends.callback(process.kill)
            return process

        yield begun


def sleepers(fleet: Fleet) -> list[str]:
    """What of the tests runs in the container."""
    [container] = fleet.containers("node-a", WEB).values()
    lines = fleet.engines["node-a"].docker("top", container, "-eo", "pid,args").splitlines()
    return [line for line in lines if FOREVER in line]


def test_output_and_exit_code_are_the_commands_own(shells: Fleet) -> None:
    done = shells.run("exec", WEB, "--", "sh", "-c", "echo out; echo err >&2; exit 7")

    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")


def test_options_go_with_it(shells: Fleet) -> None:
    script = 'echo "$COLOUR $PWD $(id -u)"'
    done = shells.run(
        "exec",
        f"{WEB}/main",
        "--node",
        "node-a",
        "-e",
        "COLOUR=blue",
        "-w",
        "/tmp",
        "-u",
        "7",
        "--",
        "sh",
        "-c",
        script,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "blue /tmp 7\n", "")


def test_ten_megabytes_go_through_cat_unchanged(begin: Begin) -> None:
    data = random.Random(2).randbytes(10 * MIB)
    process = begin("-i", WEB, "--", "cat", stdin=subprocess.PIPE)
    out, err = process.communicate(data, timeout=120)

    assert (process.returncode, err) == (0, b"")
    assert out == data


def test_a_command_that_there_is_not_is_said(shells: Fleet) -> None:
    done = shells.run("exec", WEB, "--", "no-such-program")

    assert done.returncode == 125
    assert done.stdout == ""
    assert done.stderr == (
        'composia: command no-such-program: exec: "no-such-program": executable file not found in $PATH\n'
    )


def test_a_terminal_is_refused_where_standard_input_is_none(shells: Fleet) -> None:
    done = shells.run("exec", "-it", WEB, "--", "sh")

    assert done.returncode == 2
    assert done.stderr == (
        "composia: --tty: standard input is no terminal\n  hint: leave out -t when input comes from elsewhere\n"
    )


def test_a_shell_at_a_terminal_knows_its_size_hears_ctrl_c_and_leaves_the_terminal_as_it_was(shells: Fleet) -> None:
    with terminal(*shells.command, "exec", "-it", WEB, "--", "sh", environment=environment(shells)) as shell:
        shell.until(b"# ")
        shell.types(b"stty size\r")
        shell.until(b"24 80\r\n")
        shell.resize(50, 132)
        shell.types(b"""until [ "$(stty size)" = "50 132" ]; do sleep 0.1; done; echo re""sized\r""")
        shell.until(b"resized\r\n")
        shell.types(f"sleep {FOREVER}\r".encode())
        wait_until(lambda: sleepers(shells), "it sleeps")
        shell.types(b"\x03")
        shell.types(b"echo woken\r")
        shell.until(b"\nwoken\r\n")
        assert not shell.is_as_before
        shell.types(b"exit 3\r")

        assert shell.ended() == 3
        assert shell.is_as_before


@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_without_a_terminal_signals_reach_the_command(begin: Begin, name: str) -> None:
    number = signal.Signals[f"SIG{name}"]
    process = begin(WEB, "--", "sh", "-c", f"trap 'echo heard; exit 9' {name}; echo ready; sleep {FOREVER}")
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=30)

    assert (process.returncode, out) == (9, b"heard\n"), err


def test_who_says_it_twice_leaves_and_the_command_is_ended(begin: Begin) -> None:
    script = f"trap 'echo heard' INT; echo ready; while :; do sleep {FOREVER}; done"
    process = begin(WEB, "--", "sh", "-c", script)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == b"heard\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)

    assert process.returncode == 130


def test_a_person_whose_terminal_is_gone_leaves_nothing_behind(shells: Fleet, begin: Begin) -> None:
    process = begin(WEB, "--", "sleep", FOREVER)
    wait_until(lambda: sleepers(shells), "it sleeps")
    process.kill()


def test_a_server_that_is_killed_in_the_middle_is_said_and_the_command_is_ended(shells: Fleet) -> None:
    with terminal(*shells.command, "exec", "-it", WEB, "--", "sleep", FOREVER, environment=environment(shells)) as one:
        wait_until(lambda: sleepers(shells), "it sleeps")
        shells.kill("server")
        code = one.ended()
        wait_until(lambda: not sleepers(shells), "the agent has ended it", 20)
        restored, screen = one.is_as_before, one.screen
    shells.start_server()
    wait_until(lambda: shells.node("node-a")["state"] == "online", "the agent is back")

    assert code == 125
    assert screen.startswith(b"composia: ")
    assert restored


def test_an_agent_that_is_killed_in_the_middle_is_said_and_ends_the_command_when_it_is_back(shells: Fleet) -> None:
    with terminal(*shells.command, "exec", "-it", WEB, "--", "sleep", FOREVER, environment=environment(shells)) as one:
        wait_until(lambda: sleepers(shells), "it sleeps")
        shells.kill("agent-node-a")
        code = one.ended()
        restored, screen = one.is_as_before, one.screen
    left = sleepers(shells)
    shells.start_agent("node-a", shells.engines["node-a"])
    wait_until(lambda: not sleepers(shells), "the next agent has ended it", 20)

    assert code == 125
    assert b"node node-a: the connection to the agent was lost" in screen
    assert restored
    assert left


def test_a_token_that_is_revoked_ends_what_was_begun_with_it(shells: Fleet) -> None:
    token = shells.ask("token", "create", "--role", "operator")
    known = {**environment(shells), "COMPOSIA_TOKEN": token["token"]}
    with terminal(*shells.command, "exec", "-it", WEB, "--", "sleep", FOREVER, environment=known) as one:
        wait_until(lambda: sleepers(shells), "it sleeps")
        shells.cli("token", "revoke", token["id"])

        assert one.ended() == 125
        assert b"the token was revoked" in one.screen


def test_who_may_only_look_runs_nothing(shells: Fleet) -> None:
    token = shells.ask("token", "create", "--role", "viewer")
    known = {**environment(shells), "COMPOSIA_TOKEN": token["token"]}
    done = subprocess.run(
        [*shells.command, "exec", WEB, "--", "true"], env=known, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (125, "composia: Exec: the role viewer may not call this\n")


def test_twenty_shells_work_beside_one_that_nobody_reads_and_nothing_grows(shells: Fleet, begin: Begin) -> None:
    """Nor does it work on: it waits."""
    stuck = begin(WEB, "--", "dd", "if=/dev/urandom", "bs=64k", f"count={FOREVER}")
    processes = {**{name: process.pid for name, process in shells.processes.items()}, "client": stuck.pid}
    wait_until(lambda: _waits(shells), "nobody reads it, so it waits")
    before = {name: _resident(pid) for name, pid in processes.items()}
    said = asyncio.run(_echoes(shells, 20))
    wait_until(lambda: _waits(shells), "it waits still")
    after = {name: _resident(pid) for name, pid in processes.items()}

    assert said == [f"{number}\n".encode() for number in range(20)]
    for name, resident in after.items():
        assert resident < 150 * MIB, name
        assert resident - before[name] < 40 * MIB, name


def test_who_sends_what_nobody_takes_is_held_up(shells: Fleet, begin: Begin) -> None:
    process = begin("-i", WEB, "--", "sleep", FOREVER, stdin=subprocess.PIPE)
    wait_until(lambda: sleepers(shells), "it sleeps")
    assert process.stdin is not None
    os.set_blocking(process.stdin.fileno(), False)
    sent, moved, data = 0, time.monotonic(), os.urandom(65536)  # what can be compressed would take less room
    while time.monotonic() - moved < 2.0:
        try:
            sent += os.write(process.stdin.fileno(), data)
            moved = time.monotonic()
        except BlockingIOError:
            time.sleep(0.05)
        assert sent < 64 * MIB
    resident = _resident(shells.processes["server"].pid)

    assert resident < 150 * MIB


async def _echoes(fleet: Fleet, count: int) -> list[bytes]:
    """What so many commands say that run at once, on one connection."""
    async with connected(fleet) as server:

        async def echo(number: int) -> bytes:
            async def start() -> AsyncIterator[ExecInput]:
                yield ExecStart(service=WEB, argv=("echo", str(number)))

            return b"".join([out.data async for out in server.exec(start()) if isinstance(out, Output)])

        return await asyncio.gather(*(echo(number) for number in range(count)))


def _waits(fleet: Fleet) -> bool:
    """Whether what runs there takes no processor time for a while."""
    before = _ticks(fleet)
    time.sleep(0.5)
    return bool(before) and before == _ticks(fleet)


def _ticks(fleet: Fleet) -> dict[str, int]:
    found = {}
    for pid in (line.split()[0] for line in sleepers(fleet)):
        with suppress(FileNotFoundError):  # it has just ended
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            found[pid] = int(fields[11]) + int(fields[12])
    return found


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
