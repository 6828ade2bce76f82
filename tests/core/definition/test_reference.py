"""The reference of service files has every key, and its examples are good."""

import re
from pathlib import Path

import pytest

from composia.core.definition.meta import FOREIGN, KEYS, read_meta
from composia.core.definition.tree import Tree
from composia.core.step import StepName

TEXT = (Path(__file__).parents[3] / "docs" / "reference" / "service-files.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_good_definition(example: str) -> None:
    tree = Tree(files=frozenset({"composia-meta.yaml", "compose.yaml"}), links={})
    assert read_meta(example.encode(), "composia-meta.yaml", "shop", tree, ()).problems == ()


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 2


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_explained(key: str) -> None:
    assert f"| `{key}` |" in TEXT or f"| `{key}." in TEXT


def test_every_step_that_has_a_limit_and_every_section_of_another_program_is_named() -> None:
    assert " ".join(StepName) in TEXT
    assert all(f"`{section}`" in TEXT for section in FOREIGN)
