"""Output on its way to the server: every byte, in order, once, whatever happens to the line."""

import random

import anyio
import pytest

from composia.agent.output import BATCH, PACE_S, WINDOW, WORKING_RATE, Progress
from composia.core.session import Attempt, LogBatch
from composia.core.task import TaskKind
from composia.errors import Forbidden, Internal, Unavailable
from tests.agent.line import Line
from tests.agent.making import make_order, make_run

pytestmark = pytest.mark.anyio

RUN = make_run(make_order(kind=TaskKind.STOP))


def append(line: Line, attempt: Attempt, data: bytes) -> None:
    with (line.data / "attempts" / str(attempt) / "output").open("ab") as file:
        file.write(data)


async def begin(line: Line) -> Attempt:
    attempt = line.server.run(RUN)
    await line.puppet.until_working(attempt)
    return attempt


async def test_output_arrives_while_the_work_goes_on_byte_for_byte(line: Line) -> None:
    async with line.agent():
        attempt = await begin(line)
        append(line, attempt, b"broken \xff\xfe\0 text")
        await line.server.until(lambda: line.server.output[attempt] == b"broken \xff\xfe\0 text")
        append(line, attempt, b" and no line end")
        await line.server.until(lambda: line.server.output[attempt].endswith(b"and no line end"))
        line.puppet.end(attempt)
        assert (await line.server.ended(attempt)).output_bytes == 31
        await line.until_settled()

    assert line.server.output[attempt] == b"broken \xff\xfe\0 text and no line end"


async def test_much_output_goes_in_full_batches_and_the_journal_stays_until_all_is_kept(line: Line) -> None:
    data = random.Random(1).randbytes(100 << 20)
    async with line.agent():
        attempt = await begin(line)
        append(line, attempt, data)
        line.puppet.end(attempt)
        assert (await line.server.ended(attempt)).output_bytes == len(data)
        assert line.journals() == ["t1.1"]
        await line.until_settled()

    assert line.server.output[attempt] == data
    assert {len(batch.data) for batch in line.server.batches} == {BATCH}


async def test_small_pieces_are_gathered(line: Line) -> None:
    async with line.agent():
        attempt = await begin(line)
        began = anyio.current_time()
        for _ in range(100):
            append(line, attempt, b"x")
            await anyio.sleep(0.002)
        line.puppet.end(attempt)
        await line.server.ended(attempt)
        await line.until_settled()
        took_s = anyio.current_time() - began

    assert line.server.output[attempt] == b"x" * 100
    assert len(line.server.batches) < took_s / PACE_S + 5


async def test_after_a_break_output_goes_on_from_where_the_server_has_it(line: Line) -> None:
    data = random.Random(2).randbytes(10 * BATCH)
    async with line.agent():
        attempt = await begin(line)
        append(line, attempt, data[: 5 * BATCH])
        await line.server.until(lambda: len(line.server.output[attempt]) == 5 * BATCH)
        line.server.cut()
        append(line, attempt, data[5 * BATCH :])
        line.puppet.end(attempt)
        await line.server.ended(attempt)
        await line.until_settled()

    assert line.server.output[attempt] == data
    assert sum(len(batch.data) for batch in line.server.batches) <= len(data) + BATCH


async def test_a_restarted_agent_asks_with_one_batch_where_to_go_on(line: Line) -> None:
    data = random.Random(3).randbytes(10 * BATCH)
    async with line.agent():
        attempt = await begin(line)
        append(line, attempt, data)
        await line.server.until(lambda: len(line.server.output[attempt]) == len(data))
    append(line, attempt, b"more")
    line.server.batches.clear()
    async with line.agent():
        await line.server.until(lambda: line.server.output[attempt] == data + b"more")

    assert line.server.batches == [
        LogBatch(attempt=attempt, offset=0, data=data[:BATCH]),
        LogBatch(attempt=attempt, offset=len(data), data=b"more"),
    ]


