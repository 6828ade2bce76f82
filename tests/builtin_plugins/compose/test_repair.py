"""What is taken for the wreckage of a call that was interrupted."""

import pytest

from composia.builtin_plugins.compose.calls import Result
from composia.builtin_plugins.compose.repair import left_wreckage

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
    assert left_wreckage(Result(exit_code=None, text=""))
