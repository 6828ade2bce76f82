"""The state of an instance, from what was seen and what was released."""

import pytest

from composia.core.container import Container, ContainerHealth, ContainerState
from composia.core.instance import InstanceState, Verdict, judge
from composia.core.node import NodeState
from composia.core.release import Release, ReleasedContainer


def container(
    service: str = "web",
    state: ContainerState = ContainerState.RUNNING,
    health: ContainerHealth = ContainerHealth.NONE,
    exit_code: int = 0,
    restarts: int = 0,
) -> Container:
    return Container(
        id=service,
        name=f"p-{service}-1",
        project="p",
        service=service,
        image="busybox",
        image_id="sha256:1",
        state=state,
        health=health,
        exit_code=exit_code,
        restarts=restarts,
    )


def release(*services: str, one_shots: tuple[str, ...] = ()) -> Release:
    return Release(
        service="p",
        node="a",
        task="t1",
        revision="1",
        bundle="sha256:b",
        project="p",
        containers=tuple(
            ReleasedContainer(service=s, config_digest="sha256:c", one_shot=s in one_shots)
            for s in (*services, *one_shots)
        ),
    )


EXITED, RUNNING = ContainerState.EXITED, ContainerState.RUNNING

CASES = {
    "all run": ((container(),), release("web"), False, InstanceState.RUNNING, ""),
    "health is starting": (
        (container(health=ContainerHealth.STARTING),),
        release("web"),
        False,
        InstanceState.STARTING,
        "p-web-1: health: starting",
    ),
    "the only one is unhealthy": (
        (container(health=ContainerHealth.UNHEALTHY),),
        release("web"),
        False,
        InstanceState.FAILED,
        "p-web-1: unhealthy",
    ),
    "one of two was killed": (
        (container("web"), container("db", EXITED, exit_code=137)),
        release("web", "db"),
        False,
        InstanceState.DEGRADED,
        "p-db-1: exited (137)",
    ),
    "the only one was killed": (
        (container(state=EXITED, exit_code=137),),
        release("web"),
        False,
        InstanceState.FAILED,
        "p-web-1: exited (137)",
    ),
    "crash loop": (
        (container(state=ContainerState.RESTARTING, exit_code=3, restarts=7),),
        release("web"),
        False,
        InstanceState.FAILED,
        "p-web-1: restarting, exit 3, 7 times",
    ),
    "stopped by a person": (
        (container(state=EXITED, exit_code=143),),
        release("web"),
        True,
        InstanceState.STOPPED,
        "p-web-1: exited (143)",
    ),
    "running though a person stopped it": ((container(),), release("web"), True, InstanceState.RUNNING, ""),
    "a one-shot that is done": (
        (container("web"), container("job", EXITED)),
        release("web", one_shots=("job",)),
        False,
        InstanceState.RUNNING,
        "",
    ),
    "a container of the release is gone": (
        (container("web"),),
        release("web", "db"),
        False,
        InstanceState.DEGRADED,
        "db: missing",
    ),
    "none is left": ((), release("web"), False, InstanceState.MISSING, "no container"),
    "none is left and a person took it down": ((), release("web"), True, InstanceState.STOPPED, ""),
    "never deployed": ((), None, False, InstanceState.MISSING, "never deployed"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_state_is_what_was_seen(
    case: tuple[tuple[Container, ...], Release | None, bool, InstanceState, str],
) -> None:
    containers, released, stopped, state, reason = case

    verdict = judge(node=NodeState.ONLINE, containers=containers, release=released, stopped=stopped)

    assert verdict == Verdict(state=state, reason=reason)


@pytest.mark.parametrize("node", [NodeState.OFFLINE, NodeState.DISCONNECTED])
def test_nothing_is_known_of_an_instance_whose_node_cannot_be_reached(node: NodeState) -> None:
    verdict = judge(node=node, containers=(container(),), release=release("web"), stopped=False)

    assert verdict == Verdict(state=InstanceState.UNKNOWN, reason=f"the node is {node}")