async def test_a_server_that_lost_output_gets_it_again(line: Line) -> None:
    data = random.Random(4).randbytes(3 * BATCH)
    async with line.agent():
        attempt = await begin(line)
        append(line, attempt, data)
        await line.server.until(lambda: len(line.server.output[attempt]) == len(data))
        line.server.output.clear()
        append(line, attempt, b"more")
        await line.server.until(lambda: line.server.output[attempt] == data + b"more")
        line.server.output.clear()
        line.server.cut()
        append(line, attempt, b"still")
        await line.server.until(lambda: line.server.output[attempt] == data + b"morestill")


async def test_output_that_nobody_wants_is_not_kept_for_ever(line: Line) -> None:
    line.server.output_refusal = Forbidden("the task is not of this node")
    async with line.agent():
        attempt = await begin(line)
        append(line, attempt, b"words")
        await anyio.sleep(0.3)
        line.puppet.end(attempt)
        await line.until_settled()


async def test_a_server_in_trouble_gets_the_output_when_it_is_better(line: Line) -> None:
    line.server.output_refusal = Internal("internal error 1")
    async with line.agent():
        attempt = await begin(line)
        append(line, attempt, b"words")
        line.puppet.end(attempt)
        await line.server.ended(attempt)
        await anyio.sleep(0.3)
        assert line.journals() == ["t1.1"]
        line.server.output_refusal = None
        await line.until_settled()

    assert line.server.output[attempt] == b"words"


async def test_what_a_stray_child_writes_after_the_end_is_not_output(line: Line) -> None:
    line.server.keeps_output = False
    async with line.agent():
        attempt = await begin(line)
        append(line, attempt, b"words")
        line.puppet.end(attempt)
        assert (await line.server.ended(attempt)).output_bytes == 5
        append(line, attempt, b" too late")
        line.server.keeps_output = True
        await line.until_settled()

    assert line.server.output[attempt] == b"words"


async def test_output_of_several_attempts_does_not_mix(line: Line) -> None:
    async with line.agent():
        attempts = [
            line.server.run(make_run(make_order(name, kind=TaskKind.STOP), task=f"t{n}"))
            for n, name in enumerate(("a", "b", "c"))
        ]
        await line.puppet.until_working(*attempts)
        for n in range(50):
            for attempt in attempts:
                append(line, attempt, f"{attempt} {n}\n".encode() * 100)
        for attempt in attempts:
            line.puppet.end(attempt)
        await line.until_settled()

    assert line.server.output == {
        attempt: bytearray(b"".join(f"{attempt} {n}\n".encode() * 100 for n in range(50))) for attempt in attempts
    }


def test_no_more_than_a_window_is_under_way() -> None:
    progress = Progress()
    progress.begin()
    assert progress.room == BATCH
    progress.sent += BATCH
    assert progress.room == 0
    progress.take(BATCH)
    while room := progress.room:
        progress.sent += room
    assert (progress.kept, progress.sent) == (BATCH, BATCH + WINDOW)

    progress.take(2 * BATCH)
    assert progress.room == BATCH
    with pytest.raises(Unavailable):
        progress.take(0)
    progress.begin()
    assert (progress.sent, progress.room) == (0, BATCH)


def test_the_first_answers_say_where_the_server_is() -> None:
    progress = Progress(kept=5 * BATCH)
    progress.begin()
    progress.sent += BATCH
    progress.take(BATCH)  # a gap was refused
    assert (progress.kept, progress.sent, progress.room) == (BATCH, BATCH, BATCH)
    progress.sent += BATCH
    progress.take(9 * BATCH)  # it has more
    assert (progress.kept, progress.sent, progress.room) == (9 * BATCH, 9 * BATCH, BATCH)


async def test_while_work_goes_on_its_output_leaves_the_processors_to_it() -> None:
    progress = Progress()
    now = anyio.current_time()

    turns = [progress.turn_after(WORKING_RATE // 4) for _ in range(8)]

    assert now + 2.0 <= turns[-1] <= anyio.current_time() + 2.0
    assert turns == sorted(turns)
