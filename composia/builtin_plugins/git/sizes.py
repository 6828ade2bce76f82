"""How large an object is, told by the beginning of its record in the pack, so that a giant is refused without being read."""

import zlib
from collections.abc import Iterator
from pathlib import Path

from dulwich.objects import ObjectID
from dulwich.pack import OFS_DELTA, REF_DELTA, Pack
from dulwich.repo import Repo

BEGINNING = 256
"""Bytes of a record that hold its head, and of a delta the beginning of it."""


def size_of(repo: Repo, object_id: ObjectID) -> int:
    """Bytes of an object's content. `KeyError` when the clone does not have it."""
    for pack in repo.object_store.packs:
        try:
            offset = pack.index.object_offset(object_id)
        except KeyError:
            continue
        return _size_at(pack, offset)
    return len(repo.object_store.get_raw(object_id)[1])  # a loose one, which no fetch makes


def _size_at(pack: Pack, offset: int) -> int:
    with Path(pack.data.path).open("rb") as file:
        file.seek(offset)
        beginning = file.read(BEGINNING)
    record = iter(beginning)
    first = next(record, 0)
    kind, size = first >> 4 & 7, first & 15
    if first & 0x80:
        size |= _number(record) << 4
    if kind not in (OFS_DELTA, REF_DELTA):
        return size
    if kind == OFS_DELTA:
        _number(record)
    else:
        for _ in range(pack.object_format.oid_length):
            next(record, 0)
    delta = iter(zlib.decompressobj().decompress(bytes(record), 20))
    _number(delta)  # of what it builds on
    return _number(delta)


def _number(record: Iterator[int]) -> int:
    """Seven bits a byte, the lowest ones first; the highest bit says that more follow."""
    number = shift = 0
    for byte in record:
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            break
    return number
