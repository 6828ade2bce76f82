"""Fetching bundles into the cache, and unpacking what nobody should trust."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from composia.agent.archive import Limits
from composia.agent.bundles import Bundles
from composia.errors import ComposiaError, Invalid, TooLarge
from tests.agent.making import (
    Files,
    Link,
    Program,
    in_chunks,
    make_archive,
    make_digest,
    make_entry,
    read_tree,
)

pytestmark = pytest.mark.anyio

FILES: Files = {"compose.yaml": b"services: {}", "bin/run": Program(b"#!/bin/sh"), "bin/latest": Link("run")}
LIMITS = Limits(archive=2000, content=1000, paths=5, path=20)


@pytest.fixture
def bundles(tmp_path: Path) -> Bundles:
    bundles = Bundles(tmp_path / "bundles", LIMITS)
    bundles.open()
    return bundles


def lying(bundles: Bundles) -> dict[str, object]:
    return dict(read_tree(bundles.place(make_digest({})).parent))


async def test_a_bundle_is_received_once_and_found_again(bundles: Bundles) -> None:
    digest = make_digest(FILES)
    assert bundles.find(digest) is None

    bundle = await bundles.receive(digest, in_chunks(make_archive(FILES), 7))

    assert bundle.entries == tuple(sorted(make_entry(path, content) for path, content in FILES.items()))
    assert read_tree(bundle.tree.root) == FILES
    found = bundles.find(digest)
    assert found is not None
    assert (found.digest, found.entries) == (digest, bundle.entries)
    await bundles.receive(digest, in_chunks(make_archive(FILES)))
    assert read_tree(bundle.tree.root) == FILES


async def test_a_damaged_bundle_counts_as_not_there(bundles: Bundles) -> None:
    digest = make_digest(FILES)
    bundle = await bundles.receive(digest, in_chunks(make_archive(FILES)))
    (bundle.tree.root / "compose.yaml").write_bytes(b"")

    assert bundles.find(digest) is None
    assert lying(bundles) == {"arriving": None}


async def test_an_archive_of_another_bundle_is_refused_and_nothing_stays(bundles: Bundles) -> None:
    other = make_digest({"a": b"1"})

    with pytest.raises(Invalid) as caught:
        await bundles.receive(other, in_chunks(make_archive(FILES)))

    assert (caught.value.message, caught.value.where) == (f"the archive is that of bundle {make_digest(FILES)}", other)
    assert lying(bundles) == {"arriving": None}


async def test_only_bundles_in_use_stay(bundles: Bundles) -> None:
    kept, other = make_digest(FILES), make_digest({"a": b"1"})
    await bundles.receive(kept, in_chunks(make_archive(FILES)))
    await bundles.receive(other, in_chunks(make_archive({"a": b"1"})))

    bundles.prune({kept})

    assert bundles.find(other) is None
    assert bundles.find(kept) is not None
    assert lying(bundles).keys() == {"arriving", *(f"{kept[7:]}/{path}" for path in FILES)}


async def test_what_was_arriving_when_the_agent_ended_is_removed(bundles: Bundles) -> None:
    place = bundles.place(make_digest(FILES)).parent / "arriving" / "half"
    place.mkdir()
    (place / "x").write_bytes(b"1")

    bundles.open()

    assert lying(bundles) == {"arriving": None}


@pytest.mark.parametrize("digest", ["", "sha256:", "sha256:../../etc", "sha256:" + "A" * 64, "sha256:" + "a" * 65])
async def test_what_is_no_digest_is_refused(bundles: Bundles, digest: str) -> None:
    with pytest.raises(Invalid, match="not the digest of a bundle"):
        bundles.find(digest)


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", data: bytes = b"") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, len(data)
    return info


def packed(*members: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        for info in members:
            tar.addfile(info, io.BytesIO(bytes(info.size)))
    return buffer.getvalue()


OUTSIDE = "a path of the archive is not one inside of a directory"
LEAVES = "a link leaves the service's directory"
STRANGE = "the archive holds something that is neither a file nor a link"
TWICE = "two entries of the archive have one place"


@pytest.mark.parametrize(
    ("archive", "error", "message", "where"),
    [
        (packed(member("/etc/x")), Invalid, OUTSIDE, "/etc/x"),
        (packed(member("../x")), Invalid, OUTSIDE, "../x"),
        (packed(member("a/../../x")), Invalid, OUTSIDE, "a/../../x"),
        (packed(member("a//x")), Invalid, OUTSIDE, "a//x"),
        (packed(member("./x")), Invalid, OUTSIDE, "./x"),
        (packed(member("a\udcff")), Invalid, OUTSIDE, "'a\\udcff'…"),
        (packed(member("l", tarfile.SYMTYPE, "/etc")), Invalid, LEAVES, "l"),
        (packed(member("l", tarfile.SYMTYPE, "..")), Invalid, LEAVES, "l"),
        (packed(member("d/l", tarfile.SYMTYPE, "../../x")), Invalid, LEAVES, "d/l"),
        (packed(member("d/l", tarfile.SYMTYPE, "m/../..")), Invalid, LEAVES, "d/l"),
        (packed(member("h", tarfile.LNKTYPE, "x")), Invalid, STRANGE, "h"),
        (packed(member("dev", tarfile.CHRTYPE)), Invalid, STRANGE, "dev"),
        (packed(member("dev", tarfile.BLKTYPE)), Invalid, STRANGE, "dev"),
        (packed(member("pipe", tarfile.FIFOTYPE)), Invalid, STRANGE, "pipe"),
        (packed(member("a"), member("a")), Invalid, TWICE, "a"),
        (packed(member("l", tarfile.SYMTYPE, "d"), member("l/x")), Invalid, TWICE, "l/x"),
        (packed(member("l/x"), member("l", tarfile.SYMTYPE, "d")), Invalid, TWICE, "l"),
        (packed(member("big", data=bytes(1001))), TooLarge, "a bundle may hold at most 1000 bytes", "big"),
        (packed(*(member(f"{n}") for n in range(6))), TooLarge, "a bundle may hold at most 5 files", ""),
        (packed(member("n" * 21)), TooLarge, "a path may have at most 20 bytes", "n" * 21),
        (bytes(range(256)) * 9, TooLarge, "a bundle's archive may have at most 2000 bytes", make_digest(FILES)),
    ],
    ids=lambda value: "archive" if isinstance(value, bytes) else None,  # the bytes hold the time
)
async def test_an_archive_that_should_not_be_trusted_is_refused(
    bundles: Bundles, archive: bytes, error: type[ComposiaError], message: str, where: str
) -> None:
    with pytest.raises(error) as caught:
        await bundles.receive(make_digest(FILES), in_chunks(archive))

    assert (caught.value.message, caught.value.where) == (message, where)
    assert lying(bundles) == {"arriving": None}


@pytest.mark.parametrize("cut", [lambda data: b"", lambda data: data[:-40], lambda data: b"junk" * 20])
async def test_what_is_no_whole_archive_is_refused(bundles: Bundles, cut: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Invalid):
        await bundles.receive(make_digest(FILES), in_chunks(cut(make_archive(FILES))))

    assert lying(bundles) == {"arriving": None}


async def test_links_inside_of_the_directory_are_fine(bundles: Bundles) -> None:
    files: Files = {"d/up": Link("../x"), "d/e/top": Link("../.."), "here": Link("."), "d/through": Link("e/top/x")}

    bundle = await bundles.receive(make_digest(files), in_chunks(make_archive(files)))

    assert read_tree(bundle.tree.root) == files
