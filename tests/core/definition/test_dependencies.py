"""Circles of services that need each other."""

from composia.core.definition.dependencies import circle
from composia.core.definition.document import Node

HERE = Node(line=1, column=1)


def needs(**named: str) -> dict[str, dict[str, Node]]:
    return {name: dict.fromkeys(others.split(), HERE) for name, others in named.items()}


def test_a_circle_is_told_from_its_beginning_to_its_beginning() -> None:
    assert circle(needs(a="a")) == ["a", "a"]
    assert circle(needs(a="b", b="c", c="a")) == ["a", "b", "c", "a"]
    assert circle(needs(start="a", a="x b", x="", b="a")) == ["a", "b", "a"]


def test_what_only_meets_again_is_no_circle() -> None:
    assert circle(needs(a="b c", b="d", c="d", d="")) == []
    assert circle(needs(a="gone")) == []


def test_a_very_long_chain_is_followed_to_its_end() -> None:
    chain = {str(number): {str(number + 1): HERE} for number in range(100_000)}
    assert circle(chain) == []
    assert len(circle(chain | {"100000": {"0": HERE}})) == 100_002
