"""Values of any domain type, made up by Hypothesis from its annotations: every field, defaults or not."""

import dataclasses
import types
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-(2**31), 2**31 - 1),
    float: st.floats(allow_nan=False),
    str: st.text(max_size=12),
    bytes: st.binary(max_size=40),
    type(None): st.none(),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a dataclass, or of what a field of one can be."""
    if kind in PLAIN:
        return PLAIN[kind]
    if get_origin(kind) in (Union, types.UnionType):
        return st.one_of([values(one) for one in get_args(kind)])
    if get_origin(kind) is tuple:
        first, *others = get_args(kind)
        if others == [Ellipsis]:
            return st.lists(values(first), max_size=3).map(tuple)
        return st.tuples(*[values(one) for one in (first, *others)])
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        build: Callable[..., Any] = kind  # type: ignore[assignment]
        return st.builds(build, **{field.name: values(hints[field.name]) for field in dataclasses.fields(kind)})
    assert issubclass(kind, StrEnum)
    return st.sampled_from(list(kind))
