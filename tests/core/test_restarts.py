"""Restarts of late, from what Docker counts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.core.container import Container, ContainerState
from composia.core.restarts import WINDOW_MS, Restarts

T = 1_795_623_600_000
RUNNING, RESTARTING, EXITED = ContainerState.RUNNING, ContainerState.RESTARTING, ContainerState.EXITED


def container(state: ContainerState = RUNNING, restarts: int = 0, **facts: Any) -> Container:
    return Container(
        id="c1",
        name="c",
        project="p",
        service="web",
        image="i",
        image_id="s",
        state=state,
        restarts=restarts,
        **{"created_ms": T - 3_600_000} | facts,
    )


def recent(*seen: Container, now_ms: int = T) -> list[tuple[int, int]]:
    restarts = Restarts()
    return [(c.recent_restarts, c.recent_ms) for one in seen for c in restarts.noted([one], now_ms)]


def test_each_restart_is_counted_with_how_far_they_are_apart() -> None:
    assert recent(
        container(),
        container(RESTARTING, 1, ended_ms=T),
        container(RUNNING, 1, ended_ms=T),
        container(RESTARTING, 2, ended_ms=T + 5000),
        container(RESTARTING, 3, ended_ms=T + 9000),
    ) == [(0, 0), (1, 0), (1, 0), (2, 5000), (3, 9000)]


def test_restarts_between_two_looks_are_counted_too() -> None:
    assert recent(container(), container(RUNNING, 1, ended_ms=T), container(RUNNING, 4, ended_ms=T + 9000)) == [
        (0, 0),
        (1, 0),
        (4, 9000),
    ]


def test_what_is_long_before_the_last_restart_is_not_of_late_and_the_last_one_stays() -> None:
    assert recent(
        container(),
        container(RUNNING, 1, ended_ms=T),
        container(RUNNING, 2, ended_ms=T + WINDOW_MS),
        container(RUNNING, 3, ended_ms=T + WINDOW_MS + 1),
        container(RUNNING, 3, ended_ms=T + WINDOW_MS + 1),
    ) == [(0, 0), (1, 0), (2, WINDOW_MS), (2, 1), (2, 1)]


def test_whoever_starts_it_anew_starts_the_count_anew() -> None:
    assert recent(
        container(), container(RESTARTING, 7, ended_ms=T), container(RUNNING, 0, ended_ms=T), container(RUNNING, 0)
    )[2:] == [(0, 0), (0, 0)]


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (container(RUNNING, 0), (0, 0)),
        (container(RUNNING, 4, created_ms=T - 40_000, ended_ms=T), (4, 30_000)),
        (container(RUNNING, 4, ended_ms=T - 1000), (1, 0)),
        (container(RUNNING, 4, ended_ms=T - WINDOW_MS - 1), (0, 0)),
        (container(RESTARTING, 4, ended_ms=T), (4, 0)),
    ],
)
def test_of_one_that_is_seen_for_the_first_time_no_more_is_said_than_is_known(
    first: Container, expected: tuple[int, int]
) -> None:
    assert recent(first) == [expected]


def test_one_that_is_up_again_is_told_with_how_it_ended() -> None:
    restarts = Restarts()
    restarts.noted([container()], T)
    restarts.noted([container(RESTARTING, 1, ended_ms=T, exit_code=137, oom_killed=True)], T)
    [again] = restarts.noted([container(RUNNING, 1, ended_ms=T)], T)
    [anew] = restarts.noted([container(RUNNING, 0, ended_ms=T)], T)

    assert (again.exit_code, again.oom_killed, again.recent_restarts) == (137, True, 1)
    assert (anew.exit_code, anew.oom_killed, anew.recent_restarts) == (0, False, 0)


def test_a_picture_that_tells_little_of_a_container_wipes_nothing_out() -> None:
    assert recent(
        container(created_ms=T - 1000),
        container(RESTARTING, 2, created_ms=T - 1000, ended_ms=T),
        container(RUNNING, 0, created_ms=0),
        container(RUNNING, 2, created_ms=T - 1000, ended_ms=T),
    ) == [(0, 0), (2, 500), (2, 500), (2, 500)]


def test_nothing_is_remembered_of_what_is_gone() -> None:
    restarts = Restarts()
    restarts.noted([container()], T)
    restarts.noted([], T)
    [back] = restarts.noted([container(RUNNING, 9, ended_ms=T)], T)

    assert back.recent_restarts == 1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 400_000)), min_size=1, max_size=20))
def test_never_more_than_docker_has_counted_and_never_over_more_than_the_window(steps: list[tuple[int, int]]) -> None:
    restarts, count, now_ms, ended_ms = Restarts(), 0, T, 0
    for more, passed_ms in steps:
        count, now_ms = count + more, now_ms + passed_ms
        ended_ms = now_ms if more else ended_ms
        one = container(RESTARTING if more else RUNNING, count, ended_ms=ended_ms)
        [told] = restarts.noted([one], now_ms)
        assert bool(more) <= told.recent_restarts <= count
        assert 0 <= told.recent_ms <= WINDOW_MS
        assert restarts.noted([one], now_ms + 1) == (told,)
