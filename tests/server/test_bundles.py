"""The store of bundles: whole or not at all, the same bytes for the same files, and never all of it in memory."""

import asyncio
import gzip
import io
import os
import tarfile
import tracemalloc
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from composia.agent.archive import Limits, unpack
from composia.core.bundle import MAX_ARCHIVE, MAX_CONTENT, MAX_PATHS, bundle_digest
from composia.core.file import FileKind
from composia.errors import Internal, NotFound
from composia.plugins.source import SnapshotFile
from composia.server.bundles import BundleStore
from composia.server.catalog import CatalogReader
from tests.server.snapshots import Entry, MemorySnapshot, link, service, snapshot

NEVER = float("inf")
"""Nothing was used since then."""

pytestmark = pytest.mark.anyio

FILES: Mapping[str, str | bytes | Entry] = {
    **service("web"),
    "web/sub/run": Entry(content=b"#!/bin/sh\n", kind=FileKind.EXECUTABLE),
    "web/sub/link": link("../compose.yaml"),
    "web/empty": "",
    "web/größe": bytes(range(256)) * 100,
    "web/" + "long/" * 60 + "name": "deep",
    "other/file": "not of it",
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    return BundleStore(tmp_path / "bundles")


async def digest_of(files: MemorySnapshot, name: str = "web") -> str:
    definition = (await CatalogReader().read(files)).find(name)
    assert definition is not None
    assert definition.bundle
    return definition.bundle


async def archive(store: BundleStore, digest: str) -> bytes:
    return b"".join([chunk async for chunk in store.open(digest)])


def names(store_directory: Path) -> list[str]:
    return sorted(path.name for path in store_directory.iterdir())


async def test_what_was_built_is_what_an_agent_unpacks(store: BundleStore, tmp_path: Path) -> None:
    files = snapshot(FILES)
    digest = await digest_of(files)
    assert not store.has(digest)
    assert await store.build(files, "web", digest) == digest
    assert store.has(digest)
    target = tmp_path / "unpacked"
    target.mkdir()
    entries = unpack(io.BytesIO(await archive(store, digest)), target, Limits())
    assert bundle_digest(entries) == digest
    assert (target / "sub" / "link").readlink() == Path("../compose.yaml")
    assert (target / "sub" / "run").stat().st_mode & 0o777 == 0o755
    assert (target / "größe").read_bytes() == bytes(range(256)) * 100


async def test_the_whole_repository_may_be_a_bundle(store: BundleStore) -> None:
    files = snapshot({path.removeprefix("web/"): file for path, file in service("web").items()})
    digest = await digest_of(files)
    await store.build(files, "", digest)
    with tarfile.open(fileobj=io.BytesIO(await archive(store, digest))) as tar:
        assert tar.getnames() == ["compose.yaml", "composia-meta.yaml"]


async def test_one_content_makes_one_archive_without_owner_and_time(store: BundleStore, tmp_path: Path) -> None:
    files = snapshot(FILES)
    digest = await digest_of(files)
    await store.build(files, "web", digest)
    other = BundleStore(tmp_path / "other")
    moved = snapshot({path.replace("web/", "elsewhere/", 1): file for path, file in FILES.items()})
    assert await digest_of(moved) == digest
    await other.build(moved, "elsewhere", digest)
    data = await archive(store, digest)
    assert data == await archive(other, digest)
    assert data[3:8] == bytes(5)  # of gzip: no name, no time
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = tar.getmembers()
    assert [member.name for member in members] == sorted(path[4:] for path in FILES if path.startswith("web/"))
    assert {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in members} == {(0, 0, "", "", 0)}
    assert all(member.isreg() or member.issym() for member in members)


async def test_what_is_kept_is_not_built_again(store: BundleStore) -> None:
    files = snapshot(FILES)
    digest = await digest_of(files)
    files.reads.clear()
    await asyncio.gather(*(store.build(files, "web", digest) for _ in range(5)))
    assert len(files.reads) == len([path for path in FILES if path.startswith("web/")])


async def test_a_snapshot_that_is_not_of_that_digest_is_not_kept(store: BundleStore, tmp_path: Path) -> None:
    digest = await digest_of(snapshot(FILES))
    with pytest.raises(Internal):
        await store.build(snapshot({**FILES, "web/empty": "no longer"}), "web", digest)
    assert not store.has(digest)
    assert names(tmp_path / "bundles") == []


async def test_a_build_that_breaks_off_or_is_cancelled_leaves_nothing(store: BundleStore, tmp_path: Path) -> None:
    files = snapshot(FILES)
    digest = await digest_of(files)
    reached = asyncio.Event()

    class Stuck(MemorySnapshot):
        async def read(self, file: SnapshotFile, *, most: int) -> bytes:
            if file.path == "web/größe":
                reached.set()
                await asyncio.Event().wait()
            return await super().read(file, most=most)

    class Failing(MemorySnapshot):
        async def read(self, file: SnapshotFile, *, most: int) -> bytes:
            if file.path == "web/größe":
                raise OSError("gone")
            return await super().read(file, most=most)

    with pytest.raises(OSError, match="gone"):
        await store.build(Failing(entries=files.entries), "web", digest)
    build = asyncio.create_task(store.build(Stuck(entries=files.entries), "web", digest))
    await reached.wait()
    build.cancel()
    with pytest.raises(asyncio.CancelledError):
        await build
    assert (store.has(digest), names(tmp_path / "bundles")) == (False, [])
    await store.build(files, "web", digest)
    assert store.has(digest)


@pytest.mark.parametrize("digest", ["", "sha256:", "sha256:../../etc/passwd", "md5:" + "a" * 64, "sha256:" + "A" * 64])
async def test_what_is_no_digest_is_not_found(store: BundleStore, digest: str) -> None:
    with pytest.raises(NotFound):
        store.has(digest)
    with pytest.raises(NotFound):
        await archive(store, digest)


async def test_a_bundle_that_is_not_kept_is_not_found(store: BundleStore) -> None:
    with pytest.raises(NotFound, match="not kept"):
        await archive(store, "sha256:" + "a" * 64)


async def test_prune_keeps_what_is_needed_and_removes_what_a_killed_server_left(
    store: BundleStore, tmp_path: Path
) -> None:
    await store.prune([], unused_since_s=NEVER)
    files = snapshot({**service("one"), **service("two"), **service("three")})
    digests = [await digest_of(files, name) for name in ("one", "two", "three")]
    for name, digest in zip(("one", "two", "three"), digests, strict=True):
        await store.build(files, name, digest)
    left = tmp_path / "bundles" / ".tmpleft"
    left.mkdir()
    (left / "archive").touch()
    assert await store.prune([digests[1], "sha256:" + "b" * 64], unused_since_s=NEVER) == 2
    assert [store.has(digest) for digest in digests] == [False, True, False]
    assert names(tmp_path / "bundles") == [f"{digests[1].removeprefix('sha256:')}.tar.gz"]


async def test_a_bundle_that_was_just_asked_for_again_stays_for_the_deploy_that_is_about_to_be_stored(
    store: BundleStore, tmp_path: Path
) -> None:
    files = snapshot({**service("old"), **service("again")})
    old, again = [await digest_of(files, name) for name in ("old", "again")]
    for name, digest in (("old", old), ("again", again)):
        await store.build(files, name, digest)
        os.utime(tmp_path / "bundles" / f"{digest.removeprefix('sha256:')}.tar.gz", (1000, 1000))
    await store.build(files, "again", again)
    await store.prune([], unused_since_s=2000)
    assert [store.has(old), store.has(again)] == [False, True]


async def test_a_bundle_that_is_pruned_while_it_is_sent_arrives_whole(store: BundleStore) -> None:
    files = snapshot({**service("web"), "web/large": b"".join(n.to_bytes(4, "big") for n in range(1 << 20))})
    digest = await digest_of(files)
    await store.build(files, "web", digest)
    chunks = store.open(digest)
    data = await anext(chunks)
    await store.prune([], unused_since_s=NEVER)
    data += b"".join([chunk async for chunk in chunks])
    with gzip.open(io.BytesIO(data)) as packed:
        assert len(packed.read()) > 4 << 20


class Large(MemorySnapshot):
    """Many large files, each made when it is read."""

    async def read(self, file: SnapshotFile, *, most: int) -> bytes:
        return bytes(4 << 20) if file.path.startswith("web/data") else await super().read(file, most=most)

    async def read_small(self, files: Sequence[SnapshotFile]) -> tuple[bytes | None, ...]:
        small = [file for file in files if not file.path.startswith("web/data")]
        found = dict(zip(small, await super().read_small(small), strict=True))
        return tuple(found.get(file) for file in files)


async def test_the_memory_of_one_file_is_enough_for_a_bundle_of_many(store: BundleStore) -> None:
    entries = {**snapshot(service("web")).entries, **{f"web/data{n}": Entry(content=b"") for n in range(30)}}
    files = Large(entries=entries)
    tracemalloc.start()
    digest = await digest_of(files)
    await store.build(files, "web", digest)
    size = sum([len(chunk) async for chunk in store.open(digest)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 0
    assert peak < 20 << 20  # of 120 MiB


async def test_an_archive_is_never_larger_than_an_agent_takes(store: BundleStore) -> None:
    deep = "/".join(250 * letter for letter in "nopq")
    files: dict[str, str | bytes | Entry] = {f"web/{n}/{deep}": os.urandom(1) for n in range(50)}
    made = snapshot({**service("web"), **files, "web/large": os.urandom(1 << 20)})
    digest = await digest_of(made)
    await store.build(made, "web", digest)
    content = sum(len(entry.content) for entry in made.entries.values())
    assert len(await archive(store, digest)) <= content + len(made.entries) * (MAX_ARCHIVE - MAX_CONTENT) // MAX_PATHS
