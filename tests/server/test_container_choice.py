"""Which container is meant by how little."""

from dataclasses import replace

import pytest

from composia.core.container import Container, ContainerState
from composia.core.instance import InstanceState
from composia.core.status import InstanceStatus, ServiceStatus, Wanted
from composia.errors import Invalid, NotFound, NotPossible
from composia.server.container_choice import running_container
from tests.server.world import container

MAIN = container()
DB = replace(MAIN, id="db", name="web-db-1", service="db")
SECOND = replace(MAIN, id="second", name="web-main-2")
DONE = replace(DB, id="done", name="web-migrate-1", service="migrate", state=ContainerState.EXITED)


def web(**nodes: tuple[Container, ...]) -> ServiceStatus:
    instances = tuple(
        InstanceStatus(service="web", node=node, state=InstanceState.RUNNING, containers=containers)
        for node, containers in nodes.items()
    )
    return ServiceStatus(name="web", wanted=Wanted.RUNNING, instances=instances)


@pytest.mark.parametrize(
    ("service", "named", "node", "found"),
    [
        (web(a=(MAIN,)), "", "", ("a", MAIN)),
        (web(a=(MAIN, DONE)), "", "", ("a", MAIN)),
        (web(a=(MAIN, DB)), "db", "", ("a", DB)),
        (web(a=(MAIN, SECOND)), "web-main-2", "", ("a", SECOND)),
        (web(a=(MAIN,), b=(SECOND,)), "", "b", ("b", SECOND)),
        (web(a=(MAIN,), b=()), "", "", ("a", MAIN)),
        (web(a=(replace(MAIN, state=ContainerState.EXITED),), b=(SECOND,)), "main", "", ("b", SECOND)),
    ],
)
def test_the_only_running_one_is_meant(
    service: ServiceStatus, named: str, node: str, found: tuple[str, Container]
) -> None:
    place = running_container(service, named, node)
    assert (place.node, place.container) == found


def test_several_are_listed() -> None:
    with pytest.raises(Invalid) as several:
        running_container(web(a=(MAIN, DB), b=(MAIN,)), "", "")

    assert several.value.message == "3 containers could be meant"
    assert several.value.hint == (
        "NAME/CONTAINER, --node NODE; there are web-main-1 on a, web-db-1 on a, web-main-1 on b"
    )


@pytest.mark.parametrize(
    ("service", "named", "node", "error", "message", "hint"),
    [
        (web(a=(DONE,)), "", "", NotPossible, "it does not run: web-migrate-1 on a is exited", "composia status web"),
        (web(a=()), "", "", NotPossible, "it has no containers", "composia status web"),
        (web(a=(MAIN, DB)), "bd", "", NotFound, "no container named bd", "known: db, main"),
        (web(a=(MAIN,)), "", "b", NotPossible, "the service is not on b", "it is on a"),
        (web(), "", "b", NotPossible, "the service is not on b", "composia deploy web"),
    ],
)
def test_what_cannot_be_meant_says_why(
    service: ServiceStatus, named: str, node: str, error: type[Exception], message: str, hint: str
) -> None:
    with pytest.raises(error) as refused:
        running_container(service, named, node)

    assert getattr(refused.value, "message", "") == message
    assert getattr(refused.value, "hint", "") == hint
