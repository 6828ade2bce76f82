"""Logs of containers on their way to the server: every line once and in order, whatever breaks."""

import logging
import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from composia.core.container import Container, ContainerState
from composia.core.service import LogsRule
from composia.core.task import Order
from composia.errors import NotPossible
from tests.agent.line import Line
from tests.agent.making import make_order, make_run
from tests.agent.printed import Printed
from tests.agent.waiting import eventually
from tests.small_disk import small_disk

pytestmark = pytest.mark.anyio

FILES = {"compose.yaml": b"services: {}"}
LATER_MS = 2_000_000_000_000


def make_container(id_: str = "c1", *, service: str = "main", project: str = "web") -> Container:
    return Container(
        id=id_,
        name=f"{project}-{service}-1",
        project=project,
        service=service,
        image="i",
        image_id="sha256:1",
        state=ContainerState.RUNNING,
        started_ms=1,
        created_ms=LATER_MS,
    )


def kept(line: Line, id_: str = "c1") -> list[bytes]:
    """The lines of a container that the server has, each batch once, as a sink keeps them."""
    batches = {batch.number: batch for batch in line.server.forwarded}
    found: list[bytes] = []
    for number in sorted(batches):
        batch = batches[number]
        if batch.source.id == id_:
            found += [batch.data[begin:end] for begin, end in pairwise((0, *batch.ends))]
    return found


async def deploy(line: Line, order: Order | None = None, *, task: str = "t1") -> None:
    """Deploy the service `web`, so that its containers are managed."""
    order = order or make_order(files=FILES)
    line.server.hold(FILES)
    attempt = line.server.run(make_run(order, task=task))
    await line.puppet.until_working(attempt)
    line.puppet.end(attempt)
    await line.server.ended(attempt)


def lines(first: int, last: int) -> list[bytes]:
    return [b"line %d \xff\0" % n for n in range(first, last)]


async def until_kept(line: Line, expected: list[bytes], id_: str = "c1") -> None:
    await line.server.until(lambda: len(kept(line, id_)) >= len(expected))
    assert kept(line, id_) == expected


async def test_lines_of_managed_containers_arrive_in_order_with_their_source(line: Line) -> None:
    line.puppet.containers = (make_container(), make_container("x", project="other"), make_container("y", service=""))
    line.puppet.printed = {"c1": Printed(), "x": Printed(), "y": Printed()}
    line.puppet.printed["x"].print(b"not ours")
    line.puppet.printed["y"].print(b"of no service")
    async with line.agent():
        await deploy(line)
        line.puppet.printed["c1"].print(*lines(0, 1000))
        line.puppet.printed["c1"].print(b"on the other stream", stderr=True)
        await until_kept(line, [*lines(0, 1000), b"on the other stream"])
        line.puppet.printed["c1"].print(b"")
        await until_kept(line, [*lines(0, 1000), b"on the other stream", b""])

    source = line.server.forwarded[0].source
    assert (source.service, source.container, source.name, source.id) == ("web", "main", "web-main-1", "c1")
    assert {batch.source.id for batch in line.server.forwarded} == {"c1"}
    at_ns = [at for batch in line.server.forwarded for at in batch.at_ns]
    assert at_ns == [one.at_ns for one in line.puppet.printed["c1"].lines]
    assert [flag for batch in line.server.forwarded for flag in batch.stderr] == [False] * 1000 + [True, False]


async def test_the_numbers_of_batches_have_no_gap(line: Line) -> None:
    line.puppet.containers = (make_container(), make_container("c2", service="db"))
    line.puppet.printed = {"c1": Printed(), "c2": Printed()}
    async with line.agent():
        await deploy(line)
        for n in range(5):
            for id_ in ("c1", "c2"):
                line.puppet.printed[id_].print(*lines(10 * n, 10 * n + 10))
            await until_kept(line, lines(0, 10 * n + 10))
            await until_kept(line, lines(0, 10 * n + 10), "c2")

    numbers = [batch.number for batch in line.server.forwarded]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len({batch.spool for batch in line.server.forwarded}) == 1


