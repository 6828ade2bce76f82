"""The contract of a source. Subclass it, give it a fixture `bench`, and pytest runs every promise:

    class TestMine(SourceContract):
        @pytest.fixture
        def bench(self, tmp_path):
            return MyBench(tmp_path)

Where the promises of `composia.plugins.source.Source` are tested; each test says its number:

1. SyncContract
2. SnapshotContract; with branches, BranchContract too
3. NameContract; with branches, BranchContract too
4. SecretContract, for a source that has credentials
5. LogContract; with branches, BranchContract too
6. RevisionContract
"""

# ruff: noqa: D102 - the name of a test is its sentence

import logging
from collections.abc import AsyncIterator

import pytest

from composia.core.file import FileKind
from composia.core.revision import RepositoryState
from composia.errors import ComposiaError, NotFound, TooLarge
from composia.plugins.source import SMALL, Source
from composia.plugins.testing.source_bench import Bench, BranchBench, LockedBench, Put
from composia.plugins.testing.source_files import (
    CHANGED,
    DIRECTORIES,
    EVERYTHING,
    MOST,
    NOWHERE,
    ONE,
    THREE,
    TWO,
    content,
    differences,
    files,
    opened,
    synced,
)


class _Contract:
    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def anyio_backend(self) -> str:
        """Sources run on asyncio."""
        return "asyncio"

    @pytest.fixture
    async def source(self, bench: Bench) -> AsyncIterator[Source]:
        """The source under test, opened before anything is in the origin."""
        async with opened(bench) as source:
            yield source


class SyncContract(_Contract):
    """Promise 1: the state says what the last sync found, and nothing is raised because the remote is away."""

    async def test_1_a_sync_finds_what_moved_and_only_that(self, bench: Bench, source: Source) -> None:
        bench.write(ONE)
        first = await synced(source, 10)
        again = await synced(source, 20)
        bench.write(TWO)
        second = await synced(source, 30)
        assert first.head == again.head != second.head
        assert await content(await source.snapshot(second.head)) == TWO

    async def test_1_an_origin_that_is_away_is_said_and_the_last_good_head_stays(
        self, bench: Bench, source: Source
    ) -> None:
        bench.write(ONE)
        good = await synced(source, 10)
        bench.leave()
        away = await source.sync(20)
        assert (away.head, away.synced_ms, away.tried_ms) == (good.head, 10, 20)
        assert away.error
        assert await source.resolve("") == good.head
        assert await content(await source.snapshot(good.head)) == ONE
        bench.come_back()
        assert await synced(source, 30) == RepositoryState(
            location=good.location, branch=good.branch, head=good.head, synced_ms=30, tried_ms=30
        )

    async def test_1_an_origin_that_was_never_there_has_no_head(self, bench: Bench, source: Source) -> None:
        bench.leave()
        state = await source.sync(10)
        assert (state.head, state.synced_ms, bool(state.error)) == ("", 0, True)
        with pytest.raises(NotFound):
            await source.resolve("")
        bench.come_back()
        bench.write(ONE)
        assert (await synced(source)).head

    async def test_1_a_restart_while_the_origin_is_away_forgets_nothing(self, bench: Bench) -> None:
        bench.write(ONE)
        async with opened(bench) as source:
            good = await synced(source, 10)
        bench.leave()
        async with opened(bench) as source:
            away = await source.sync(20)
            assert (away.head, away.synced_ms, away.tried_ms) == (good.head, 10, 20)
            assert await content(await source.snapshot(good.head)) == ONE


