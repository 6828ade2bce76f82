"""What stands in a segment of the log spool: records, each with its length and a checksum before it."""

import struct
import zlib
from array import array
from collections.abc import Iterator

import msgspec

from composia.agent.log_position import LogPosition
from composia.core.container_log import ForwardedLogs, LogSource
from composia.plugins.executor_talking import LogLines

_HEAD = struct.Struct(">II")


class Beginning(msgspec.Struct, frozen=True, array_like=True, tag="beginning"):
    """The first record of a segment: whose it is, since when the spool is there, and the positions at that moment."""

    spool: str
    created_ms: int
    positions: dict[str, LogPosition]


class Batch(msgspec.Struct, frozen=True, array_like=True, tag="batch"):
    """Lines of a container, its position after them, and the columns as packed arrays."""

    source: LogSource
    position: LogPosition
    at_ns: bytes
    stderr: bytes
    partial: bytes
    ends: bytes
    data: bytes


Record = Beginning | Batch

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


def batch_of(source: LogSource, lines: LogLines, position: LogPosition) -> Batch:
    """The record of these lines."""
    return Batch(
        source=source,
        position=position,
        at_ns=array("q", lines.at_ns).tobytes(),
        stderr=bytes(lines.stderr),
        partial=bytes(lines.partial),
        ends=array("q", lines.ends).tobytes(),
        data=lines.data,
    )


def forwarded(spool: str, number: int, batch: Batch) -> ForwardedLogs:
    """The batch of that number as it goes to the server."""
    at_ns, ends = array("q"), array("q")
    at_ns.frombytes(batch.at_ns)
    ends.frombytes(batch.ends)
    return ForwardedLogs(
        spool=spool,
        number=number,
        source=batch.source,
        at_ns=tuple(at_ns),
        stderr=_flags(batch.stderr),
        partial=_flags(batch.partial),
        ends=tuple(ends),
        data=batch.data,
    )


def _flags(column: bytes) -> tuple[bool, ...]:
    return tuple(map(bool, column)) if any(column) else (False,) * len(column)


def packed(record: Record) -> bytes:
    """A record's bytes."""
    payload = _encoder.encode(record)
    return _HEAD.pack(len(payload), zlib.crc32(payload)) + payload


def read_records(data: bytes) -> Iterator[tuple[Record, int]]:
    """The whole records at the beginning of these bytes, each with where it ends; nothing from the first torn one on."""
    at = 0
    while at + _HEAD.size <= len(data):
        length, checksum = _HEAD.unpack_from(data, at)
        payload = data[at + _HEAD.size : at + _HEAD.size + length]
        if len(payload) < length or zlib.crc32(payload) != checksum:
            return
        try:
            record = _decoder.decode(payload)
        except msgspec.MsgspecError:
            return
        at += _HEAD.size + length
        yield record, at


def length_of(head: bytes) -> int:
    """How long the record is, all in all, that begins with these 8 bytes."""
    return _HEAD.size + int(_HEAD.unpack_from(head)[0])


HEAD_SIZE = _HEAD.size
