"""Deadlines and ends of calls, with programs that are no Compose."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import anyio
import pytest

from composia.builtin_plugins.compose.calls import Calls, Result
from composia.builtin_plugins.compose.process import Process
from composia.builtin_plugins.compose.program import Program
from composia.errors import Cancelled, TimedOut
from tests.small_disk import SmallDisk, small_disk

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]
SHELL = Program(words=("/bin/sh", "-c"), environment=(("PATH", "/usr/bin:/bin"),))


def calls(root: Path) -> Calls:
    (root / "journal").mkdir(exist_ok=True)

    async def shell() -> Program:
        return SHELL

    return Calls(program=shell, journal=root / "journal", output=root / "output", grace_s=0.2)


async def test_a_call_prints_into_the_output(tmp_path: Path) -> None:
    result = await calls(tmp_path).make("up", ("echo out; echo err >&2",), directory=tmp_path, deadline_s=10)

    assert result == Result(exit_code=0, text="out\nerr\n")
    assert (tmp_path / "output").read_text() == "out\nerr\n"


async def test_a_private_call_prints_nothing_into_the_output(tmp_path: Path) -> None:
    made = calls(tmp_path)
    result = await made.make("render", ("echo out; echo err >&2",), directory=tmp_path, deadline_s=10, private=True)

    assert result == Result(exit_code=0, text="err\n")
    assert made.printed("render").read_text() == "out\n"
    assert not (tmp_path / "output").exists()


async def test_a_call_that_is_taken_up_again_has_the_same_result(tmp_path: Path) -> None:
    words = ("echo once; exit 5",)
    first = await calls(tmp_path).make("up", words, directory=tmp_path, deadline_s=10)
    again = calls(tmp_path)
    second = await again.make("up", words, directory=tmp_path, deadline_s=10)

    assert first == second == Result(exit_code=5, text="once\n")
    assert (again.begun("up"), again.begun("recreate")) == (True, False)


async def test_a_call_that_does_not_end_is_ended_at_its_deadline_and_stays_so(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(TimedOut) as raised, anyio.fail_after(60):
            await calls(tmp_path).make("up", ("trap '' TERM; sleep 100",), directory=tmp_path, deadline_s=0.3)

        assert raised.value.message == "up did not end within 0.3 s"


async def until_begun(made: Calls, *names: str) -> None:
    with anyio.fail_after(60):
        while not all(made.begun(name) for name in names or ("up",)):  # noqa: ASYNC110 - what is waited for is a file
            await anyio.sleep(0.01)


async def test_the_deadline_counts_from_the_start_of_the_call_not_of_the_agent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, words = calls(tmp_path), ("sleep 100",)
    async with anyio.create_task_group() as agent:
        agent.start_soon(partial(made.make, "up", words, directory=tmp_path, deadline_s=3600))
        await until_begun(made)
        agent.cancel_scope.cancel()

    monkeypatch.setattr(Process, "age_s", property(lambda _: 3600.0))
    with pytest.raises(TimedOut), anyio.fail_after(60):
        await calls(tmp_path).make("up", words, directory=tmp_path, deadline_s=3600)


async def test_a_call_that_a_person_ended_says_so_again(tmp_path: Path) -> None:
    made, words = calls(tmp_path), ("sleep 100",)
    async with anyio.create_task_group() as agent:
        agent.start_soon(partial(made.make, "up", words, directory=tmp_path, deadline_s=60))
        await until_begun(made)
        agent.cancel_scope.cancel()
    await made.end(Cancelled("a person cancelled it"))

    with pytest.raises(Cancelled):
        await calls(tmp_path).make("up", words, directory=tmp_path, deadline_s=60)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


def running(made: Calls) -> list[Process]:
    files = [made.printed(name).with_name("process") for name in ("render", "up")]
    return [one for file in files if file.exists() for one in Process.parsed(file.read_text()).members()]


async def test_a_call_on_a_full_disk_is_ended_at_its_deadline(disk: SmallDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    made, words = calls(disk.place), ("sleep 100",)
    async with anyio.create_task_group() as agent:
        agent.start_soon(partial(made.make, "up", words, directory=disk.place, deadline_s=3600))
        await until_begun(made)
        agent.cancel_scope.cancel()

    disk.fill()
    monkeypatch.setattr(Process, "age_s", property(lambda _: 3600.0))
    with pytest.raises(TimedOut), anyio.fail_after(60):
        await made.make("up", words, directory=disk.place, deadline_s=3600)
    assert running(made) == []


async def test_all_calls_on_a_full_disk_are_ended_for_a_person(disk: SmallDisk) -> None:
    made = calls(disk.place)
    async with anyio.create_task_group() as agent:
        for name in ("render", "up"):
            agent.start_soon(partial(made.make, name, ("sleep 100",), directory=disk.place, deadline_s=3600))
        await until_begun(made, "render", "up")
        agent.cancel_scope.cancel()

    disk.fill()
    with anyio.fail_after(60):
        await made.end(Cancelled("a person cancelled it"))
    assert running(made) == []
