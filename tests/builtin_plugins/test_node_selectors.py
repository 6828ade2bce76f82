"""The node selectors under their contract, and what is their own."""

import pytest

from composia.builtin_plugins.binpack import BinpackSelector
from composia.builtin_plugins.spread import SpreadSelector
from composia.plugins.node_selector import Candidate
from composia.plugins.testing.node_selector import SERVICE, NodeSelectorContract

NODES = [Candidate(node="b", instances=1), Candidate(node="a", instances=3), Candidate(node="c", instances=1)]


class TestSpread(NodeSelectorContract):
    @pytest.fixture
    def selector(self) -> SpreadSelector:
        return SpreadSelector()


class TestBinpack(NodeSelectorContract):
    @pytest.fixture
    def selector(self) -> BinpackSelector:
        return BinpackSelector()


def test_spread_prefers_the_node_with_the_fewest_instances() -> None:
    assert SpreadSelector().rank(SERVICE, NODES) == ("b", "c", "a")


def test_binpack_prefers_the_node_with_the_most_instances() -> None:
    assert BinpackSelector().rank(SERVICE, NODES) == ("a", "b", "c")