class SnapshotContract(_Contract):
    """Promise 2: a snapshot of a revision is the same whenever it is read."""

    async def test_2_a_snapshot_has_every_kind_of_file_sorted_by_path(self, bench: Bench, source: Source) -> None:
        bench.write(EVERYTHING)
        snapshot = await source.snapshot((await synced(source)).head)
        assert [file.path for file in await files(snapshot)] == sorted(EVERYTHING)
        assert await content(snapshot) == EVERYTHING

    async def test_2_one_content_has_one_object_id_at_any_path_and_revision(self, bench: Bench, source: Source) -> None:
        seen: dict[str, set[bytes]] = {}
        ids: dict[bytes, set[str]] = {}
        for written in (ONE, TWO, EVERYTHING):
            bench.write(written)
            snapshot = await source.snapshot((await synced(source)).head)
            for file in await files(snapshot):
                data = await snapshot.read(file, most=MOST)
                seen.setdefault(file.object_id, set()).add(data)
                ids.setdefault(data, set()).add(file.object_id)
        assert all(len(contents) == 1 for contents in seen.values())
        assert all(len(names) == 1 for names in ids.values())

    async def test_2_a_snapshot_stays_when_history_is_rewritten_and_the_origin_is_gone(
        self, bench: Bench, source: Source
    ) -> None:
        bench.write(ONE)
        old = (await synced(source)).head
        held = await source.snapshot(old)
        bench.rewrite(THREE)
        new = (await synced(source)).head
        bench.leave()
        await source.sync(2)
        assert await content(held) == ONE
        assert await content(await source.snapshot(old)) == ONE
        assert await content(await source.snapshot(new)) == THREE
        async with opened(bench) as reopened:
            assert await content(await reopened.snapshot(old)) == ONE

    async def test_2_what_is_no_file_of_it_is_not_found(self, bench: Bench, source: Source) -> None:
        bench.write(ONE)
        snapshot = await source.snapshot((await synced(source)).head)
        for path in ("web/", "/", "README/x", "/README", "./README", "../README", "other", "README\0"):
            with pytest.raises(NotFound):
                await snapshot.find(path)
        with pytest.raises(NotFound):
            await snapshot.read(await snapshot.find("web"), most=MOST)

    async def test_2_a_directory_has_the_object_id_of_all_that_lies_below_it(
        self, bench: Bench, source: Source
    ) -> None:
        ids: dict[str, set[str]] = {}
        for number, written in enumerate(DIRECTORIES):
            bench.write(written)
            snapshot = await source.snapshot((await synced(source, number)).head)
            for path in ("", "a", "a/in"):
                found = await snapshot.find(path)
                assert (found.path, found.kind) == (path, FileKind.DIRECTORY)
                ids.setdefault(path, set()).add(found.object_id)
            assert (await snapshot.find("b")).object_id == (await snapshot.find("c/b")).object_id
        assert {path: len(found) for path, found in ids.items()} == {"": 6, "a": 5, "a/in": 4}

    async def test_2_a_known_directory_is_named_and_not_entered(self, bench: Bench, source: Source) -> None:
        bench.write(DIRECTORIES[0])
        snapshot = await source.snapshot((await synced(source)).head)
        everything = await snapshot.below(await snapshot.find(""))
        assert [file.path for file in everything] == ["a", "a/in", "a/in/x", "a/y", "b", "b/z", "c", "c/b", "c/b/z"]
        known = {(await snapshot.find(path)).object_id for path in ("a/in", "b")}
        found = await snapshot.below(await snapshot.find(""), known=known)
        assert [file.path for file in found] == ["a", "a/in", "a/y", "b", "c", "c/b"]
        assert [file.path for file in await snapshot.below(await snapshot.find("a"), known=known)] == ["a/in", "a/y"]
        assert [file.path for file in await snapshot.below(await snapshot.find("b"), known=known)] == ["b/z"]

    async def test_2_more_paths_than_asked_for_are_refused(self, bench: Bench, source: Source) -> None:
        bench.write(DIRECTORIES[0])
        snapshot = await source.snapshot((await synced(source)).head)
        for path, count in (("", 9), ("a", 3)):
            directory = await snapshot.find(path)
            assert len(await snapshot.below(directory, most=count)) == count
            with pytest.raises(TooLarge, match=f"more than {count - 1} paths, most of them in a"):
                await snapshot.below(directory, most=count - 1)

    async def test_2_a_file_that_is_larger_than_asked_for_is_refused_by_its_size(
        self, bench: Bench, source: Source
    ) -> None:
        for extent in (0, 1, 15, 16, 2047, 2048, 100_000):
            bench.write({"file": Put(content=b"x" * extent), "other": Put(content=b"x" * extent + b"y")})
            snapshot = await source.snapshot((await synced(source, extent)).head)
            for name, size in (("file", extent), ("other", extent + 1)):
                file = await snapshot.find(name)
                assert len(await snapshot.read(file, most=size)) == size
                with pytest.raises(TooLarge):
                    await snapshot.read(file, most=size - 1)

    async def test_2_small_files_are_read_at_once_and_a_larger_one_is_left_out(
        self, bench: Bench, source: Source
    ) -> None:
        sizes = {"none": 0, "small": SMALL, "large": SMALL + 1, "one": 1}
        bench.write({name: Put(content=b"x" * size) for name, size in sizes.items()})
        snapshot = await source.snapshot((await synced(source)).head)
        found = await snapshot.read_small([await snapshot.find(name) for name in sizes])
        assert found == (b"", b"x" * SMALL, None, b"x")
        assert await snapshot.read_small([]) == ()
        with pytest.raises(NotFound):
            await snapshot.read_small([await snapshot.find("")])


