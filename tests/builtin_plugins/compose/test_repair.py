"""What is taken for the wreckage of a call that was interrupted."""

from types import SimpleNamespace
from typing import Any

import pytest

from composia.builtin_plugins.compose import repair
from composia.builtin_plugins.compose.calls import Result
from composia.builtin_plugins.compose.repair import left_wreckage, settled
from composia.core.container import ContainerState

ID = 64 * "a"
DAEMON = "Error response from daemon: "


@pytest.mark.parametrize(
    "text",
    [
        f'{DAEMON}Conflict. The container name "/0123456789ab_web-1" is already in use by container "{ID}".',
        f"{DAEMON}task {ID}: already exists: unknown",
        f"{DAEMON}removal of container {ID} is already in progress",
        f"{DAEMON}No such container: {ID}",
    ],
)
def test_what_an_interrupted_call_or_the_engine_going_on_with_it_leaves_is_known(text: str) -> None:
    assert left_wreckage(Result(exit_code=1, text=text))
    assert not left_wreckage(Result(exit_code=0, text=text))


def test_any_other_failure_is_none_and_an_interruption_is() -> None:
    assert not left_wreckage(Result(exit_code=1, text=f'{DAEMON}Conflict. The container name "/web" is already in use'))
    assert not left_wreckage(Result(exit_code=1, text="no such service: web"))
    other = f"{DAEMON}joining network namespace of container: No such container: {ID}"
    assert not left_wreckage(Result(exit_code=1, text=other))
    assert left_wreckage(Result(exit_code=None, text=""))


class PlayedJob:
    """A job on an engine that shows the containers of its project in these states, one after the other."""

    def __init__(self, *states: ContainerState) -> None:
        self.states = list(states)
        self.work = SimpleNamespace(project="web")
        self.engine = self

    async def inspect(self, project: str) -> tuple[Any, ...]:
        return seen(self.states.pop(0)) if len(self.states) > 1 else seen(self.states[0])


def seen(state: ContainerState) -> tuple[Any, ...]:
    return (SimpleNamespace(container=SimpleNamespace(state=state)),)


@pytest.mark.anyio
async def test_what_the_engine_is_removing_is_waited_for_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    busy, over = ContainerState.REMOVING, ContainerState.RUNNING
    job: Any = PlayedJob(busy, busy, over)
    assert await settled(job, seen(busy)) == seen(over)
    monkeypatch.setattr(repair, "REMOVING_S", 0.3)
    never: Any = PlayedJob(busy)
    assert await settled(never, seen(busy)) == seen(busy)
