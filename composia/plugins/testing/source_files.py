"""The files that sources are tested with, and how what a source has is read whole."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from composia.core.file import FileKind
from composia.core.revision import RepositoryState
from composia.plugins.source import PathChange, Snapshot, SnapshotFile, Source
from composia.plugins.testing.source_bench import Bench, Files, Put

ONE: Files = {"web/compose.yaml": Put(content=b"services: {}\n"), "README": Put(content=b"one")}
TWO: Files = {"web/compose.yaml": Put(content=b"services: {}\n"), "README": Put(content=b"two")}
THREE: Files = {"new": Put(content=b"three")}
EVERYTHING: Files = {
    "empty": Put(content=b""),
    "bytes": Put(content=bytes(range(256))),
    "run.sh": Put(content=b"#!/bin/sh\n", kind=FileKind.EXECUTABLE),
    "lines": Put(content=b"one\r\ntwo\n"),
    "a/b/c/deep": Put(content=b"deep"),
    "a/b.c": Put(content=b"sorts before a/b/"),
    "a/up": Put(content=b"../run.sh", kind=FileKind.LINK),
    "to-directory": Put(content=b"a/b", kind=FileKind.LINK),
    "nowhere": Put(content=b"/no/such", kind=FileKind.LINK),
    "größe mit leer.txt": Put(content=b"1"),
    "same": Put(content=b"deep"),
}
_BESIDE: Files = {"b/z": Put(content=b"1"), "c/b/z": Put(content=b"1")}
DIRECTORIES: tuple[Files, ...] = (
    {**_BESIDE, "a/in/x": Put(content=b"1"), "a/y": Put(content=b"1")},
    {**_BESIDE, "a/in/x": Put(content=b"2"), "a/y": Put(content=b"1")},
    {**_BESIDE, "a/in/x": Put(content=b"1", kind=FileKind.EXECUTABLE), "a/y": Put(content=b"1")},
    {**_BESIDE, "a/in/xx": Put(content=b"1"), "a/y": Put(content=b"1")},
    {**_BESIDE, "a/in/x": Put(content=b"1"), "a/y": Put(content=b"2")},
    {**_BESIDE, "a/in/x": Put(content=b"1"), "a/y": Put(content=b"1"), "d": Put(content=b"1")},
)
_MANY: Files = {f"many/{number:03}": Put(content=str(number).encode()) for number in range(100)}
CHANGED: tuple[Files, ...] = (
    {**_MANY, "a/in/x": Put(content=b"1"), "b": Put(content=b"1")},
    {**_MANY, "a/in/x": Put(content=b"2"), "b": Put(content=b"1")},
    {**_MANY, "a/in/x": Put(content=b"2", kind=FileKind.EXECUTABLE), "a/in/y": Put(content=b"1")},
    {**_MANY, "a/in": Put(content=b"1"), "b/c": Put(content=b"2"), "many/050": Put(content=b"other")},
    {
        **_MANY,
        "moved/in": Put(content=b"1"),
        "b/c": Put(content=b"/", kind=FileKind.LINK),
        "many/0505": Put(content=b"1"),
    },
    {path: put for path, put in _MANY.items() if path not in ("many/000", "many/050", "many/099")},
    THREE,
)
"""One after the other: contents, modes, kinds, files in the place of directories, what is first, in the middle and last."""

NOWHERE = (
    "nope",
    "f" * 40,
    "f" * 41,
    "f" * 5000,
    "0",
    "-",
    "--",
    "@{0}",
    "..",
    "../..",
    "/etc",
    "a b",
    "\0",
    "ä",
    "\udcff",
    "*",
)
"""Names that lead to no revision."""

MOST = 1 << 20


async def content(snapshot: Snapshot) -> dict[str, Put]:
    """Everything in a snapshot."""
    return {f.path: Put(content=await snapshot.read(f, most=MOST), kind=f.kind) for f in await files(snapshot)}


async def read(snapshot: Snapshot, path: str) -> bytes:
    """The content of one file."""
    return await snapshot.read(await snapshot.find(path), most=MOST)


async def files(snapshot: Snapshot) -> list[SnapshotFile]:
    """What lies in a snapshot at any depth, without its directories."""
    return [f for f in await snapshot.below(await snapshot.find("")) if f.kind is not FileKind.DIRECTORY]


async def differences(before: Snapshot | None, now: Snapshot) -> tuple[PathChange, ...]:
    """The paths at which other files lie, found by looking at all."""
    old = {file.path: file for file in await files(before)} if before else {}
    new = {file.path: file for file in await files(now)}
    paths = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    return tuple(PathChange(before=old.get(path), now=new.get(path)) for path in paths)


async def synced(source: Source, now_ms: int = 1) -> RepositoryState:
    """The state after a good sync."""
    state = await source.sync(now_ms)
    assert state.error == ""
    assert (state.synced_ms, state.tried_ms) == (now_ms, now_ms)
    return state


@asynccontextmanager
async def opened(bench: Bench) -> AsyncIterator[Source]:
    """A source that is closed at the end."""
    source = await bench.open()
    try:
        yield source
    finally:
        await source.close()
