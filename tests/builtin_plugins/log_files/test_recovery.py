"""What a kill leaves of the log sink `files`: whatever was acknowledged is there, once, and what was half written is
not."""

import shutil
from pathlib import Path

import pytest

from composia.builtin_plugins.log_files import reading, stream
from composia.builtin_plugins.log_files.config import FilesConfig
from composia.builtin_plugins.log_files.sink import FilesSink
from composia.clock import ManualClock, SystemClock
from composia.core.container_log import LogsQuery
from composia.errors import Unavailable
from composia.plugins.log_sink import LogWindow
from composia.plugins.testing.log_lines import NOON_NS, batch, texts

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of some batches, files of some blocks."""
    monkeypatch.setattr(stream, "BLOCK_BYTES", 500)
    monkeypatch.setattr(stream, "SEGMENT_BYTES", 2000)


def opened(directory: Path) -> FilesSink:
    return FilesSink(directory, SystemClock(), FilesConfig())


def line(number: int) -> bytes:
    return b"%05d %b" % (number, bytes(number * at % 251 + 1 for at in range(60)).replace(b"\n", b"x"))


async def append(sink: FilesSink, *numbers: int) -> None:
    for number in numbers:
        await sink.append("n1", batch(number, [line(number)], at_ns=NOON_NS + number))


def files(directory: Path, kind: str) -> list[Path]:
    return sorted(directory.glob(f"n1/web/{kind}-*"))


def only(directory: Path, kind: str) -> Path:
    [found] = files(directory, kind)
    return found


async def test_files_grow_from_tail_to_block_to_segment(tmp_path: Path) -> None:
    sink = opened(tmp_path)
    seen = set()
    for number in range(1, 200):
        await append(sink, number)
        seen.add(tuple(sorted(path.name.partition("-")[0] for path in (tmp_path / "n1" / "web").glob("*-*"))))
    assert {("tail",), ("open", "tail"), ("open",), ("kept", "tail"), ("kept", "open", "tail")} <= seen
    assert await texts(opened(tmp_path)) == [line(number) for number in range(1, 200)]


@pytest.mark.parametrize("kind", ["tail", "open"])
async def test_a_block_that_is_half_written_is_cut_off_wherever_it_was_cut(tmp_path: Path, kind: str) -> None:
    """Every few bytes of the last block; what was acknowledged before it stays, and it can be appended again."""
    whole, count = tmp_path / "whole", 3 if kind == "tail" else 14
    await append(opened(whole), *range(1, count + 1))
    before = only(whole, kind).stat().st_size
    sizes = [before]
    grown = tmp_path / "grown"
    shutil.copytree(whole, grown)
    number = count
    while sizes[-1] == before:
        number += 1
        await append(opened(grown), number)
        sizes.append(only(grown, kind).stat().st_size if files(grown, kind) else before)
    content = only(grown, kind).read_bytes()
    for end in range(before + 1, len(content), 7):
        torn = tmp_path / "torn"
        shutil.copytree(whole, torn)
        # the tail that was to become this block is still there
        only(torn, kind).write_bytes(content[:end])
        sink = opened(torn)
        await append(sink, *range(1, number + 1))
        assert await texts(sink) == [line(one) for one in range(1, number + 1)], end
        shutil.rmtree(torn)


async def test_a_tail_that_was_packed_and_is_still_there_counts_once(tmp_path: Path) -> None:
    """Killed between both: the block is whole, the tail not yet removed."""
    before, after = tmp_path / "before", tmp_path / "after"
    await append(opened(before), 1, 2, 3, 4)
    shutil.copytree(before, after)
    number = 5
    while files(after, "tail"):
        await append(opened(after), number)
        number += 1
    tail = only(before, "tail")
    shutil.copy(tail, after / "n1" / "web" / tail.name)
    sink = opened(after)
    assert await texts(sink) == [line(one) for one in range(1, number)]
    await append(sink, *range(1, number + 2))
    assert await texts(sink) == [line(one) for one in range(1, number + 2)]


async def test_damage_in_the_middle_costs_what_is_damaged_and_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As a disk may do it; in a file that is sealed."""
    await append(opened(tmp_path), *range(1, 100))
    kept = files(tmp_path, "kept")[0]
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 0xFF
    kept.write_bytes(content)
    found = await texts(opened(tmp_path))
    assert 80 <= len(found) < 99
    assert found == sorted(found)
    assert "logs cannot be read" in caplog.text


