from typing import Any

import pytest

from composia.builtin_plugins.compose.seen import Inspected
from composia.builtin_plugins.compose.verdict import Mark, Verdict, finishing, judge
from composia.core.container import Container, ContainerHealth, ContainerState

NOW_MS = 1_000_000


def one(state: ContainerState, *, age_s: float = 60, **changes: Any) -> Inspected:
    of_container = {key: changes.pop(key) for key in ("health", "exit_code", "restarts") if key in changes}
    container = Container(
        id="c1",
        name="p-web-1",
        project="p",
        service="web",
        image="web:1",
        image_id="i1",
        state=state,
        started_ms=NOW_MS - round(age_s * 1000),
        **of_container,
    )
    return Inspected(container=container, **changes)


def verdict(seen: Inspected, *, finishes: bool = False, restarts_before: int = 0) -> Verdict:
    return judge(seen, finishes=finishes, restarts_before=restarts_before, stable_for_s=3, now_ms=NOW_MS)


RUNNING, EXITED = ContainerState.RUNNING, ContainerState.EXITED
STARTING, HEALTHY, UNHEALTHY = ContainerHealth.STARTING, ContainerHealth.HEALTHY, ContainerHealth.UNHEALTHY
CHECKED = {"has_healthcheck": True}


@pytest.mark.parametrize(
    ("seen", "mark", "reason"),
    [
        (one(RUNNING), Mark.UP, ""),
        (one(RUNNING, age_s=3), Mark.UP, ""),
        (one(RUNNING, age_s=2.9), Mark.WAITING, "has not run for 3 s without a restart"),
        (one(RUNNING, health=HEALTHY, age_s=0, **CHECKED), Mark.UP, ""),
        (one(RUNNING, health=STARTING, **CHECKED), Mark.WAITING, "has not become healthy yet"),
        (one(RUNNING, health=UNHEALTHY, **CHECKED), Mark.WAITING, "is unhealthy"),
        (
            one(RUNNING, health=UNHEALTHY, check_output="no answer", **CHECKED),
            Mark.WAITING,
            "is unhealthy, its healthcheck says: no answer",
        ),
        (one(EXITED), Mark.FINISHED, ""),
        (one(EXITED, restart_policy="on-failure"), Mark.FINISHED, ""),
        (one(EXITED, exit_code=3), Mark.FAILED, "exited with 3"),
        (one(EXITED, restart_policy="always"), Mark.FAILED, "exited with 0"),
        (one(EXITED, **CHECKED), Mark.FAILED, "exited with 0"),
        (one(ContainerState.DEAD, exit_code=137), Mark.FAILED, "exited with 137"),
        (one(ContainerState.PAUSED), Mark.FAILED, "is paused"),
        (one(ContainerState.CREATED), Mark.WAITING, "is created"),
        (one(ContainerState.CREATED, error="no such program: unknown"), Mark.FAILED, "did not start: no such program"),
        (
            one(ContainerState.RESTARTING, exit_code=1, restarts=4),
            Mark.WAITING,
            "restarts after exit code 1",
        ),
        (
            one(ContainerState.RESTARTING, exit_code=1, restarts=5),
            Mark.FAILED,
            "crashes again and again: 5 restarts, the last exit code is 1",
        ),
    ],
)
def test_one_look_at_a_container_tells_how_it_is(seen: Inspected, mark: Mark, reason: str) -> None:
    assert verdict(seen) == Verdict(mark=mark, reason=reason)


def test_restarts_before_the_gate_do_not_count() -> None:
    crashed = one(ContainerState.RESTARTING, exit_code=1, restarts=12)

    assert verdict(crashed, restarts_before=10).mark is Mark.WAITING
    assert verdict(crashed, restarts_before=7) == Verdict(
        mark=Mark.FAILED, reason="crashes again and again: 5 restarts, the last exit code is 1"
    )


@pytest.mark.parametrize(
    ("seen", "mark"),
    [
        (one(RUNNING), Mark.WAITING),
        (one(EXITED), Mark.FINISHED),
        (one(EXITED, **CHECKED), Mark.FINISHED),
        (one(EXITED, exit_code=1), Mark.FAILED),
    ],
)
def test_what_others_wait_for_has_to_finish(seen: Inspected, mark: Mark) -> None:
    judged = verdict(seen, finishes=True)
    assert judged.mark is mark
    assert mark is not Mark.WAITING or judged.reason == "has not finished"


def test_what_others_wait_for_is_gathered_from_all() -> None:
    assert finishing(
        [one(RUNNING), one(RUNNING, finishing=frozenset({"a"})), one(RUNNING, finishing=frozenset({"b"}))]
    ) == {
        "a",
        "b",
    }
