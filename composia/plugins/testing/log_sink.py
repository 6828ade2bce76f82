"""The contract of a log sink. Subclass `LogSinkContract`, or for one that can be asked `ReadableLogSinkContract`, give
it the fixture `bench`, and pytest runs every promise.

Where the promises of `composia.plugins.log_sink` are tested:

1. test_what_was_appended_is_kept, test_what_was_appended_is_there_after_a_restart
2. test_a_batch_that_came_before_is_passed_over, test_numbers_count_for_their_node_and_spool_alone
3. test_nodes_append_side_by_side_and_each_keeps_its_order
4. test_positions_grow_with_what_is_kept_and_after_a_restart
5. test_windows_one_after_another_have_each_line_once, test_a_window_goes_on_behind_a_line
6. test_lines_come_by_time_over_nodes_and_services, test_the_last_lines_are_those_that_match
7. test_what_matches_is_a_matter_of_single_lines
8. test_who_stops_reading_may_read_again
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import pytest

from composia.core.container_log import LogsQuery
from composia.errors import Invalid
from composia.plugins.log_sink import LogSink, LogWindow, ReadableLogSink
from composia.plugins.testing.log_lines import NOON_NS, SECOND_NS, batch, kept, source, texts


@dataclass(kw_only=True)
class LogSinkBench:
    """A sink to test; `lines` are those it has taken. `restart` makes one of what the last one has left, where it can
    be asked."""

    sink: LogSink
    lines: Callable[[], Awaitable[list[bytes]]]
    restart: Callable[[], Awaitable[ReadableLogSink]] | None = None


class LogSinkContract:
    """Every promise of a sink."""

    pytestmark = pytest.mark.anyio

    async def test_what_was_appended_is_kept(self, bench: LogSinkBench) -> None:
        """Promise 1, with bytes that are no text."""
        await bench.sink.append("n1", batch(1, [b"one", b"", b"\xff\x00\r two"]))
        assert await bench.lines() == [b"one", b"", b"\xff\x00\r two"]

    async def test_a_batch_that_came_before_is_passed_over(self, bench: LogSinkBench) -> None:
        """Promise 2."""
        await bench.sink.append("n1", batch(1, [b"one"]))
        await bench.sink.append("n1", batch(2, [b"two"], at_ns=NOON_NS + SECOND_NS))
        await bench.sink.append("n1", batch(1, [b"one"]))
        await bench.sink.append("n1", batch(2, [b"two"], at_ns=NOON_NS + SECOND_NS))
        await bench.sink.append("n1", batch(3, [b"three"], at_ns=NOON_NS + 2 * SECOND_NS))
        assert await bench.lines() == [b"one", b"two", b"three"]

    async def test_numbers_count_for_their_node_and_spool_alone(self, bench: LogSinkBench) -> None:
        """Promise 2."""
        await bench.sink.append("n1", batch(5, [b"a"]))
        await bench.sink.append("n2", batch(1, [b"b"], at_ns=NOON_NS + 1))
        await bench.sink.append("n1", batch(1, [b"c"], spool="two", at_ns=NOON_NS + 2))
        assert await bench.sink.append("n1", batch(5, [b"a"], of=source("db"), at_ns=NOON_NS + 3)) == 5
        assert await bench.sink.append("n1", batch(4, [b"d"], at_ns=NOON_NS + 4)) == 5
        assert await bench.sink.append("n1", batch(1, [b"e"], spool="two", at_ns=NOON_NS + 5)) == 1
        assert await bench.lines() == [b"a", b"b", b"c"]

    async def test_nodes_append_side_by_side_and_each_keeps_its_order(self, bench: LogSinkBench) -> None:
        """Promise 3."""

        async def append(node: str) -> None:
            for number in range(1, 21):
                lines = [f"{node} {number}".encode()]
                await bench.sink.append(node, batch(number, lines, at_ns=NOON_NS + number))

        await asyncio.gather(*(append(node) for node in ("n1", "n2", "n3")))
        lines = await bench.lines()
        for node in ("n1", "n2", "n3"):
            own = [line for line in lines if line.startswith(node.encode())]
            assert own == [f"{node} {number}".encode() for number in range(1, 21)]


class ReadableLogSinkContract(LogSinkContract):
    """Every promise of a sink that can be asked."""

    @pytest.fixture
    def sink(self, bench: LogSinkBench) -> ReadableLogSink:
        """The same, as one that can be asked."""
        assert isinstance(bench.sink, ReadableLogSink)
        return bench.sink

    async def test_a_line_comes_back_as_it_was(self, sink: ReadableLogSink) -> None:
        """Promise 1, each value of it."""
        first = batch(1, [b"out"], of=source("web", "app"))
        second = replace(
            batch(2, [b"to be gone on with"], of=source("web", "db"), at_ns=NOON_NS + 7, stderr=True), partial=(True,)
        )
        await sink.append("n1", first)
        await sink.append("n2", second)
        one, two = [line.entry for line in await kept(sink)]
        assert (one.node, one.source, one.at_ns, one.stderr, one.data, one.partial) == (
            *("n1", first.source, NOON_NS, False, b"out", False),
        )
        assert (two.node, two.source, two.at_ns, two.stderr, two.data, two.partial) == (
            *("n2", second.source, NOON_NS + 7, True, b"to be gone on with", True),
        )

    async def test_what_was_appended_is_there_after_a_restart(self, bench: LogSinkBench) -> None:
        """Promises 1 and 2."""
        await bench.sink.append("n1", batch(1, [b"one", b"two"]))
        again = await _restarted(bench)
        await again.append("n1", batch(1, [b"one", b"two"]))
        await again.append("n1", batch(2, [b"three"], at_ns=NOON_NS + 2 * SECOND_NS))
        assert await texts(again) == [b"one", b"two", b"three"]

    async def test_positions_grow_with_what_is_kept_and_after_a_restart(
        self, bench: LogSinkBench, sink: ReadableLogSink
    ) -> None:
        """Promise 4."""
        positions = [sink.position()]
        for number, node in enumerate(("n1", "n2", "n1"), 1):
            await sink.append(node, batch(number, [b"x"], of=source(f"s{number}")))
            positions.append(sink.position())
        assert positions == sorted(set(positions))
        again = await _restarted(bench)
        before = again.position()
        await again.append("n3", batch(1, [b"y"]))
        assert positions[-1] <= before < again.position()
        assert await texts(again, window=LogWindow(after=positions[-1], upto=again.position())) == [b"y"]

    async def test_windows_one_after_another_have_each_line_once(self, sink: ReadableLogSink) -> None:
        """Promise 5, with batches that come late."""
        seen, after = [], 0
        for number in range(1, 8):
            late = NOON_NS - number * SECOND_NS
            await sink.append(
                f"n{number % 3}", batch(number, [f"{number} {at}".encode() for at in range(3)], at_ns=late)
            )
            if number % 2:
                upto = sink.position()
                seen += await texts(sink, window=LogWindow(after=after, upto=upto))
                after = upto
        assert sorted(seen) == sorted(await texts(sink))
        assert len(set(seen)) == 21

    async def test_a_window_goes_on_behind_a_line(self, sink: ReadableLogSink) -> None:
        """Promise 5, lines of one time among them."""
        for number in range(1, 6):
            await sink.append("n1", batch(number, [f"{number} {at}".encode() for at in range(4)], step_ns=0))
        whole = await kept(sink)
        upto = sink.position()
        for at, line in enumerate(whole):
            assert await kept(sink, window=LogWindow(upto=upto, behind=line.place)) == whole[at + 1 :]

    async def test_lines_come_by_time_over_nodes_and_services(self, sink: ReadableLogSink) -> None:
        """Promise 6."""
        for number, (node, service, at) in enumerate(
            (("n1", "web", 0), ("n2", "web", 1), ("n1", "db", 2), ("n2", "db", 3)), 1
        ):
            lines = [f"{at + 4 * step:02}".encode() for step in range(20)]
            await sink.append(
                node, batch(number, lines, of=source(service), at_ns=NOON_NS + at * SECOND_NS, step_ns=4 * SECOND_NS)
            )
        assert await texts(sink) == [f"{number:02}".encode() for number in range(80)]
        assert [line.place for line in await kept(sink)] == sorted(line.place for line in await kept(sink))

    @pytest.mark.parametrize("tail", [1, 3, 39, 40, 100])
    async def test_the_last_lines_are_those_that_match(self, sink: ReadableLogSink, tail: int) -> None:
        """Promise 6."""
        for number in range(1, 5):
            lines = [f"{'even' if at % 2 else 'odd'} {number}.{at}".encode() for at in range(20)]
            await sink.append(f"n{number}", batch(number, lines, at_ns=NOON_NS + number, step_ns=SECOND_NS))
        even = await texts(sink, LogsQuery(grep="even"))
        assert len(even) == 40
        assert await texts(sink, LogsQuery(grep="even", tail=tail)) == even[-tail:]

    async def test_times_services_nodes_and_containers_choose(self, sink: ReadableLogSink) -> None:
        """What a query names, and `until_ms` is where it ends."""
        await sink.append("n1", batch(1, [b"a0", b"a1", b"a2"], of=source("web", "app")))
        await sink.append("n1", batch(2, [b"b0", b"b1", b"b2"], of=source("web", "db"), at_ns=NOON_NS + 1))
        await sink.append("n2", batch(1, [b"c0", b"c1", b"c2"], of=source("shop", "app"), at_ns=NOON_NS + 2))
        noon_ms = NOON_NS // 1_000_000
        for query, expected in (
            (LogsQuery(services=("web",)), [b"a0", b"b0", b"a1", b"b1", b"a2", b"b2"]),
            (LogsQuery(nodes=("n2",)), [b"c0", b"c1", b"c2"]),
            (LogsQuery(containers=("app",), nodes=("n1",)), [b"a0", b"a1", b"a2"]),
            (LogsQuery(services=("web", "shop"), containers=("db",)), [b"b0", b"b1", b"b2"]),
            (LogsQuery(since_ms=noon_ms + 2000), [b"a2", b"b2", b"c2"]),
            (LogsQuery(until_ms=noon_ms + 1000), [b"a0", b"b0", b"c0"]),
            (LogsQuery(since_ms=noon_ms + 1000, until_ms=noon_ms + 2000, services=("shop",)), [b"c1"]),
            (LogsQuery(services=("none",)), []),
        ):
            assert await texts(sink, query) == expected, query
        assert await sink.sources() == {("n1", "web", "app"), ("n1", "web", "db"), ("n2", "shop", "app")}

    async def test_what_matches_is_a_matter_of_single_lines(self, sink: ReadableLogSink) -> None:
        """Promise 7."""
        lines = ["an error", "", "ERROR: Übel", "a", "b", "tail [x]", "\\d"]
        await sink.append("n1", batch(1, [line.encode() for line in lines]))
        asked: tuple[tuple[dict[str, Any], list[str]], ...] = (
            ({"grep": "error"}, ["an error"]),
            ({"grep": "error", "ignore_case": True}, ["an error", "ERROR: Übel"]),
            ({"grep": "übel", "ignore_case": True}, ["ERROR: Übel"]),
            ({"grep": "[x]"}, ["tail [x]"]),
            ({"grep": "\\d"}, ["\\d"]),
            ({"grep": "^(a|b)$", "regex": True}, ["a", "b"]),
            ({"grep": "^$", "regex": True}, [""]),
            ({"grep": "a\\s*b", "regex": True}, []),
            ({"grep": "[^x]+b$", "regex": True}, []),
            ({"grep": "^E.*Ü", "regex": True}, ["ERROR: Übel"]),
            ({"grep": "^e.*ü", "regex": True, "ignore_case": True}, ["ERROR: Übel"]),
        )
        for asks, expected in asked:
            assert [line.decode() for line in await texts(sink, LogsQuery(**asks))] == expected, asks

    @pytest.mark.parametrize("grep", ["(", "a)|(b", "(?=x)", "a\\z", "[", "x" * 2000])
    async def test_what_is_no_expression_is_refused(self, sink: ReadableLogSink, grep: str) -> None:
        """`Invalid`, before anything is read."""
        with pytest.raises(Invalid):
            await texts(sink, LogsQuery(grep=grep, regex=True))

    async def test_an_expression_that_others_take_for_ever_for_ends(self, sink: ReadableLogSink) -> None:
        """The test's own deadline is what it is held to."""
        await sink.append("n1", batch(1, [b"a" * 50_000 + b"!"]))
        assert await texts(sink, LogsQuery(grep="^(a+)+$", regex=True)) == []

    async def test_who_stops_reading_may_read_again(self, sink: ReadableLogSink) -> None:
        """Promise 8."""
        for number in range(1, 4):
            await sink.append("n1", batch(number, [b"x" * 300] * 2000, at_ns=NOON_NS + number))
        async with aclosing(sink.read(LogsQuery(), LogWindow(upto=sink.position()))) as pages:
            async for page in pages:
                if page:
                    break
        assert len(await texts(sink)) == 6000

    async def test_nothing_is_removed_that_may_stay(self, sink: ReadableLogSink) -> None:
        """`trim`, of what is as new as the clock."""
        await sink.append("n1", batch(1, [b"one"]))
        assert await sink.trim(1) == 0
        assert await texts(sink) == [b"one"]


async def _restarted(bench: LogSinkBench) -> ReadableLogSink:
    assert bench.restart
    return await bench.restart()
