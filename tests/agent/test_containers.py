"""Of each container the newest that was seen, whoever saw it and whenever that was told."""

from dataclasses import replace

import pytest

from composia.agent.containers import Containers
from composia.core.container import Container
from composia.plugins.executor import Seen
from tests.agent.making import make_container


def project(at_s: float, exit_code: int, *ids: str) -> Seen:
    """Containers of the project `web`, as they were then."""
    return Seen(at_s=at_s, containers=tuple(replace(make_container(), id=id_, exit_code=exit_code) for id_ in ids))


def known(containers: Containers) -> list[tuple[str, int]]:
    return [(container.id, container.exit_code) for container in containers.now]


@pytest.mark.parametrize("is_told_first", [True, False])
@pytest.mark.parametrize(("at_s", "found"), [(1.0, [("a", 1)]), (3.0, [("b", 2)])])
def test_what_was_seen_later_is_shown_whichever_is_told_first(
    at_s: float, found: list[tuple[str, int]], *, is_told_first: bool
) -> None:
    containers = Containers()
    if is_told_first:
        containers.take_project("web", project(at_s, 2, "b"))
    containers.take(project(2.0, 1, "a"))
    if not is_told_first:
        containers.take_project("web", project(at_s, 2, "b"))

    assert known(containers) == found


def test_a_later_look_at_all_is_newer_than_what_was_seen_before_it() -> None:
    containers = Containers()
    containers.take_project("web", project(1.0, 1, "a"))
    containers.take(project(2.0, 2, "b"))
    containers.take(project(3.0, 3, "c"))

    assert known(containers) == [("c", 3)]


def test_other_projects_stay_as_they_were_and_all_are_in_order() -> None:
    containers, others = Containers(), (named("z"), named("b"))
    containers.take(Seen(at_s=1.0, containers=others))
    containers.take_project("m", Seen(at_s=2.0, containers=(named("m"),)))

    assert [container.name for container in containers.now] == [named(name).name for name in "bmz"]


def named(name: str) -> Container:
    return replace(make_container(name), id=name)
