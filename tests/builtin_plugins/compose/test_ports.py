"""Who has a port that could not be had."""

from typing import cast

import pytest

from composia.builtin_plugins.compose import ports
from composia.builtin_plugins.compose.engine import Engine
from composia.core.container import Container, ContainerState, Port
from composia.errors import Unavailable

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

WANTED = Port(number=8099)
LOSER = "container shop-b-1"


class PlayedEngine:
    """One whose list of containers is another one each time that it is asked, to the last; an error is raised."""

    def __init__(self, *lists: tuple[Container, ...] | Unavailable) -> None:
        self._lists = list(lists)

    async def listed(self) -> tuple[Container, ...]:
        answer = self._lists.pop(0) if len(self._lists) > 1 else self._lists[0]
        if isinstance(answer, Unavailable):
            raise answer
        return answer


def container(name: str, state: ContainerState, *published: Port) -> Container:
    return Container(
        id=name, name=name, project="shop", service="a", image="i", image_id="sha256:1", state=state, ports=published
    )


async def told(*lists: tuple[Container, ...] | Unavailable) -> str:
    return str(await ports.taken(cast("Engine", PlayedEngine(*lists)), WANTED, LOSER))


async def test_a_container_that_is_just_being_started_is_waited_for() -> None:
    loser = container("shop-b-1", ContainerState.CREATED)
    starting = (container("shop-a-1", ContainerState.CREATED), loser)
    running = (container("shop-a-1", ContainerState.RUNNING, WANTED), loser)
    assert "is taken by container shop-a-1 of project shop" in await told(starting, starting, running)


async def test_without_one_or_one_that_does_not_come_up_it_is_another_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loser, other = (container(name, ContainerState.CREATED) for name in ("shop-b-1", "shop-a-1"))
    assert "by a program that is no container" in await told((loser,))
    monkeypatch.setattr(ports, "STARTING_S", 0.3)
    assert "by a program that is no container" in await told((loser, other))


async def test_an_engine_that_does_not_answer_is_that_and_no_program() -> None:
    starting = (container("shop-a-1", ContainerState.CREATED),)
    with pytest.raises(Unavailable, match="does not answer"):
        await told(starting, Unavailable("the Docker engine does not answer"))
