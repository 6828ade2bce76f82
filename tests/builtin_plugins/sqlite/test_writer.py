import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from composia.builtin_plugins.sqlite.queue import SqliteQueue, open_queue
from composia.builtin_plugins.sqlite.work import Work
from composia.plugins.queue import AuditEntry
from composia.plugins.testing.work import NOW, deployment, put_task

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[SqliteQueue]:
    queue = await open_queue(tmp_path)
    yield queue
    await queue.close()


def entry(target: str) -> AuditEntry:
    return AuditEntry(at_ms=NOW, by="ada", action="login", target=target)


class Broken(Exception):
    pass


def record_and_fail(work: Work) -> None:
    work.record(entry("half"))
    raise Broken


async def test_a_job_that_fails_leaves_nothing_and_the_others_of_its_group_stay(queue: SqliteQueue) -> None:
    answers = await asyncio.gather(
        queue.record(entry("first")), queue._write(record_and_fail), queue.record(entry("last")), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [type(None), Broken, type(None)]
    assert (await queue.audit(10)).items == (entry("last"), entry("first"))


async def test_a_broken_rule_of_the_schema_is_told_as_it_is_and_leaves_nothing(queue: SqliteQueue) -> None:
    def twice(work: Work) -> None:
        work.record(entry("half"))
        work._db.execute("INSERT INTO node SELECT 'a', '{}' UNION ALL SELECT 'a', '{}'")

    with pytest.raises(apsw.ConstraintError):
        await queue._write(twice)
    assert (await queue.audit(10)).items == ()


async def test_what_waits_together_shares_commits(queue: SqliteQueue) -> None:
    commits = 0

    def count() -> bool:
        nonlocal commits
        commits += 1
        return False

    queue._db.set_commit_hook(count)
    await asyncio.gather(*(queue.record(entry(str(number))) for number in range(100)))
    assert 2 <= commits < 50  # never more than 64 in one
    assert len((await queue.audit(1000)).items) == 100


async def test_who_gives_up_waiting_does_not_undo_what_was_accepted(queue: SqliteQueue) -> None:
    giving_up = asyncio.ensure_future(queue.record(entry("first")))
    await asyncio.sleep(0)
    giving_up.cancel()
    await queue.record(entry("second"))
    assert giving_up.cancelled()
    assert (await queue.audit(10)).items == (entry("second"), entry("first"))


async def test_closing_finishes_what_was_accepted(tmp_path: Path) -> None:
    queue = await open_queue(tmp_path)
    accepted = [asyncio.ensure_future(queue.record(entry(str(number)))) for number in range(200)]
    await asyncio.sleep(0)
    await queue.close()
    await asyncio.gather(*accepted)
    queue = await open_queue(tmp_path)
    assert len((await queue.audit(1000)).items) == 200
    await queue.close()


async def test_a_follower_that_is_far_behind_reads_on_from_the_store(queue: SqliteQueue) -> None:
    puts = [queue.put(f"r{number}", [deployment(service=f"s{number}")], NOW) for number in range(500)]
    await asyncio.gather(*puts)
    follower = queue.changes(0)
    assert [(await anext(follower)).number for _ in range(1000)] == list(range(1, 1001))
    task = await put_task(queue, "last", deployment())
    assert [(await anext(follower)).task for _ in range(2)] == [None, task]
