"""Merging: the same lines in the same order, however little may be at hand and however they lie."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.builtin_plugins.log_files import block, reading, stream
from composia.builtin_plugins.log_files.config import FilesConfig
from composia.builtin_plugins.log_files.sink import FilesSink
from composia.clock import SystemClock
from composia.core.container_log import LogsQuery
from composia.plugins.testing.log_lines import NOON_NS, batch, kept, source, texts

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sink(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FilesSink]:
    """Many streams, whose times overlap and go back; in small blocks."""
    monkeypatch.setattr(stream, "BLOCK_BYTES", 800)
    monkeypatch.setattr(stream, "SEGMENT_BYTES", 3000)
    made = FilesSink(tmp_path, SystemClock(), FilesConfig())
    rng = random.Random(7)
    for number in range(1, 300):
        node, service = f"n{rng.randrange(4)}", f"s{rng.randrange(3)}"
        at_ns = NOON_NS + rng.randrange(0, 50) * 10
        lines = [b"%d.%d %s" % (number, at, service.encode()) for at in range(rng.randrange(1, 9))]
        of = source(service, f"c{rng.randrange(2)}")
        await made.append(node, batch(number, lines, spool=node, of=of, at_ns=at_ns, step_ns=rng.randrange(4)))
    yield made
    await made.close()


async def test_little_at_hand_changes_nothing(sink: FilesSink, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = await kept(sink)
    assert [line.place for line in whole] == sorted({line.place for line in whole})
    assert len(whole) > 1000
    monkeypatch.setattr(reading, "AT_HAND", 1)
    monkeypatch.setattr(reading, "FEW", 2)
    assert await kept(sink) == whole


@pytest.mark.parametrize(
    "query",
    [
        LogsQuery(tail=1),
        LogsQuery(tail=77),
        LogsQuery(tail=5, services=("s1",), containers=("c0",)),
        LogsQuery(tail=9, grep=".3 s2"),
        LogsQuery(tail=9, grep=r"^1\d\d\.", regex=True),
    ],
)
async def test_a_tail_is_the_end_of_the_whole(sink: FilesSink, query: LogsQuery) -> None:
    whole = await kept(
        sink, LogsQuery(services=query.services, containers=query.containers, grep=query.grep, regex=query.regex)
    )
    assert await kept(sink, query) == whole[-query.tail :]


async def test_a_tail_decompresses_little_of_what_there_is(sink: FilesSink, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []
    decode = block.decode

    def counted(content: bytes) -> block.Content:
        decoded.append(len(content))
        return decode(content)

    await sink.append("n9", batch(1, [b"newest %d" % at for at in range(40)], at_ns=NOON_NS + 10**12))
    whole = await texts(sink)
    monkeypatch.setattr(block, "decode", counted)
    assert await texts(sink) == whole
    all_of_it = len(decoded)
    decoded.clear()
    assert await texts(sink, LogsQuery(tail=20)) == [b"newest %d" % at for at in range(20, 40)]
    assert len(decoded) < all_of_it / 10


BATCHES = st.lists(
    st.tuples(
        st.lists(st.binary(max_size=5).map(lambda line: line.replace(b"\n", b"")), min_size=1, max_size=5),
        st.integers(0, 1 << 61),
        st.integers(0, 1 << 40),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


@given(BATCHES)
def test_a_block_holds_what_was_put_into_it(batches: list[tuple[list[bytes], int, int, bool]]) -> None:
    parts = [
        block.content_of(batch(number, lines, at_ns=at, step_ns=step, stderr=stderr, spool=f"s{number % 2}"), number)
        for number, (lines, at, step, stderr) in enumerate(batches, 1)
    ]
    whole = block.joined(parts)
    again = block.decode(block.encode(whole))
    assert (list(again.batches), list(again.at_ns), again.flags, again.text) == (
        list(whole.batches),
        list(whole.at_ns),
        whole.flags,
        whole.text,
    )
    assert [list(again.spools), [tuple(one) for one in again.sources]] == [list(whole.spools), list(whole.sources)]
    head = block.check(block.encode(whole))
    assert (head.first, head.last, head.lines) == (1, len(batches), len(whole.at_ns))
    assert (head.first_ns, head.last_ns) == (min(whole.at_ns), max(whole.at_ns))
