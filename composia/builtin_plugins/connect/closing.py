"""Closing iterators that are generators, so that their cleanup runs now and not when they are collected."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from typing import Any


def closing(iterator: AsyncIterator[Any]) -> AbstractAsyncContextManager[Any]:
    """A block at whose end the iterator is closed, if it can be."""
    return aclosing(iterator) if isinstance(iterator, AsyncGenerator) else nullcontext()