@pytest.mark.parametrize("how", ["middle", "head", "all"])
async def test_damage_in_a_tail_does_not_stop_what_comes(tmp_path: Path, how: str) -> None:
    """Nor do files that are not ours."""
    await append(opened(tmp_path), 1, 2, 3, 4)
    tail = only(tmp_path, "tail")
    content = bytearray(tail.read_bytes())
    for at in {"middle": (len(content) // 2,), "head": (0,), "all": range(len(content))}[how]:
        content[at] ^= 0xFF
    tail.write_bytes(content)
    (tmp_path / "n1" / "notes").write_text("by hand")
    (tail.parent / "kept-by-hand.zst").write_text("by hand")
    sink = opened(tmp_path)
    await append(sink, *range(5, 30))
    found = await texts(sink)
    assert [one for one in found if one >= line(5)] == [line(number) for number in range(5, 30)]
    assert await sink.trim(SystemClock().now_ms()) >= 0


@pytest.mark.parametrize("kind", ["tail", "open", "kept", ""])
async def test_files_that_a_hand_removes_take_their_lines_along_and_no_more(tmp_path: Path, kind: str) -> None:
    sink = opened(tmp_path)
    await append(sink, *range(1, 36))
    before = await texts(sink)
    assert all(files(tmp_path, one) for one in ("tail", "open", "kept"))
    for path in files(tmp_path, kind) if kind else [tmp_path / "n1"]:
        path.unlink() if kind else shutil.rmtree(path)
    await append(sink, *range(36, 80))
    found = await texts(sink)
    assert found == sorted(set(found))
    assert set(found) < {*before, *(line(number) for number in range(36, 80))}
    assert found[-44:] == [line(number) for number in range(36, 80)]
    assert await texts(opened(tmp_path)) == found


async def test_positions_go_on_although_the_clock_was_set_back(tmp_path: Path) -> None:
    clock = ManualClock()
    sink = FilesSink(tmp_path, clock, FilesConfig())
    await append(sink, 1)
    first = sink.position()
    clock.set_wall(-86_400)
    again = FilesSink(tmp_path, clock, FilesConfig())
    assert again.position() >= first
    before = again.position()
    await append(again, 2)
    assert again.position() > before


@pytest.mark.parametrize("count", [4, 40])
async def test_a_reader_goes_on_although_files_are_packed_and_sealed_under_it(
    tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line comes after more was written, so that what was there at the beginning lies in other files by then."""
    monkeypatch.setattr(reading, "PAGE_LINES", 1)
    sink = opened(tmp_path)
    await append(sink, *range(1, count))
    upto, found, number = sink.position(), [], count
    pages = sink.read(LogsQuery(), LogWindow(upto=upto))
    async for page in pages:
        found += [kept.entry.data for kept in page]
        for _ in range(5):
            await append(sink, number)
            number += 1
    assert found == [line(one) for one in range(1, count)]


async def test_what_is_no_nodes_directory_is_passed_over(tmp_path: Path) -> None:
    """As the lost+found of a disk, which only root may look into; here with what cannot be looked at by anybody."""
    await append(opened(tmp_path), 1)
    other = tmp_path / "lost+found" / "web"
    other.mkdir(parents=True)
    (other / f"kept-{'-'.join(['0' * 16] * 4)}.zst").symlink_to("nowhere")
    sink = opened(tmp_path)
    assert await texts(sink) == [line(1)]
    assert await sink.trim(0) == 0


async def test_a_file_that_cannot_be_looked_at_is_told_and_ends_nothing(tmp_path: Path) -> None:
    await append(opened(tmp_path), 1)
    (tmp_path / "n1" / "web" / f"kept-{'-'.join(['0' * 16] * 4)}.zst").symlink_to("nowhere")
    sink = opened(tmp_path)

    for asked in (sink.sources, lambda: sink.trim(0), lambda: texts(sink), lambda: append(sink, 2)):
        with pytest.raises(Unavailable, match="logs cannot be"):
            await asked()