class NameContract(_Contract):
    """Promise 3: a name leads to one revision or to a clear error."""

    async def test_3_nothing_a_full_name_and_the_beginning_of_one_lead_to_the_revision(
        self, bench: Bench, source: Source
    ) -> None:
        bench.write(ONE)
        old = (await synced(source)).head
        bench.write(TWO)
        new = (await synced(source)).head
        assert await source.resolve("") == new
        assert await source.resolve(old) == old
        assert await source.resolve(old[:-1]) == old
        assert await source.resolve(old[:10]) == old

    @pytest.mark.parametrize("name", NOWHERE)
    async def test_3_a_name_that_leads_nowhere_is_not_found(self, bench: Bench, source: Source, name: str) -> None:
        bench.write(ONE)
        await synced(source)
        with pytest.raises(NotFound):
            await source.resolve(name)
        with pytest.raises(NotFound):
            await source.snapshot(name)
        with pytest.raises(NotFound):
            await source.log(name, 1)

    async def test_3_a_beginning_that_two_revisions_share_is_refused_as_ambiguous(
        self, bench: Bench, source: Source
    ) -> None:
        bench.write(ONE)
        await synced(source)
        beginning = bench.make_ambiguous()
        await synced(source)
        with pytest.raises(NotFound, match="ambiguous"):
            await source.resolve(beginning)


class LogContract(_Contract):
    """Promise 5: the log goes backwards, and says of each revision what it changed."""

    async def test_5_the_log_goes_backwards_from_a_revision_as_far_as_asked(self, bench: Bench, source: Source) -> None:
        heads = []
        for now_ms, written in enumerate((ONE, TWO, THREE)):
            bench.write(written)
            heads.append((await synced(source, now_ms)).head)

        async def log(revision: str, limit: int) -> list[str]:
            return [found.revision.id for found in await source.log(revision, limit)]

        assert await log("", 10) == heads[::-1]
        assert await log(heads[1], 10) == [heads[1], heads[0]]
        assert await log(heads[2], 1) == [heads[2]]
        assert await log(heads[2], 0) == []

    async def test_5_a_revision_changed_what_differs_from_the_one_before_it(self, bench: Bench, source: Source) -> None:
        heads = []
        for now_ms, written in enumerate(CHANGED):
            bench.write(written)
            heads.append((await synced(source, now_ms)).head)
        for limit in (1, len(heads)):
            for number, commit in enumerate((await source.log(heads[-1], limit)), 1):
                at = len(heads) - number
                before = await source.snapshot(heads[at - 1]) if at else None
                assert commit.revision.id == heads[at]
                assert commit.changed == await differences(before, await source.snapshot(heads[at]))

    async def test_5_what_was_before_a_revision_can_be_read(self, bench: Bench, source: Source) -> None:
        bench.write({"web/name": Put(content=b"old"), "same": Put(content=b"1")})
        old = (await synced(source, 1)).head
        bench.write({"same": Put(content=b"1")})
        await synced(source, 2)
        (commit, *_) = await source.log("", 9)
        ((before, now),) = [(change.before, change.now) for change in commit.changed]
        assert now is None
        assert before is not None
        assert await (await source.snapshot(old)).read(before, most=MOST) == b"old"