async def test_after_the_engine_went_away_a_log_is_read_on_where_it_was(line: Line) -> None:
    """Many lines may bear the same nanosecond."""
    line.puppet.containers = (make_container(),)
    printed = line.puppet.printed["c1"] = Printed()
    async with line.agent():
        await deploy(line)
        for n in range(4):
            printed.print(*lines(50 * n, 50 * n + 30), at_ns=1_700_000_000_000_000_000 + n // 2)
            await until_kept(line, lines(0, 50 * n + 30))
            printed.break_off()
            printed.print(*lines(50 * n + 30, 50 * n + 50), at_ns=1_700_000_000_000_000_000 + n // 2)
        await until_kept(line, lines(0, 200))


async def test_a_new_life_of_the_agent_reads_on_and_sends_what_was_not_acknowledged(line: Line) -> None:
    line.puppet.containers = (make_container(),)
    printed = line.puppet.printed["c1"] = Printed()
    async with line.agent():
        await deploy(line)
        printed.print(*lines(0, 300))
        await until_kept(line, lines(0, 300))
    printed.print(*lines(300, 700))
    async with line.agent():
        printed.print(*lines(700, 800))
        await until_kept(line, lines(0, 800))


async def test_lines_wait_on_the_disk_while_the_server_is_away(line: Line) -> None:
    line.puppet.containers = (make_container(),)
    printed = line.puppet.printed["c1"] = Printed()
    async with line.agent():
        await deploy(line)
        printed.print(*lines(0, 10))
        await until_kept(line, lines(0, 10))
        line.transport.down = True
        line.server.cut()
        printed.print(*lines(10, 20))
        await eventually(lambda: _spooled(line) > 0)
        printed.stop()
        line.puppet.containers = ()
        line.transport.down = False
        await until_kept(line, lines(0, 20))


def _spooled(line: Line) -> int:
    """How many batches lie in the spool that the server did not get."""
    return _content(line).count(b"line 19 ")


async def test_a_full_spool_stops_reading_and_nothing_is_lost(line: Line) -> None:
    line.settings = replace(line.settings, spool_bytes=200_000)
    line.puppet.containers = (make_container(),)
    printed = line.puppet.printed["c1"] = Printed()
    async with line.agent():
        await deploy(line)
        line.transport.down = True
        line.server.cut()
        for n in range(30):
            printed.print(*[b"%d " % (100 * n + k) + b"x" * 400 for k in range(100)])
        await eventually(lambda: not printed.open and len(printed.reads) >= 1 and _size(line) >= 200_000)
        assert _size(line) < 200_000 + 200_000
        line.transport.down = False
        await until_kept(line, [b"%d " % n + b"x" * 400 for n in range(3000)])


def _content(line: Line) -> bytes:
    return b"".join(path.read_bytes() for path in (line.data / "logs").glob("*.log"))


def _size(line: Line) -> int:
    return sum(path.stat().st_size for path in (line.data / "logs").glob("*.log"))


async def test_a_container_that_is_removed_while_its_log_waits_says_that_lines_are_lost(line: Line) -> None:
    line.settings = replace(line.settings, spool_bytes=50_000)
    line.puppet.containers = (make_container(),)
    printed = line.puppet.printed["c1"] = Printed()
    async with line.agent():
        await deploy(line)
        line.transport.down = True
        line.server.cut()
        printed.print(*[b"%d " % k + b"x" * 1000 for k in range(1000)])
        await eventually(lambda: not printed.open and _size(line) >= 50_000)
        printed.remove()
        line.puppet.containers = ()
        line.transport.down = False
        *whole, last = await line.server.until(lambda: kept(line) if b"is lost" in b"".join(kept(line)) else None)

    assert last.startswith(b"composia: what was printed after 20")
    assert [text.split()[0] for text in whole] == [b"%d" % n for n in range(len(whole))]
    assert 0 < len(whole) < 1000


async def test_that_lines_are_lost_is_also_said_of_a_container_that_prints_little(line: Line) -> None:
    """Its lines wait to be put, and nobody reads on, when there is no more room."""
    line.settings = replace(line.settings, spool_bytes=3000)
    line.puppet.containers = (make_container(),)
    printed = line.puppet.printed["c1"] = Printed()
    async with line.agent():
        await deploy(line)
        line.transport.down = True
        line.server.cut()
        printed.print(b"first")
        await eventually(lambda: b"first" in _content(line))
        printed.print(b"x" * 3000)
        await eventually(lambda: not printed.open)
        printed.print(b"never read")
        printed.remove()
        line.puppet.containers = ()
        line.transport.down = False
        *whole, last = await line.server.until(lambda: kept(line) if b"is lost" in b"".join(kept(line)) else None)

    assert whole == [b"first", b"x" * 3000]
    assert last.startswith(b"composia: what was printed after 20")


async def test_a_container_that_was_never_started_is_not_asked_for_its_log(line: Line) -> None:
    made = replace(make_container(), state=ContainerState.CREATED, started_ms=0)
    line.puppet.containers = (made, make_container("c2"))
    line.puppet.printed = {"c1": Printed(), "c2": Printed()}
    async with line.agent():
        await deploy(line)
        await eventually(lambda: line.puppet.printed["c2"].open == 1)
        assert line.puppet.printed["c1"].reads == []
        line.puppet.printed["c1"].print(*lines(0, 10))
        line.puppet.containers = (make_container(), make_container("c2"))
        await until_kept(line, lines(0, 10))


async def test_a_log_that_ends_by_itself_is_read_on_while_its_container_runs(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composia.agent.log_following.NOT_SEEN_S", 0.1)
    line.puppet.containers = (make_container(),)
    printed = line.puppet.printed["c1"] = Printed()
    async with line.agent():
        await deploy(line)
        await eventually(lambda: printed.open == 1)
        printed.stop()
        await eventually(lambda: printed.open == 0)
        printed.start()
        printed.print(*lines(0, 10))
        await until_kept(line, lines(0, 10))


async def test_only_what_the_rule_of_the_service_collects_is_followed_also_after_a_restart(line: Line) -> None:
    line.puppet.containers = (make_container(), make_container("c2", service="db"))
    line.puppet.printed = {"c1": Printed(), "c2": Printed()}
    rule = LogsRule(without=("db",))
    async with line.agent():
        await deploy(line, replace(make_order(files=FILES), logs=rule))
        line.puppet.printed["c2"].print(b"a secret")
        line.puppet.printed["c1"].print(b"one")
        await until_kept(line, [b"one"])
    async with line.agent():
        line.puppet.printed["c1"].print(b"two")
        await until_kept(line, [b"one", b"two"])
        assert not line.puppet.printed["c2"].reads

        await deploy(line, replace(make_order(files=FILES), logs=LogsRule(collect=False)), task="t2")
        await eventually(lambda: not line.puppet.printed["c1"].open)
        line.puppet.printed["c1"].print(b"three")
        await deploy(line, replace(make_order(files=FILES), logs=LogsRule()), task="t3")
        await until_kept(line, [b"one", b"two", b"three"])
        await until_kept(line, [b"a secret"], "c2")


async def test_of_a_container_that_was_there_before_only_the_end_of_its_log_is_taken(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composia.agent.log_following.FIRST_LINES", 15)
    line.puppet.containers = (replace(make_container(), created_ms=1),)
    printed = line.puppet.printed["c1"] = Printed()
    printed.print(*lines(0, 20))
    async with line.agent():
        await deploy(line)
        await until_kept(line, lines(5, 20))
        printed.break_off()
        await eventually(lambda: len(printed.reads) == 2)
        printed.print(*lines(20, 30))
        await until_kept(line, lines(5, 30))


async def test_a_log_that_cannot_be_read_is_told_once_and_asked_for_again_when_the_container_is_another(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.puppet.containers = (make_container(),)
    refusal = NotPossible("the log cannot be read", hint="use json-file")
    printed = line.puppet.printed["c1"] = Printed(refusal=refusal)
    async with line.agent():
        await deploy(line)
        printed.print(b"one")
        await eventually(lambda: "log cannot be followed" in caplog.text)
        printed.refusal = None
        line.puppet.containers = (replace(make_container(), started_ms=3),)
        await until_kept(line, [b"one"])

    assert caplog.text.count("log cannot be followed") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
async def test_a_full_disk_stops_the_reading_and_nothing_else_and_nothing_is_lost(
    line: Line, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    line.puppet.containers = (make_container(),)
    printed = line.puppet.printed["c1"] = Printed()
    with small_disk(tmp_path / "disk") as disk:
        line.settings = replace(line.settings, data=disk.place / "data")
        async with line.agent():
            await deploy(line)
            printed.print(*lines(0, 10))
            await until_kept(line, lines(0, 10))
            caplog.set_level(logging.INFO)
            disk.fill()
            printed.print(*[b"%d " % n + b"x" * 1000 for n in range(300)])
            await eventually(lambda: "log interrupted" in caplog.text)
            beats = len(line.server.heartbeats)
            await line.server.until(lambda: len(line.server.heartbeats) > beats)
            disk.clear()
            await until_kept(line, lines(0, 10) + [b"%d " % n + b"x" * 1000 for n in range(300)])


async def test_what_is_wrong_with_one_log_ends_neither_the_others_nor_the_agent(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.puppet.containers = (make_container(), make_container("c2", service="db"))
    odd = line.puppet.printed["c1"] = Printed(refusal=ValueError("nobody thought of that"))
    line.puppet.printed["c2"] = Printed()
    async with line.agent():
        await deploy(line)
        await eventually(lambda: "nobody thought of that" in caplog.text)
        line.puppet.printed["c2"].print(*lines(0, 10))
        await until_kept(line, lines(0, 10), "c2")
        odd.refusal = None
        odd.print(b"well again")
        await until_kept(line, [b"well again"])
