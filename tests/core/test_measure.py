"""The names of what is measured, and that they are written down."""

import re
from dataclasses import fields
from pathlib import Path

from composia.core.measure import CONTAINER, GAUGES, HOST, RATES
from composia.core.usage import ContainerUsages

ARCHITECTURE = Path(__file__).parents[2] / "ARCHITECTURE.md"


def test_the_architecture_names_every_measure_with_its_unit_and_no_other_one() -> None:
    _, _, section = ARCHITECTURE.read_text().partition("## What is measured")
    rows = re.findall(r"^\| `([\w:]+)` \| (host|container) \| (.*?) ?\| (.*?) \|$", section.partition("\n## ")[0], re.M)
    known = [("host", measure) for measure in HOST] + [("container", measure) for measure in CONTAINER]

    assert rows == [
        (f"{measure.name}:WHICH" if measure.each else measure.name, of, measure.unit, measure.text)
        for of, measure in known
    ]


def test_each_measure_of_a_container_has_its_column() -> None:
    columns = {field.name for field in fields(ContainerUsages)}

    assert {measure.name for measure in GAUGES} <= columns
    assert {measure.name.removesuffix("_per_s") for measure in RATES} <= columns
