"""Streams of messages as streams of values."""

from collections.abc import AsyncIterator
from typing import TypeVar

from google.protobuf.message import Message

from composia.builtin_plugins.connect.closing import closing
from composia.builtin_plugins.connect.twin import Twin

Value = TypeVar("Value")
Wire = TypeVar("Wire", bound=Message)


async def unpacked(messages: AsyncIterator[Wire], twin: Twin[Value, Wire]) -> AsyncIterator[Value]:
    """The values of messages; closed, it closes what they come from."""
    async with closing(messages):
        async for message in messages:
            yield twin.unpack(message)


async def packed(values: AsyncIterator[Value], twin: Twin[Value, Wire]) -> AsyncIterator[Wire]:
    """The messages of values; closed, it closes what they come from."""
    async with closing(values):
        async for value in values:
            yield twin.pack(value)
