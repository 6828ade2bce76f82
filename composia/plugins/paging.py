"""Lists by key, newest first: a page's `next` is the number of its last item."""

import sys
from collections.abc import Sequence
from typing import TypeVar

from composia.core.suggest import shown
from composia.errors import Invalid
from composia.plugins.queue import Page

Item = TypeVar("Item")

_DIGITS = 18


def page_start(limit: int, after: str) -> int:
    """The number that the items of a page are below. `after` is the `next` of the page before, empty for the first."""
    if limit < 1:
        raise Invalid("a page holds at least one item", where=f"limit {limit}")
    if not after:
        return sys.maxsize
    if not (after.isascii() and after.isdigit() and len(after) <= _DIGITS):
        raise Invalid("a list goes on with what its last page said was next", where=f"after {shown(after)}")
    return int(after)


def page_of(found: Sequence[tuple[int, Item]], limit: int) -> Page[Item]:
    """The page, given up to `limit` + 1 numbered items: one more than fit says that another page follows."""
    shown = found[:limit]
    return Page(items=tuple(item for _, item in shown), next=str(shown[-1][0]) if len(found) > limit else "")
