"""How many items a page may have."""

from composia.errors import Invalid

MAX_PAGE = 1000


def page_size(limit: int) -> int:
    """How many to read for a page of `limit` items; 0 is as many as may be. `Invalid` for fewer."""
    if limit < 0:
        raise Invalid(f"a page of {limit} items", hint=f"1 to {MAX_PAGE}")
    return min(limit or MAX_PAGE, MAX_PAGE)
