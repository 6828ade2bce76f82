"""The state of an instance, from what was seen and what was released."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.core.container import Container, ContainerHealth, ContainerState
from composia.core.instance import InstanceState, Verdict, judge
from composia.core.node import NodeState, NodeStatus
from composia.core.release import Release, ReleasedContainer

NOW_MS = 1_795_623_600_000
CREATED, RUNNING, PAUSED, RESTARTING, REMOVING, EXITED, DEAD = ContainerState
AGE_S = 2.0
STATUS = NodeStatus(now_ms=NOW_MS - round(AGE_S * 1000))
HOUR_MS = 3_600_000


def container(service: str = "web", state: ContainerState = RUNNING, **facts: Any) -> Container:
    number = facts.pop("number", 1)
    return Container(
        id=f"{service}{number}",
        name=f"p-{service}-{number}",
        project="p",
        service=service,
        image="busybox",
        image_id="sha256:1",
        state=state,
        **{"created_ms": NOW_MS - HOUR_MS, "started_ms": NOW_MS - HOUR_MS} | facts,
    )


def exited(code: int, service: str = "web", *, ago_s: float = 12, **facts: Any) -> Container:
    return container(service, EXITED, exit_code=code, ended_ms=NOW_MS - round(ago_s * 1000), **facts)


def up(s: float, **facts: Any) -> Container:
    return container(started_ms=NOW_MS - round(s * 1000), **facts)


def release(*services: str, one_shots: tuple[str, ...] = (), count: int = 1) -> Release:
    return Release(
        service="p",
        node="a",
        task="t1",
        revision="1",
        bundle="sha256:b",
        project="p",
        containers=tuple(
            ReleasedContainer(service=s, config_digest="sha256:c", one_shot=s in one_shots, count=count)
            for s in (*services, *one_shots)
        ),
    )


def judged(*containers: Container, released: Release | None = None, stopped: bool = False, **facts: Any) -> Verdict:
    told: dict[str, Any] = {"node": NodeState.ONLINE, "status": STATUS, "age_s": AGE_S} | facts
    return judge(name="node-a", containers=containers, release=released, stopped=stopped, **told)


OOM_LOOP: dict[str, Any] = {"exit_code": 137, "oom_killed": True, "recent_restarts": 4, "recent_ms": 125_000}
WEB, BOTH, THREE = release("web"), release("web", "db"), release("web", count=3)

CASES: dict[str, tuple[tuple[Container, ...], Release | None, InstanceState, str]] = {
    "all run": ((container(),), WEB, InstanceState.RUNNING, ""),
    "health is good": ((container(health=ContainerHealth.HEALTHY),), WEB, InstanceState.RUNNING, ""),
    "health is starting": (
        (container(health=ContainerHealth.STARTING),),
        WEB,
        InstanceState.STARTING,
        "web: health: starting",
    ),
    "just created": ((container(state=CREATED, created_ms=NOW_MS - 500),), WEB, InstanceState.STARTING, "web: created"),
    "created while another one starts": (
        (container(state=CREATED), container("db", health=ContainerHealth.STARTING)),
        BOTH,
        InstanceState.STARTING,
        "web: created, not started; db: health: starting",
    ),
    "created and left": ((container(state=CREATED),), WEB, InstanceState.FAILED, "web: created, not started"),
    "created and left beside one that runs": (
        (container(state=CREATED), container("db")),
        BOTH,
        InstanceState.DEGRADED,
        "web: created, not started",
    ),
    "did not start": (
        (container(state=CREATED, error="no such file", created_ms=NOW_MS - 500),),
        WEB,
        InstanceState.FAILED,
        "web: did not start: no such file",
    ),
    "the only one is unhealthy": (
        (container(health=ContainerHealth.UNHEALTHY, check="404 not found"),),
        WEB,
        InstanceState.FAILED,
        "web: unhealthy: 404 not found",
    ),
    "unhealthy without a word": (
        (container(health=ContainerHealth.UNHEALTHY), container("db")),
        BOTH,
        InstanceState.DEGRADED,
        "web: unhealthy",
    ),
    "one of two was killed": (
        (container(), exited(137, "db")),
        BOTH,
        InstanceState.DEGRADED,
        "db: exited 137 (killed), 12 s ago",
    ),
    "the only one was killed": ((exited(137),), WEB, InstanceState.FAILED, "web: exited 137 (killed), 12 s ago"),
    "it failed": ((exited(3, ago_s=200),), WEB, InstanceState.FAILED, "web: exited 3, 3 min ago"),
    "out of memory": (
        (exited(137, oom_killed=True),),
        WEB,
        InstanceState.FAILED,
        "web: exited 137 (out of memory), 12 s ago",
    ),
    "stopped in order by hand": (
        (exited(0), exited(143, "db")),
        BOTH,
        InstanceState.STOPPED,
        "web: exited 0, 12 s ago; db: exited 143 (terminated), 12 s ago",
    ),
    "one of two was stopped in order": (
        (container(), exited(0, "db")),
        BOTH,
        InstanceState.DEGRADED,
        "db: exited 0, 12 s ago",
    ),
    "stopped in order and one is gone": (
        (exited(0),),
        BOTH,
        InstanceState.FAILED,
        "web: exited 0, 12 s ago; db: missing",
    ),
    "crash loop between two starts": (
        (container(state=RESTARTING, **OOM_LOOP),),
        WEB,
        InstanceState.FAILED,
        "web: restarting, exit 137 (out of memory), 4 times in 2 min",
    ),
    "crash loop that is up at the moment": (
        (up(30, **OOM_LOOP),),
        WEB,
        InstanceState.FAILED,
        "web: restarting, exit 137 (out of memory), 4 times in 2 min",
    ),
    "crash loop that is over": ((up(90, **OOM_LOOP),), WEB, InstanceState.RUNNING, ""),
    "crash loop whose check is good at the moment": (
        (up(30, health=ContainerHealth.HEALTHY, **OOM_LOOP), container("db")),
        BOTH,
        InstanceState.DEGRADED,
        "web: restarting, exit 137 (out of memory), 4 times in 2 min",
    ),
    "it had to wait for another one": (
        (container(state=RESTARTING, exit_code=1, recent_restarts=2, recent_ms=300),),
        WEB,
        InstanceState.STARTING,
        "web: restarting, exit 1, twice",
    ),
    "started again once and up for a moment": (
        (up(3, exit_code=1, recent_restarts=1),),
        WEB,
        InstanceState.STARTING,
        "web: restarting, exit 1, once",
    ),
    "started again once and up since": ((up(11, exit_code=1, recent_restarts=1),), WEB, InstanceState.RUNNING, ""),
    "a one-shot that is done": (
        (container(), exited(0, "job")),
        release("web", one_shots=("job",)),
        InstanceState.RUNNING,
        "",
    ),
    "a one-shot alone that is done": ((exited(0, "job"),), release(one_shots=("job",)), InstanceState.STOPPED, ""),
    "a one-shot that failed": (
        (container(), exited(1, "job")),
        release("web", one_shots=("job",)),
        InstanceState.DEGRADED,
        "job: exited 1, 12 s ago",
    ),
    "paused": ((container(state=PAUSED),), WEB, InstanceState.FAILED, "web: paused"),
    "a container of the release is gone": ((container(),), BOTH, InstanceState.DEGRADED, "db: missing"),
    "one of two of a service": (
        (container(), exited(3, number=2)),
        WEB,
        InstanceState.DEGRADED,
        "p-web-2: exited 3, 12 s ago",
    ),
    "one of three of a service is gone": (
        (container(), container(number=2)),
        THREE,
        InstanceState.DEGRADED,
        "web: 1 of 3 containers is missing",
    ),
    "two of three of a service are gone and the last one has failed": (
        (exited(3),),
        THREE,
        InstanceState.FAILED,
        "web: exited 3, 12 s ago; web: 2 of 3 containers are missing",
    ),
    "all of a service that had three are gone": (
        (container(), container(number=2), container(number=3)),
        release("web", "db", count=3),
        InstanceState.DEGRADED,
        "db: missing",
    ),
    "more than there were": ((container(), container(number=2)), WEB, InstanceState.RUNNING, ""),
    "none is left": ((), WEB, InstanceState.MISSING, "no container"),
    "never deployed": ((), None, InstanceState.MISSING, "never deployed"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_state_is_what_was_seen(
    case: tuple[tuple[Container, ...], Release | None, InstanceState, str],
) -> None:
    containers, released, state, reason = case

    verdict = judged(*containers, released=released)

    assert (verdict.state, verdict.reason) == (state, reason)


@pytest.mark.parametrize(
    ("containers", "state"),
    [
        ((), InstanceState.STOPPED),
        ((exited(143),), InstanceState.STOPPED),
        ((exited(137), exited(3, "db")), InstanceState.STOPPED),
        ((container(state=CREATED),), InstanceState.STOPPED),
        ((container(),), InstanceState.RUNNING),
        ((container(state=RESTARTING, **OOM_LOOP),), InstanceState.FAILED),
        ((container(state=PAUSED),), InstanceState.FAILED),
        ((container(health=ContainerHealth.UNHEALTHY),), InstanceState.FAILED),
    ],
)
def test_what_a_person_stopped_is_stopped_unless_docker_still_runs_some_of_it(
    containers: tuple[Container, ...], state: InstanceState
) -> None:
    assert judged(*containers, released=WEB, stopped=True).state is state


def test_how_many_containers_are_missing_is_told_as_long_as_some_are_there() -> None:
    two = (container(), container(number=2))

    assert judged(*two, released=THREE).missing == 1
    assert judged(*two, released=THREE, node=NodeState.OFFLINE).missing == 1
    assert judged(container(), released=release("web", "db", count=2)).missing == 3
    assert judged(*two, released=WEB).missing == 0
    assert judged(released=THREE).missing == 0


def test_nothing_is_known_of_an_instance_whose_node_cannot_be_reached_but_what_was_seen_last() -> None:
    offline = judged(container(), released=WEB, node=NodeState.OFFLINE, age_s=40.0)
    failed = judged(exited(3), released=WEB, node=NodeState.DISCONNECTED, age_s=2.0)

    assert (offline.state, offline.reason) == (
        InstanceState.UNKNOWN,
        "node-a is offline for 40 s; last seen running",
    )
    assert failed.reason == "node-a is disconnected for 2 s; last seen failed: web: exited 3, 12 s ago"


def test_nothing_is_known_of_an_instance_whose_engine_does_not_tell() -> None:
    blind = replace(STATUS, blind_since_ms=NOW_MS - 7000)

    verdict = judged(container(), released=WEB, status=blind)

    assert (verdict.state, verdict.reason) == (
        InstanceState.UNKNOWN,
        "Docker on node-a does not answer for 7 s; last seen running",
    )


def test_nothing_is_known_of_an_instance_on_a_node_that_has_not_spoken() -> None:
    reasons = [judged(node=None).reason]
    reasons += [judged(node=state, age_s=None).reason for state in (NodeState.ONLINE, NodeState.OFFLINE)]

    assert reasons == [
        "node-a has never been seen",
        "node-a has not told yet what runs there",
        "node-a, which is offline, has not told yet what runs there",
    ]


def test_while_nothing_happens_the_cause_stays_the_same_and_only_its_age_grows() -> None:
    first, later = (judged(exited(3), container("db"), released=BOTH, age_s=age_s) for age_s in (2.0, 32.0))

    assert (first.reason, later.reason) == ("web: exited 3, 12 s ago", "web: exited 3, 42 s ago")
    assert first.cause == later.cause == "web: exited 3"
    away, longer = (judged(exited(3), released=WEB, node=NodeState.OFFLINE, age_s=age_s) for age_s in (20.0, 50.0))
    assert away.reason != longer.reason
    assert away.cause == longer.cause == "node-a is offline; last seen failed: web: exited 3"


# --- whatever is seen

moments = st.one_of(st.just(0), st.integers(NOW_MS - 2 * HOUR_MS, NOW_MS + 60_000))
containers_ = st.lists(
    st.builds(
        Container,
        id=st.integers(0, 1000).map(str),
        name=st.sampled_from(["p-web-1", "p-web-2", "x"]),
        project=st.just("p"),
        service=st.sampled_from(["", "web", "db", "job"]),
        image=st.just("i"),
        image_id=st.just("s"),
        state=st.sampled_from(ContainerState),
        health=st.sampled_from(ContainerHealth),
        exit_code=st.sampled_from([0, 1, 3, 137, 143]),
        restarts=st.integers(0, 20),
        started_ms=moments,
        created_ms=moments,
        ended_ms=moments,
        oom_killed=st.booleans(),
        error=st.sampled_from(["", "no such file"]),
        check=st.sampled_from(["", "404"]),
        recent_restarts=st.integers(0, 20),
        recent_ms=st.integers(0, 600_000),
    ),
    max_size=4,
    unique_by=lambda container: container.id,
).map(tuple)
releases = st.sampled_from([None, WEB, BOTH, THREE, release("web", one_shots=("job",))])
statuses = st.builds(NodeStatus, now_ms=moments, blind_since_ms=moments)


@given(
    containers_, releases, st.booleans(), st.sampled_from([None, *NodeState]), statuses, st.none() | st.floats(0, 1e6)
)
def test_every_picture_has_a_state_and_all_but_the_plainest_a_reason(
    containers: tuple[Container, ...],
    released: Release | None,
    stopped: bool,
    node: NodeState | None,
    status: NodeStatus,
    age_s: float | None,
) -> None:
    verdict = judged(*containers, released=released, stopped=stopped, node=node, status=status, age_s=age_s)

    plain = (InstanceState.RUNNING, InstanceState.STOPPED)
    assert verdict.reason or verdict.state in plain
    assert "\n" not in verdict.reason
    if node is not NodeState.ONLINE or status.blind_since_ms or age_s is None:
        assert verdict.state is InstanceState.UNKNOWN
    else:
        assert verdict.state is not InstanceState.UNKNOWN


@given(containers_, releases)
def test_what_a_person_stopped_never_counts_as_failed_or_missing_while_nothing_of_it_is_alive(
    containers: tuple[Container, ...], released: Release | None
) -> None:
    at_rest = tuple(c for c in containers if c.state in (EXITED, DEAD) or (c.state is CREATED and c.created_ms == 0))

    assert judged(*at_rest, released=released, stopped=True).state is InstanceState.STOPPED


@given(containers_, releases, st.booleans())
def test_running_is_only_what_all_of_the_release_runs_and_is_well(
    containers: tuple[Container, ...], released: Release | None, stopped: bool
) -> None:
    verdict = judged(*containers, released=released, stopped=stopped)

    if verdict.state is InstanceState.RUNNING:
        assert {c.state for c in containers} <= {RUNNING, EXITED}
        assert all(
            c.health in (ContainerHealth.NONE, ContainerHealth.HEALTHY) for c in containers if c.state is RUNNING
        )
        wanted = Counter({c.service: c.count for c in released.containers}) if released else Counter()
        assert wanted <= Counter(c.service for c in containers)
        assert verdict.missing == 0
    if verdict.state is InstanceState.MISSING:
        assert containers == ()


@given(containers_, releases, st.booleans())
def test_the_order_in_which_containers_are_told_is_of_no_matter(
    containers: tuple[Container, ...], released: Release | None, stopped: bool
) -> None:
    there = judged(*containers, released=released, stopped=stopped)
    back = judged(*reversed(containers), released=released, stopped=stopped)

    assert there.state is back.state
    assert sorted(there.reason.split("; ")) == sorted(back.reason.split("; "))
