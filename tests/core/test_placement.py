"""Placement: a reason for every node that a service does not go to."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from composia.core.placement import Placement, PlacementNode, place
from composia.core.service import PlacementRule, Service
from composia.core.status import Refusal


def node(name: str, *, online: bool = True, labels: Mapping[str, str] | None = None, **projects: str) -> PlacementNode:
    return PlacementNode(name=name, online=online, labels=labels or {}, projects=projects)


def service(*nodes: str, placement: PlacementRule | None = None) -> Service:
    return Service(
        name="web",
        directory="web",
        project="web",
        compose_files=("compose.yaml",),
        nodes=nodes,
        placement=placement,
    )


def by_name(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(names))


def test_listed_nodes_are_taken_in_the_order_in_which_they_are_listed() -> None:
    placed = place(service("b", "a"), [node("a"), node("b")], (), by_name)

    assert placed == Placement(nodes=("b", "a"))


def test_a_listed_node_that_never_joined_and_one_that_is_not_listed_are_refused_by_name() -> None:
    placed = place(service("a", "c"), [node("a"), node("b")], (), by_name)

    assert placed == Placement(
        nodes=("a",),
        refusals=(
            Refusal(node="b", reason="not in its `nodes`"),
            Refusal(node="c", reason="no agent of this name has joined"),
        ),
    )


def test_a_listed_node_that_is_away_is_kept_for_its_task_waits() -> None:
    assert place(service("a"), [node("a", online=False)], (), by_name).nodes == ("a",)


def test_a_node_where_the_compose_project_belongs_to_another_service_is_refused() -> None:
    placed = place(service("a"), [node("a", web="shop")], (), by_name)

    assert placed.refusals == (Refusal(node="a", reason="Compose project web belongs to service shop there"),)


def test_labels_must_all_match_and_the_refusal_says_what_is_there_instead() -> None:
    rule = PlacementRule(count=3, labels=(("disk", "ssd"), ("zone", "a")))
    nodes = [node("a", labels={"disk": "ssd", "zone": "a"}), node("b", labels={"disk": "hdd"}), node("c")]

    assert place(service(placement=rule), nodes, (), by_name) == Placement(
        nodes=("a",),
        refusals=(
            Refusal(node="b", reason="has disk=hdd, disk=ssd is asked for"),
            Refusal(node="c", reason="has no label disk, disk=ssd is asked for"),
        ),
    )


def test_a_placed_service_stays_though_another_node_ranks_better() -> None:
    placed = place(service(placement=PlacementRule()), [node("a"), node("b")], ("b",), by_name)

    assert placed == Placement(nodes=("b",), refusals=(Refusal(node="a", reason="1 better placed"),))


def test_a_placed_service_stays_on_a_node_that_is_away_but_none_is_placed_there_anew() -> None:
    nodes = [node("a", online=False), node("b", online=False), node("c")]

    assert place(service(placement=PlacementRule(count=2)), nodes, ("a",), by_name).nodes == ("a", "c")


def test_spread_takes_as_few_nodes_per_value_as_possible() -> None:
    nodes = [node("a", labels={"zone": "x"}), node("b", labels={"zone": "x"}), node("c", labels={"zone": "y"})]

    assert place(service(placement=PlacementRule(count=2, spread="zone")), nodes, (), by_name).nodes == ("a", "c")


names = st.sampled_from(["a", "b", "c", "d", "e"])


@given(
    st.sets(names),
    st.lists(names, unique=True),
    st.integers(1, 6),
    st.dictionaries(names, st.booleans()),
)
def test_every_known_node_is_chosen_or_has_a_reason_and_none_is_both(
    known: set[str], current: list[str], count: int, online: dict[str, bool]
) -> None:
    nodes = [node(name, online=online.get(name, True)) for name in sorted(known)]

    placed = place(service(placement=PlacementRule(count=count)), nodes, current, by_name)

    refused = [refusal.node for refusal in placed.refusals]
    assert sorted([*placed.nodes, *refused]) == sorted(known)
    assert len(placed.nodes) <= count
    assert all(name in placed.nodes for name in [n for n in current if n in known][:count])