class RevisionContract(_Contract):
    """Promise 6: of a revision is said what the log says of it, for as long as it is there."""

    async def test_6_revisions_are_what_the_log_says_of_them_and_none_where_there_is_none(
        self, bench: Bench, source: Source
    ) -> None:
        bench.write(ONE)
        old = (await synced(source, 1)).head
        bench.write(TWO)
        new = (await synced(source, 2)).head
        said = {commit.revision.id: commit.revision for commit in await source.log("", 9)}
        directory = (await (await source.snapshot(new)).find("web")).object_id
        none = ["", "HEAD", old[:-1], old.upper(), directory, "f" * 40, "..", "\0", "\udcff"]
        assert await source.revisions([new, *none, old, new]) == (said[new], *[None] * len(none), said[old], said[new])
        assert await source.revisions([]) == ()

    async def test_6_a_revision_stays_when_history_is_rewritten_and_the_origin_is_gone(
        self, bench: Bench, source: Source
    ) -> None:
        bench.write(ONE)
        (old,) = await source.log((await synced(source)).head, 1)
        bench.rewrite(THREE)
        await synced(source)
        bench.leave()
        async with opened(bench) as reopened:
            assert await reopened.revisions([old.revision.id]) == (old.revision,)


class SourceContract(SyncContract, SnapshotContract, NameContract, LogContract, RevisionContract):
    """Every promise of a source without branches and credentials."""


class BranchContract(_Contract):
    """Promises 2, 3 and 5 for a source with branches and tags."""

    async def test_2_a_snapshot_stays_when_its_branch_is_gone(self, bench: BranchBench, source: Source) -> None:
        bench.write(ONE)
        good = await synced(source, 10)
        bench.remove_branch()
        gone = await source.sync(20)
        assert (gone.head, gone.synced_ms, gone.tried_ms) == (good.head, 10, 20)
        assert good.branch in gone.error
        assert await source.resolve("") == await source.resolve(good.branch) == good.head
        assert await content(await source.snapshot(good.head)) == ONE

    async def test_2_a_rewritten_branch_is_said_until_it_moves_on(self, bench: BranchBench, source: Source) -> None:
        bench.write(ONE)
        assert not (await synced(source)).rewritten
        bench.write(TWO)
        assert not (await synced(source)).rewritten
        bench.rewrite(THREE)
        assert (await synced(source)).rewritten
        assert (await synced(source)).rewritten
        async with opened(bench) as reopened:
            assert (await synced(reopened)).rewritten
        bench.write(TWO)
        assert not (await synced(source)).rewritten

    async def test_3_branches_and_tags_lead_to_their_commits_also_where_they_moved(
        self, bench: BranchBench, source: Source
    ) -> None:
        bench.write(ONE)
        bench.branch("feature")
        bench.tag("v1")
        one = (await synced(source)).head
        bench.write(TWO)
        bench.branch("feature/two")  # takes the place of "feature", which cannot stay beside it
        two = (await synced(source)).head
        assert await source.resolve("v1") == one
        assert await source.resolve("feature/two") == two
        assert await source.resolve((await synced(source)).branch) == two
        with pytest.raises(NotFound):
            await source.resolve("feature")

    async def test_5_a_merge_changed_what_was_merged_and_the_log_goes_on_with_what_it_was_merged_into(
        self, bench: BranchBench, source: Source
    ) -> None:
        bench.write(ONE)
        one = (await synced(source)).head
        bench.merge(TWO)
        two = (await synced(source)).head
        log = await source.log("", 9)
        assert [commit.revision.id for commit in log] == [two, one]
        assert [change.path for change in log[0].changed] == ["README"]


class SecretContract(_Contract):
    """Promise 4: no error text or log line holds a password or token."""

    async def test_4_refused_credentials_are_said_without_them(
        self, bench: LockedBench, source: Source, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        bench.write(ONE)
        states = [await synced(source)]
        bench.lock_out()
        states.append(await source.sync(2))
        bench.leave()
        states.append(await source.sync(3))
        with pytest.raises(ComposiaError) as error:
            await source.resolve("nope")
        assert [bool(state.error) for state in states] == [False, True, True]
        said = [repr(states), caplog.text, repr(error.value), error.value.where, error.value.hint]
        assert [secret for secret in bench.secrets if any(secret in text for text in said)] == []
