import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from composia.builtin_plugins.sqlite.queue import SqliteQueue, open_queue
from composia.core.deployment import Deployment
from composia.core.node import Seen
from composia.errors import Unavailable
from composia.plugins.queue import DeploymentFilter, Queue
from composia.plugins.testing.work import NOW, deployment, everything, put
from tests.builtin_plugins.sqlite.burst import request

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[SqliteQueue]:
    queue = await open_queue(tmp_path)
    yield queue
    await queue.close()


def answered_before_it_was_killed(directory: Path, life: int, answers: int) -> list[str]:
    """The request ids that a process answered, which was killed in the middle of its work."""
    command = [sys.executable, "-m", "tests.builtin_plugins.sqlite.burst", str(directory), str(life)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        answered = [process.stdout.readline().strip() for _ in range(answers)]
        process.kill()
        answered += process.stdout.read().split()
    assert process.returncode == -9
    return answered


async def all_deployments(queue: Queue) -> list[Deployment]:
    page = await queue.deployments(DeploymentFilter(), 500)
    found = list(page.items)
    while page.next:
        page = await queue.deployments(DeploymentFilter(), 500, page.next)
        found += page.items
    return found


async def test_after_kill_9_each_answered_put_is_there_and_none_is_there_in_part(tmp_path: Path) -> None:
    answered: list[str] = []
    for life, answers in enumerate((1, 150, 40)):
        answered += answered_before_it_was_killed(tmp_path, life, answers)

    queue = await open_queue(tmp_path)
    deployments = await all_deployments(queue)
    stored = {deployment.request_id for deployment in deployments}
    assert set(answered) <= stored
    assert len(deployments) == 2 * len(stored)
    for request_id in stored:
        whole = request(request_id)
        found = await queue.requested(request_id)
        assert [(s.deployment.service, [task.node for task in s.tasks]) for s in found] == [
            (new.service, [task.node for task in new.tasks]) for new in whole
        ]
    assert {intent.service for intent in await queue.intents()} == {f"web-{request_id}" for request_id in stored}
    assert len((await queue.audit(100_000)).items) == len(deployments)
    assert await queue.last_change() == 6 * len(stored)
    await queue.close()


async def test_a_commit_waits_for_the_disk(queue: SqliteQueue) -> None:
    full = 2
    assert queue._db.pragma("synchronous") == full
    assert queue._db.pragma("journal_mode") == "wal"


async def test_what_was_stored_is_there_when_the_queue_is_opened_again(tmp_path: Path) -> None:
    queue = await open_queue(tmp_path)
    await put(queue, "r1", deployment())
    before, name = await everything(queue), queue.database
    await queue.close()
    queue = await open_queue(tmp_path)
    assert (await everything(queue), queue.database) == (before, name)
    assert (await anext(queue.changes(1))).number == 2
    await queue.close()


async def test_on_a_full_disk_a_put_fails_whole_and_the_queue_works_again_when_there_is_room(
    queue: SqliteQueue,
) -> None:
    ids = [f"r{number}" for number in range(300)]
    queue._db.pragma("max_page_count", queue._db.pragma("page_count") + 40)
    answers = await asyncio.gather(*(queue.put(r, request(r), NOW) for r in ids), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert "database or disk is full" in str(refused[0])
    stored = [r for r, answer in zip(ids, answers, strict=True) if answer not in refused]
    assert [r for r in ids if await queue.requested(r)] == stored
    assert await queue.last_change() == 6 * len(stored)

    queue._db.pragma("max_page_count", 100_000)
    assert len(await queue.put("later", request("later"), NOW)) == 2


async def test_a_saved_picture_of_a_node_that_cannot_be_read_is_left_out_and_the_others_are_there(
    tmp_path: Path,
) -> None:
    queue = await open_queue(tmp_path)
    await queue.save_seen({"a": Seen(at_ms=1), "b": Seen(at_ms=2)})
    await queue.close()
    with closing(apsw.Connection(str(tmp_path / "work.db"))) as db:
        db.execute("""UPDATE seen SET seen_json = replace(seen_json, '"at_ms":1', '"at_ms":null') WHERE node = 'a'""")
        assert db.changes() == 1

    queue = await open_queue(tmp_path)
    found = await queue.seen()
    await queue.close()

    assert found == {"b": Seen(at_ms=2)}
