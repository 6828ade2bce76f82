"""Placement: for every node why a service goes there, or why not."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.core.container import Port
from composia.core.fitness import Occupant, PlacementNode
from composia.core.intent import Drain
from composia.core.node import NodeState
from composia.core.placement import Placement, nodes_for, place
from composia.core.service import Demands, PlacementRule, Service
from composia.core.status import NodeFit, NodeVerdict, Refusal

SHOP = Occupant(who="service shop", service="shop", project="shop")
AWAY_S = 720.0
DRAINED = "drained by ada, so that nothing new is placed there"
STAYS = "placed there before, and stays"


def node(name: str, *occupants: Occupant, online: bool = True, drained: bool = False, **labels: str) -> PlacementNode:
    return PlacementNode(
        name=name,
        state=NodeState.ONLINE if online else NodeState.OFFLINE,
        silent_s=2.0 if online else AWAY_S,
        labels=labels,
        architecture="x86_64",
        drain=Drain(node=name, by="ada") if drained else None,
        occupants=occupants,
    )


def service(
    *nodes: str,
    placement: PlacementRule | None = None,
    ports: tuple[Port, ...] = (),
    platforms: Mapping[str, str] | None = None,
) -> Service:
    return Service(
        name="web",
        directory="web",
        project="web",
        compose_files=("compose.yaml",),
        nodes=nodes,
        placement=placement,
        demands=Demands(ports=ports, platforms=tuple((platforms or {}).items())),
    )


ONE = PlacementRule()


def by_name(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(names))


def reasons(placed: Placement) -> dict[str, tuple[str, ...]]:
    """Of the nodes that are not chosen."""
    return {verdict.node: verdict.reasons for verdict in placed.verdicts if verdict.fit is not NodeFit.CHOSEN}


def verdict(placed: Placement, name: str) -> NodeVerdict:
    (found,) = (verdict for verdict in placed.verdicts if verdict.node == name)
    return found


# --- services that name their nodes


def test_listed_nodes_are_taken_in_the_order_in_which_they_are_listed() -> None:
    placed = place(service("b", "a"), [node("a"), node("b")], (), by_name)

    listed = [
        NodeVerdict(node=name, fit=NodeFit.CHOSEN, state=NodeState.ONLINE, reasons=("named in its `nodes`",))
        for name in ("a", "b")
    ]
    assert placed == Placement(nodes=("b", "a"), verdicts=tuple(listed))


def test_a_listed_node_that_never_joined_and_one_that_is_not_listed_are_refused_by_name() -> None:
    placed = place(service("a", "c"), [node("a"), node("b")], (), by_name)

    assert placed.nodes == ("a",)
    assert placed.refusals == (
        Refusal(node="b", reason="not named in its `nodes`"),
        Refusal(node="c", reason="no agent of this name has joined"),
    )


def test_a_listed_node_that_is_away_is_kept_for_its_task_waits() -> None:
    placed = place(service("a"), [node("a", online=False)], (), by_name)

    assert placed.nodes == ("a",)
    assert placed.warnings_on(("a",)) == ("a: offline, last heard from 12 min ago",)


def test_what_only_may_go_wrong_on_a_listed_node_is_a_warning_for_the_node_has_the_last_word() -> None:
    nginx = Occupant(who="container nginx", ports=(Port(number=80),))
    asked = service("a", ports=(Port(number=80),), platforms={"db": "linux/arm64"})

    placed = place(asked, [node("a", nginx)], (), by_name)

    assert placed.nodes == ("a",)
    assert placed.warnings_on(placed.nodes) == (
        "a: is amd64, and db asks for platform linux/arm64",
        "a: port 80 is taken there by container nginx",
    )


def test_a_node_where_the_compose_project_belongs_to_another_service_is_refused() -> None:
    other = Occupant(who="service shop", service="shop", project="web")

    assert reasons(place(service("a"), [node("a", other)], (), by_name)) == {
        "a": ("Compose project web belongs to service shop there",)
    }


def test_a_listed_service_comes_to_no_drained_node_but_stays_on_one() -> None:
    nodes = [node("a", drained=True), node("b", drained=True)]

    placed = place(service("a", "b"), nodes, ("b",), by_name)

    assert placed.nodes == ("b",)
    assert reasons(placed) == {"a": (DRAINED,)}


# --- services that are placed


def test_labels_must_all_match_and_the_refusal_says_what_is_there_instead() -> None:
    rule = PlacementRule(count=3, labels=(("disk", "ssd"), ("zone", "a")))
    nodes = [node("a", disk="ssd", zone="a"), node("b", disk="hdd"), node("c", zone="a")]

    placed = place(service(placement=rule), nodes, (), by_name)

    assert placed.nodes == ("a",)
    assert reasons(placed) == {
        "b": ("has disk=hdd, disk=ssd is asked for", "has no label zone, zone=a is asked for"),
        "c": ("has no label disk, disk=ssd is asked for",),
    }


def test_every_reason_against_a_node_is_told() -> None:
    asked = service(placement=PlacementRule(labels=(("zone", "a"),)), ports=(Port(number=80), Port(number=53)))
    other = Occupant(who="service shop", service="shop", project="web", ports=(Port(number=80),), seen=False)
    asked_for = place(asked, [node("a", other, online=False, drained=True, zone="b")], (), by_name)

    assert reasons(asked_for) == {
        "a": (
            "Compose project web belongs to service shop there",
            "has zone=b, zone=a is asked for",
            "offline, last heard from 12 min ago",
            DRAINED,
            "port 80 is wanted there by service shop",
        )
    }


@pytest.mark.parametrize(
    ("architecture", "platform", "fits"),
    [
        ("x86_64", "linux/amd64", True),
        ("x86_64", "linux/386", True),
        ("x86_64", "linux", True),
        ("x86_64", "amd64", True),
        ("x86_64", "linux/arm64/v8", False),
        ("aarch64", "linux/arm64", True),
        ("aarch64", "linux/arm/v7", True),
        ("aarch64", "linux/amd64", False),
        ("armv7l", "linux/arm64", False),
        ("", "linux/arm64", True),
    ],
)
def test_a_platform_is_compared_with_what_the_node_runs(architecture: str, platform: str, fits: bool) -> None:
    asked = service(placement=ONE, platforms={"db": platform})

    placed = place(asked, [PlacementNode(name="a", architecture=architecture)], (), by_name)

    assert placed.nodes == (("a",) if fits else ())


def test_who_was_seen_with_a_port_is_named_before_who_wants_it() -> None:
    wants = Occupant(who="service shop", service="shop", ports=(Port(number=80),), seen=False)
    has = Occupant(who="container nginx", ports=(Port(number=80, address="127.0.0.1"),))

    placed = place(service(placement=ONE, ports=(Port(number=80),)), [node("a", wants, has)], (), by_name)

    assert reasons(placed) == {"a": ("port 80 is taken there by container nginx",)}


def test_neither_its_own_containers_nor_a_project_that_it_would_take_over_hold_a_port_against_it() -> None:
    own = Occupant(who="service web", service="web", project="web", ports=(Port(number=80),))
    by_hand = Occupant(who="container web-web-1", project="web", ports=(Port(number=81),))
    asked = service(placement=ONE, ports=(Port(number=80), Port(number=81)))

    assert place(asked, [node("a", own, by_hand)], (), by_name).nodes == ("a",)


def test_a_placed_service_stays_though_another_node_ranks_better() -> None:
    placed = place(service(placement=ONE), [node("a"), node("b")], ("b",), by_name)

    assert placed.nodes == ("b",)
    assert verdict(placed, "b").reasons == (STAYS,)
    assert verdict(placed, "a") == NodeVerdict(
        node="a", fit=NodeFit.POSSIBLE, state=NodeState.ONLINE, reasons=("count 1 is reached",)
    )


def test_of_the_nodes_it_was_placed_on_only_as_many_as_it_wants_count_the_last_ones_first() -> None:
    nodes = [node("a"), node("b"), node("c")]

    assert place(service(placement=ONE), nodes, ("c", "b"), by_name).nodes == ("c",)
    assert place(service(placement=PlacementRule(count=2)), nodes, ("c", "b", "a"), by_name).nodes == ("c", "b")


def test_a_placed_service_stays_on_a_node_that_is_away_drained_or_short_of_a_port_but_none_comes_there_anew() -> None:
    taken = Occupant(who="container nginx", ports=(Port(number=80),))
    nodes = [
        node("a", taken, online=False, drained=True),
        node("b", online=False),
        node("c", drained=True),
        node("d", taken),
        node("e"),
    ]

    placed = place(service(placement=PlacementRule(count=3), ports=(Port(number=80),)), nodes, ("a",), by_name)

    assert placed.nodes == ("a", "e")
    assert verdict(placed, "a").warnings == (
        "offline, last heard from 12 min ago",
        DRAINED,
        "port 80 is taken there by container nginx",
    )
    assert reasons(placed) == {
        "b": ("offline, last heard from 12 min ago",),
        "c": (DRAINED,),
        "d": ("port 80 is taken there by container nginx",),
    }


def test_a_placed_service_leaves_a_node_that_no_longer_has_what_it_asks_for() -> None:
    rule = PlacementRule(labels=(("zone", "a"),))

    placed = place(service(placement=rule), [node("a", zone="b"), node("b", zone="a")], ("a",), by_name)

    assert placed.nodes == ("b",)
    assert verdict(placed, "b").reasons == ("chosen from 1 that fits",)


def test_spread_takes_as_few_nodes_per_value_as_possible() -> None:
    nodes = [node("a", zone="x"), node("b", zone="x"), node("c", zone="y"), node("d")]

    placed = place(service(placement=PlacementRule(count=2, spread="zone")), nodes, (), by_name)

    assert placed.nodes == ("a", "c")
    assert reasons(placed) == {"b": ("count 2 is reached, and zone=x has 1 of it",), "d": ("count 2 is reached",)}


@pytest.mark.parametrize(
    ("silent_s", "text"),
    [(None, "never heard from"), (59, "59 s ago"), (60, "1 min ago"), (7200, "2 h ago"), (90_000, "1 d ago")],
)
def test_how_long_a_node_is_away_is_said_in_one_unit(silent_s: float | None, text: str) -> None:
    away = PlacementNode(name="a", state=NodeState.DISCONNECTED, silent_s=silent_s)
    said = text if silent_s is None else f"last heard from {text}"

    assert reasons(place(service(placement=ONE), [away], (), by_name)) == {"a": (f"disconnected, {said}",)}


names = st.sampled_from(["a", "b", "c", "d", "e"])
zones = st.sampled_from(["x", "y"])
some_nodes = st.lists(
    st.builds(
        lambda name, occupants, online, drained, zone: node(
            name, *occupants, online=online, drained=drained, zone=zone
        ),
        names,
        st.lists(
            st.sampled_from(
                [
                    SHOP,
                    Occupant(who="service shop", service="shop", project="web"),
                    Occupant(who="container nginx", ports=(Port(number=80),)),
                    Occupant(who="service web", service="web", project="web", ports=(Port(number=80),)),
                ]
            ),
            max_size=2,
        ),
        st.booleans(),
        st.booleans(),
        zones,
    ),
    unique_by=lambda found: found.name,
)
rules = st.builds(
    PlacementRule,
    count=st.integers(1, 6),
    labels=st.sampled_from([(), (("zone", "x"),)]),
    spread=st.sampled_from(["", "zone"]),
)


@given(some_nodes, st.lists(names, unique=True), rules)
def test_every_known_node_has_one_verdict_with_a_reason_and_the_chosen_ones_are_those_that_are_chosen(
    nodes: list[PlacementNode], current: list[str], rule: PlacementRule
) -> None:
    placed = place(service(placement=rule, ports=(Port(number=80),)), nodes, current, by_name)

    assert [verdict.node for verdict in placed.verdicts] == sorted(node.name for node in nodes)
    assert all(verdict.reasons for verdict in placed.verdicts)
    chosen = {verdict.node for verdict in placed.verdicts if verdict.fit is NodeFit.CHOSEN}
    assert sorted(placed.nodes) == sorted(chosen)
    assert len(placed.nodes) <= rule.count


@given(some_nodes, st.lists(names, unique=True), rules)
def test_nothing_that_could_go_there_is_left_out_while_the_count_is_not_reached(
    nodes: list[PlacementNode], current: list[str], rule: PlacementRule
) -> None:
    placed = place(service(placement=rule, ports=(Port(number=80),)), nodes, current, by_name)

    possible = [verdict for verdict in placed.verdicts if verdict.fit is NodeFit.POSSIBLE]
    assert not possible or len(placed.nodes) == rule.count


@given(some_nodes, rules)
def test_nowhere_new_is_a_service_placed_that_has_anything_against_it(
    nodes: list[PlacementNode], rule: PlacementRule
) -> None:
    placed = place(service(placement=rule, ports=(Port(number=80),)), nodes, (), by_name)

    by = {node.name: node for node in nodes}
    for name in placed.nodes:
        assert by[name].state is NodeState.ONLINE
        assert by[name].drain is None
        assert all(by[name].labels[key] == value for key, value in rule.labels)
        assert all(o.service == "web" or (o.project != "web" and not o.ports) for o in by[name].occupants)


@given(some_nodes, st.lists(names, unique=True), rules)
def test_placed_again_where_it_was_placed_it_stays_there(
    nodes: list[PlacementNode], current: list[str], rule: PlacementRule
) -> None:
    asked = service(placement=rule, ports=(Port(number=80),))
    first = place(asked, nodes, current, by_name)

    again = place(asked, nodes, first.nodes, lambda names: tuple(sorted(names, reverse=True)))

    assert again.nodes[: len(first.nodes)] == first.nodes


@given(some_nodes, st.lists(names, unique=True), rules)
def test_the_order_in_which_nodes_are_known_changes_nothing(
    nodes: list[PlacementNode], current: list[str], rule: PlacementRule
) -> None:
    asked = service(placement=rule, ports=(Port(number=80),))

    assert place(asked, nodes, current, by_name) == place(asked, nodes[::-1], current, by_name)


@given(some_nodes, st.lists(names, unique=True), st.one_of(rules, st.lists(names, unique=True)))
def test_the_nodes_alone_are_those_that_are_chosen_with_a_verdict_on_each(
    nodes: list[PlacementNode], current: list[str], rule: PlacementRule | list[str]
) -> None:
    ports = (Port(number=80),)
    asked = service(*rule, ports=ports) if isinstance(rule, list) else service(placement=rule, ports=ports)

    alone = nodes_for(asked, {node.name: node for node in nodes}, current, by_name)

    assert alone == place(asked, nodes, current, by_name).nodes
