"""Events of which many are told the same: each thing in them is packed once, as long as it is the very same object."""

import weakref
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from google.protobuf.message import Message

from composia._gen.v1 import server_pb2
from composia.builtin_plugins.connect import twins
from composia.builtin_plugins.connect.closing import closing
from composia.builtin_plugins.connect.twin import Twin
from composia.plugins.watching import WatchEvent

_PARTS: dict[str, Twin[Any, Any]] = {
    "services": twins.SERVICE_STATUS,
    "instances": twins.INSTANCE_STATUS,
    "nodes": twins.NODE,
    "usage": twins.NODE_USAGE,
}
"""What events have many of, and large ones."""

_NONE: dict[str, Any] = dict.fromkeys(_PARTS, ())


class _Packed(NamedTuple):
    value: "weakref.ref[Any]"
    message: Message


class PackedOnce:
    """The messages of things, as long as somebody still has them. To put a ready message into an event is fifty times as quick
    as to make it."""

    def __init__(self) -> None:
        self._known: dict[int, _Packed] = {}

    async def packed(self, events: AsyncIterator[WatchEvent]) -> AsyncIterator[server_pb2.WatchEvent]:
        """The messages of events; closed, it closes what they come from."""
        async with closing(events):
            async for event in events:
                yield self.pack(event)

    def pack(self, event: WatchEvent) -> server_pb2.WatchEvent:
        """The message of an event."""
        packed = twins.WATCH_EVENT.pack(replace(event, **_NONE))
        for name, twin in _PARTS.items():
            if values := getattr(event, name):
                getattr(packed, name).extend(self._messages(values, twin))
        return packed

    def _messages(self, values: Iterable[Any], twin: Twin[Any, Any]) -> Iterable[Message]:
        for value in values:
            key = id(value)
            known = self._known.get(key)
            if known is None or known.value() is not value:
                known = _Packed(weakref.ref(value, partial(self._forget, key)), twin.pack(value))
                self._known[key] = known
            yield known.message

    def _forget(self, key: int, _: object) -> None:
        self._known.pop(key, None)
