"""The history of metrics, held to the contract, and what is its own: its file, and what it takes."""

import logging
import sqlite3
from pathlib import Path

import pytest

from composia.builtin_plugins.metrics_history.history import History
from composia.builtin_plugins.metrics_history.store import Keep
from composia.errors import NotPossible, Unavailable
from composia.plugins.testing.metrics import MetricsContract
from composia.plugins.testing.metrics_bench import DAY_S, MetricsBench, asked, host, known, record_for, used
from tests.small_disk import small_disk

PLUGIN = "composia.builtin_plugins.metrics_history"


def spoil(data: Path) -> None:
    with (data / "history.db").open("r+b") as file:
        file.write(b"this is no database at all, and never was one")


@pytest.fixture
def bench(tmp_path: Path) -> MetricsBench:
    return MetricsBench(
        plugin=PLUGIN, root=tmp_path, small={"node_mib": 1, "minutes_days": 5}, small_bytes=5 << 19, spoil=spoil
    )


class TestHistory(MetricsContract):
    @pytest.fixture
    def bench(self, bench: MetricsBench) -> MetricsBench:
        return bench


def names(directory: Path) -> list[str]:
    return [file.name for file in directory.iterdir()]


def make_history(directory: Path, bench: MetricsBench) -> History:
    keep = Keep(detail_s=3600, minutes_s=2 * DAY_S, quarters_s=30 * DAY_S, node_bytes=8 << 20)
    return History(directory, keep, 500, bench.clock)


def test_a_file_of_a_newer_composia_is_refused_and_left_alone(bench: MetricsBench, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "history.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = (tmp_path / "history.db").read_bytes()

    with pytest.raises(NotPossible, match="newer Composia") as refused:
        make_history(tmp_path, bench)

    assert refused.value.where == str(tmp_path / "history.db")
    assert refused.value.hint
    assert (tmp_path / "history.db").read_bytes() == before


def test_a_directory_that_is_not_ours_to_write_is_said_with_what_to_do(bench: MetricsBench, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable) as refused:
        make_history(tmp_path / "file", bench)

    assert "provider: none" in refused.value.hint


@pytest.mark.anyio
async def test_a_file_that_is_damaged_while_it_is_open_is_put_aside(
    bench: MetricsBench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    history = make_history(tmp_path, bench)
    await record_for(history, bench, 120, "a")
    await history.tidy()
    with sqlite3.connect(tmp_path / "history.db") as db:
        db.execute("DROP TABLE recent")
    db.close()
    bench.clock.advance(15)
    with caplog.at_level(logging.WARNING), pytest.raises(Unavailable):
        await asked(history, "a", since_s=60)
    await record_for(history, bench, 60, "a")
    again = await asked(history, "a", since_s=60)
    await history.close()

    assert known(again["a", "cpu_percent"]) == [10.0, 10.0]
    assert [record.message for record in caplog.records] == ["the history of metrics cannot be read and is begun anew"]
    assert any(name.startswith("history.db.broken-") for name in names(tmp_path))


@pytest.mark.anyio
async def test_a_row_that_holds_something_else_is_damage_too(bench: MetricsBench, tmp_path: Path) -> None:
    history = make_history(tmp_path, bench)
    await record_for(history, bench, 120, "a")
    await history.tidy()
    with sqlite3.connect(tmp_path / "history.db") as db:
        db.execute("UPDATE recent SET data = x'00'")
    db.close()
    with pytest.raises(Unavailable):
        await asked(history, "a", since_s=120)
    await record_for(history, bench, 60, "a")
    again = await asked(history, "a", since_s=60)
    await history.close()

    assert known(again["a", "cpu_percent"]) == [10.0]
    assert any(name.startswith("history.db.broken-") for name in names(tmp_path))


@pytest.mark.anyio
async def test_a_full_disk_takes_nothing_that_was_recorded_and_is_gone_on_with(
    bench: MetricsBench, tmp_path: Path
) -> None:
    async def record_until_it_is_refused(history: History) -> None:
        for _ in range(200):
            await record_for(history, bench, 60, *(f"c{number}" for number in range(400)))

    with small_disk(tmp_path / "disk") as disk:
        history = make_history(disk.place / "history", bench)
        await record_for(history, bench, 60, "a")
        disk.fill()
        with pytest.raises(Unavailable):
            await record_until_it_is_refused(history)
        disk.clear()
        refused = await asked(history, "c0", since_s=15)
        disk.fill()
        for _ in range(8):  # no maintenance, which would be refused too
            now_s = bench.clock.now_ms() / 1000
            history.record("node-a", bench.clock.now_ms(), host(now_s), used(now_s, "a"))
            bench.clock.advance(15)
        disk.clear()
        found = await asked(history, "a", since_s=120)
        await history.close()

    assert known(refused["c0", "cpu_percent"])[-1] == 10.0
    cpu = known(found["a", "cpu_percent"])
    assert len(cpu) >= 2
    assert set(cpu) == {10.0}


@pytest.mark.anyio
async def test_a_node_that_is_long_gone_is_forgotten_whole(bench: MetricsBench, tmp_path: Path) -> None:
    history = make_history(tmp_path, bench)
    await record_for(history, bench, 3600, "a")
    bench.clock.advance(3600)
    await history.tidy()
    bench.clock.advance(32 * DAY_S)
    await history.tidy()
    await history.close()
    with sqlite3.connect(tmp_path / "history.db") as db:
        left = {
            table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("node", "kept", "recent")
        }
    db.close()

    assert left == {"node": 0, "kept": 0, "recent": 0}


@pytest.mark.anyio
async def test_no_more_containers_of_a_node_are_kept_than_it_may_have(bench: MetricsBench) -> None:
    async with bench.opened({"containers": 2}) as metrics:
        await record_for(metrics, bench, 60, "a", "b", "c")
        found = await asked(metrics, "a", "b", "c", since_s=60)

    assert {container for container, _ in found} == {"a", "b"}
