"""The contract of a node selector. Subclass it, give it a fixture `selector`, and pytest runs every promise.

Where the promises of `composia.plugins.node_selector` are tested:

1. test_the_answer_holds_each_candidate_once_and_nothing_else
2. test_equal_input_gives_equal_output_in_whatever_order_it_comes
"""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composia.core.service import PlacementRule, Service
from composia.plugins.node_selector import Candidate, NodeSelector

SERVICE = Service(
    name="web", directory="web", project="web", compose_files=("compose.yaml",), placement=PlacementRule()
)

candidates = st.lists(
    st.builds(Candidate, node=st.text("abcdef", min_size=1, max_size=3), instances=st.integers(0, 50)),
    unique_by=lambda candidate: candidate.node,
    max_size=20,
)


class NodeSelectorContract:
    """Every promise of a node selector."""

    @given(candidates)
    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors], max_examples=50
    )
    def test_the_answer_holds_each_candidate_once_and_nothing_else(
        self, selector: NodeSelector, offered: Sequence[Candidate]
    ) -> None:
        """Promise 1."""
        assert sorted(selector.rank(SERVICE, offered)) == sorted(candidate.node for candidate in offered)

    @given(candidates)
    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors], max_examples=50
    )
    def test_equal_input_gives_equal_output_in_whatever_order_it_comes(
        self, selector: NodeSelector, offered: Sequence[Candidate]
    ) -> None:
        """Promise 2."""
        assert selector.rank(SERVICE, offered) == selector.rank(SERVICE, list(reversed(offered)))
