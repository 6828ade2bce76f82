"""The text format 0.0.4 in which Prometheus reads metrics."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[Sequence[str], float]
"""The values of the labels, in order, and the value."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """A metric: `kind` is gauge or counter; names and units as Prometheus wants them."""

    name: str
    kind: str
    labels: tuple[str, ...] = ()
    text: str


def lines(family: Family, samples: Iterable[Sample]) -> Iterator[str]:
    """A family with its samples, a line each; nothing without samples."""
    begun = False
    for values, value in samples:
        if not begun:
            begun = True
            yield f"# HELP {family.name} {_escaped(family.text, quoted=False)}\n# TYPE {family.name} {family.kind}\n"
        yield f"{family.name}{_labels(family.labels, values)} {_number(value)}\n"


def _labels(names: Sequence[str], values: Sequence[str]) -> str:
    if not names:
        return ""
    pairs = (f'{name}="{_escaped(value, quoted=True)}"' for name, value in zip(names, values, strict=True))
    return f"{{{','.join(pairs)}}}"


def _escaped(text: str, *, quoted: bool) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quoted else text


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(float(value))
