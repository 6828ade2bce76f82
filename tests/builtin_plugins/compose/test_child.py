"""Calls that outlive the agent: real processes, no engine."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from composia.builtin_plugins.compose.child import Call, Child
from composia.builtin_plugins.compose.process import Process
from tests.small_disk import small_disk

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]
SOON_S = 60.0


def call(directory: Path, script: str, *words: str, memory_mib: int | None = None) -> Call:
    return Call(
        words=("/bin/sh", "-c", script, "sh", *words),
        environment={"PATH": "/usr/bin:/bin"},
        directory=directory,
        out=directory / "out",
        messages=directory / "messages",
        memory_mib=memory_mib,
    )


def runner(journal: Path) -> Process:
    return Process.parsed((journal / "process").read_text())


async def ready(directory: Path) -> None:
    while "ready" not in (directory / "out").read_text():  # noqa: ASYNC110 - another process writes it
        await anyio.sleep(0.01)


async def test_what_it_prints_and_its_exit_code_are_in_files(tmp_path: Path) -> None:
    child = Child(tmp_path / "call")
    await child.start(call(tmp_path, "echo out; echo err >&2; exit 7"))

    assert await child.ended() == 7
    assert ((tmp_path / "out").read_text(), (tmp_path / "messages").read_text()) == ("out\n", "err\n")


async def test_words_arrive_as_they_are(tmp_path: Path) -> None:
    words = ("a b", "$HOME", "'\"", "*", "", "`id`", "a\nb")
    child = Child(tmp_path / "call")
    await child.start(call(tmp_path, 'printf "%s|" "$@"', *words))

    assert await child.ended() == 0
    assert (tmp_path / "out").read_text() == "".join(f"{word}|" for word in words)


async def test_it_runs_in_its_directory_with_its_environment_in_a_session_of_its_own(tmp_path: Path) -> None:
    child = Child(tmp_path / "call")
    await child.start(call(tmp_path, "pwd; env; cut -d' ' -f6 /proc/$$/stat"))

    assert await child.ended() == 0
    directory, *environment, session = (tmp_path / "out").read_text().splitlines()
    assert directory == str(tmp_path)
    assert sorted(line for line in environment if not line.startswith("_=")) == [
        "PATH=/usr/bin:/bin",
        f"PWD={tmp_path}",
    ]
    assert int(session) == runner(tmp_path / "call").group != os.getsid(0)


async def test_its_files_are_private(tmp_path: Path) -> None:
    child = Child(tmp_path / "call")
    await child.start(call(tmp_path, "true"))
    await child.ended()

    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("out", "messages", "call")]
    assert modes == [0o600, 0o600, 0o700]


async def test_output_is_appended_and_the_child_knows_where_its_own_begins(tmp_path: Path) -> None:
    (tmp_path / "messages").write_text("before\n")
    child = Child(tmp_path / "call")
    await child.start(call(tmp_path, "echo mine >&2"))
    await child.ended()

    assert (tmp_path / "messages").read_text()[child.offset :] == "mine\n"


async def test_a_call_of_the_same_name_is_never_started_twice(tmp_path: Path) -> None:
    script = "echo started; while [ ! -e go ]; do sleep 0.02; done; exit 4"
    first = Child(tmp_path / "call")
    await first.start(call(tmp_path, script))
    second = Child(tmp_path / "call")
    assert second.begun
    await second.start(call(tmp_path, script))
    (tmp_path / "go").touch()

    assert (await first.ended(), await second.ended()) == (4, 4)
    assert (tmp_path / "out").read_text() == "started\n"


async def test_two_that_start_at_the_same_moment_start_one(tmp_path: Path) -> None:
    children = [Child(tmp_path / "call") for _ in range(8)]
    async with anyio.create_task_group() as group:
        for child in children:
            group.start_soon(child.start, call(tmp_path, "echo started; sleep 0.2; exit 4"))

    assert [await child.ended() for child in children] == [4] * 8
    assert (tmp_path / "out").read_text() == "started\n"


async def test_term_ends_it_and_its_exit_code_is_kept(tmp_path: Path) -> None:
    child = Child(tmp_path / "call")
    await child.start(call(tmp_path, "trap 'exit 130' TERM; echo ready; sleep 100 & wait"))
    with anyio.fail_after(SOON_S):
        await ready(tmp_path)
        await child.end(SOON_S, "cancelled")

    assert (await child.ended(), child.ended_for) == (130, "cancelled")
    assert runner(tmp_path / "call").members() == ()


async def test_what_ignores_term_is_killed_after_the_grace_with_its_children(tmp_path: Path) -> None:
    child = Child(tmp_path / "call")
    await child.start(call(tmp_path, "trap '' TERM; echo ready; sleep 100 & sleep 100; wait"))
    with anyio.fail_after(SOON_S):
        await ready(tmp_path)
        began = anyio.current_time()
        await child.end(0.5, "cancelled")

    assert 0.5 <= anyio.current_time() - began < SOON_S
    assert await child.ended() is None
    assert runner(tmp_path / "call").members() == ()


async def test_one_that_was_killed_counts_as_interrupted_and_leaves_nothing(tmp_path: Path) -> None:
    child = Child(tmp_path / "call")
    await child.start(call(tmp_path, "sleep 100 & sleep 100"))
    process = runner(tmp_path / "call")
    os.kill(process.pid, signal.SIGKILL)

    with anyio.fail_after(SOON_S):
        assert await child.ended() is None
    assert process.members() == ()
    assert child.ended_for == ""


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["/bin/sleep", "100"], start_new_session=True) as other:
        yield other
        other.kill()


@pytest.mark.parametrize("ticks", [-1, 1], ids=["a younger one", "an older one"])
async def test_a_stranger_with_the_same_pid_is_not_taken_for_it(
    tmp_path: Path, other: subprocess.Popen[bytes], ticks: int
) -> None:
    stat = await anyio.Path(f"/proc/{other.pid}/stat").read_text()
    started = Process.parsed(stat).started
    (tmp_path / "call").mkdir()
    (tmp_path / "call" / "process").write_text(stat.replace(f" {started} ", f" {started + ticks} "))
    (tmp_path / "call" / "boot").write_bytes(await anyio.Path("/proc/sys/kernel/random/boot_id").read_bytes())
    child = Child(tmp_path / "call")

    with anyio.fail_after(SOON_S):
        await child.end(0.0, "cancelled")
        assert await child.ended() is None
    assert not runner(tmp_path / "call").alive
    assert child.ended_for == ""
    assert other.poll() is None


async def test_after_the_machine_was_started_again_its_number_is_nobodys(tmp_path: Path) -> None:
    before, now = Child(tmp_path / "before"), Child(tmp_path / "now")
    await now.start(call(tmp_path, "sleep 100"))
    (tmp_path / "before").mkdir()
    for name in ("process", "offset"):
        (tmp_path / "before" / name).write_bytes((tmp_path / "now" / name).read_bytes())
    (tmp_path / "before" / "boot").write_text("another start of the machine\n")

    with anyio.fail_after(SOON_S):
        await before.end(0.0, "cancelled")
        assert await before.ended() is None
    assert before.begun
    assert runner(tmp_path / "now").alive
    await now.end(0.0, "cancelled")


async def test_what_is_left_of_a_call_whose_shell_was_killed_is_ended(tmp_path: Path) -> None:
    child = Child(tmp_path / "call")
    await child.start(call(tmp_path, "echo ready; sleep 100 & sleep 100"))
    with anyio.fail_after(SOON_S):
        await ready(tmp_path)
        process = runner(tmp_path / "call")
        os.kill(process.pid, signal.SIGKILL)
        await process.ended()
        assert process.members()
        await child.end(SOON_S, "cancelled")

    assert process.members() == ()
    assert child.ended_for == "cancelled"


async def test_one_that_was_stopped_cannot_withstand_its_end(tmp_path: Path) -> None:
    child = Child(tmp_path / "call")
    await child.start(call(tmp_path, "echo ready; sleep 100 & sleep 100"))
    with anyio.fail_after(SOON_S):
        await ready(tmp_path)
        process = runner(tmp_path / "call")
        os.killpg(process.group, signal.SIGSTOP)
        await child.end(0.3, "cancelled")

    assert process.members() == ()
    assert child.ended_for == "cancelled"


async def test_on_a_full_disk_it_is_ended_all_the_same(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        child = Child(disk.place / "call")
        await child.start(call(tmp_path, "sleep 100"))
        process = runner(disk.place / "call")
        disk.fill()
        with anyio.fail_after(SOON_S):
            assert await child.end(SOON_S, "cancelled")

        assert process.members() == ()
        assert (await child.ended(), child.ended_for) == (None, "")


async def test_memory_is_limited_where_asked(tmp_path: Path) -> None:
    child = Child(tmp_path / "call")
    await child.start(call(tmp_path, "ulimit -v", memory_mib=256))
    await child.ended()

    assert (tmp_path / "out").read_text() == "262144\n"


async def test_a_program_that_is_not_there_has_the_shells_exit_code(tmp_path: Path) -> None:
    child = Child(tmp_path / "call")
    missing = Call(
        words=("/no/such/program",),
        environment={"PATH": "/usr/bin:/bin"},
        directory=tmp_path,
        out=tmp_path / "out",
        messages=tmp_path / "messages",
    )
    await child.start(missing)

    assert await child.ended() == 127


async def test_it_is_as_old_as_its_process_whoever_asks(tmp_path: Path) -> None:
    child = Child(tmp_path / "call")
    await child.start(call(tmp_path, "sleep 100"))
    await anyio.sleep(0.3)
    age = Child(tmp_path / "call").age_s()
    await child.end(0.0, "cancelled")

    assert 0.25 < age < SOON_S
