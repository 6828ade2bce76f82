"""Which containers are inspected at a look, with an engine of lines in the test."""

from typing import Any, cast

import pytest
from docker import APIClient
from docker.errors import NotFound

from composia.builtin_plugins.compose.looks import Looks
from composia.core.container import Container, ContainerState
from composia.plugins.executor_seeing import EngineEvent

NEVER = "0001-01-01T00:00:00Z"
OLD, YOUNG = "Up 2 hours", "Up Less than a second"


class PlayedEngine:
    """Containers by id: state, status in the list, and how often Docker started it again. `inspected` tells of whom it was
    asked, in order, and `lists` how often for the list."""

    def __init__(self, policy: str = "no", **containers: tuple[str, str, int]) -> None:
        self.here = containers
        self.policy = policy
        self.inspected: list[str] = []
        self.lists = 0
        self.oom: set[str] = set()
        self.after_inspection: dict[str, tuple[str, str, int]] = {}

    def containers(self, *, all: bool) -> list[dict[str, Any]]:  # noqa: A002 - the client's word
        assert all
        self.lists += 1
        return [
            {"Id": id_, "Names": [f"/{id_}"], "Image": "i", "ImageID": "s", "State": state, "Status": status}
            for id_, (state, status, _) in self.here.items()
        ]

    def inspect_container(self, id_: str) -> dict[str, Any]:
        self.inspected.append(id_)
        state, _, restarts = self.here[id_]
        self.here[id_] = self.after_inspection.pop(id_, self.here[id_])
        return {
            "Id": id_,
            "Name": f"/{id_}",
            "Created": NEVER,
            "Image": "s",
            "RestartCount": restarts,
            "Config": {"Image": "i", "Labels": {}},
            "HostConfig": {"RestartPolicy": {"Name": self.policy}},
            "State": {
                "Status": state,
                "ExitCode": 0 if state == "running" else 137,
                "StartedAt": NEVER,
                "FinishedAt": NEVER,
                "OOMKilled": False,
            },
            "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "", "HostPort": "80"}]} if state == "running" else {}},
        }


def look(looks: Looks, engine: PlayedEngine) -> dict[str, Container]:
    engine.inspected.clear()
    return {container.id: container for container in looks.look(cast("APIClient", engine))}


def test_what_goes_on_as_before_is_inspected_once_and_each_look_is_one_list() -> None:
    looks, engine = Looks(), PlayedEngine(a=("running", OLD, 0), b=("running", OLD, 0))
    look(looks, engine)
    assert engine.inspected == ["a", "b"]
    look(looks, engine)
    assert (engine.inspected, engine.lists) == ([], 2)


def test_an_event_costs_an_inspection_of_its_container_alone() -> None:
    looks, engine = Looks(), PlayedEngine(a=("running", OLD, 0), b=("running", OLD, 0))
    look(looks, engine)
    engine.here["b"] = ("running", OLD, 3)
    looks.hear(EngineEvent(container="b", action="start", at_ns=1))
    seen = look(looks, engine)

    assert (engine.inspected, seen["b"].restarts) == (["b"], 3)
    look(looks, engine)
    assert engine.inspected == []


def test_what_has_ended_between_its_inspection_and_the_list_is_inspected_again() -> None:
    looks, engine = Looks(), PlayedEngine(a=("exited", "Exited (0) 2 hours ago", 0))
    look(looks, engine)
    looks.hear(EngineEvent(container="a", action="start", at_ns=1))
    engine.here["a"] = ("running", YOUNG, 1)
    engine.after_inspection["a"] = ("exited", "Exited (137) 1 second ago", 1)
    seen = look(looks, engine)

    assert engine.inspected == ["a", "a"]
    assert (seen["a"].state, seen["a"].exit_code) == (ContainerState.EXITED, 137)


@pytest.mark.parametrize(
    ("listed", "then"),
    [
        (("running", YOUNG, 3), ("restarting", "Restarting (137) 1 second ago", 4)),
        (("restarting", "Restarting (137) 1 second ago", 4), ("running", YOUNG, 4)),
    ],
)
def test_what_changes_between_the_list_and_its_inspection_is_shown_as_inspected(
    listed: tuple[str, str, int], then: tuple[str, str, int]
) -> None:
    class Changing(PlayedEngine):
        def containers(self, *, all: bool) -> list[dict[str, Any]]:  # noqa: A002 - the client's word
            found = super().containers(all=all)
            self.here["a"] = then
            return found

    seen = look(Looks(), Changing(policy="always", a=listed))["a"]

    assert (seen.state, seen.restarts) == (ContainerState(then[0]), 4)
    assert [port.number for port in seen.ports] == ([80] if then[0] == "running" else [])


def test_what_is_removed_between_the_list_and_its_inspection_is_shown_as_listed() -> None:
    class Removing(PlayedEngine):
        def inspect_container(self, id_: str) -> dict[str, Any]:
            if self.here[id_][0] == "removing":
                raise NotFound(f"No such container: {id_}")
            return super().inspect_container(id_)

    looks, engine = Looks(), Removing(a=("running", OLD, 0))
    look(looks, engine)
    engine.here["a"] = ("removing", "Removal In Progress", 0)

    assert look(looks, engine)["a"].state is ContainerState.REMOVING


def test_without_any_event_a_restart_is_found_by_its_status_and_all_is_looked_at_once_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr("composia.builtin_plugins.compose.looks.time.monotonic", lambda: now)
    looks, engine = Looks(), PlayedEngine(a=("running", "Up 30 seconds", 0), b=("running", OLD, 0))
    look(looks, engine)
    now += 5
    engine.here["a"] = ("running", "Up 3 seconds", 1)
    assert look(looks, engine)["a"].restarts == 1
    assert engine.inspected == ["a"]
    now += 58
    engine.here["a"] = ("running", "Up About a minute", 1)
    look(looks, engine)
    assert engine.inspected == ["a", "b"]


def test_when_events_begin_to_come_all_is_looked_at_for_some_may_have_been_missed() -> None:
    looks, engine = Looks(), PlayedEngine(a=("running", OLD, 0), b=("running", OLD, 0))
    look(looks, engine)
    looks.hear(EngineEvent())
    look(looks, engine)
    assert engine.inspected == ["a", "b"]
    look(looks, engine)
    assert engine.inspected == []


def test_the_end_of_one_that_docker_leaves_down_is_told_by_its_event_and_inspected_at_the_next_look() -> None:
    looks, engine = Looks(), PlayedEngine(a=("running", OLD, 0))
    look(looks, engine)
    looks.hear(EngineEvent(container="a", action="die", at_ns=5_000_000, exit_code=3))
    first = look(looks, engine)["a"]  # the engine lists it as running still
    assert (first.state, first.exit_code, first.ended_ms, engine.inspected) == (ContainerState.EXITED, 3, 5, [])
    assert first.ports == ()
    engine.here["a"] = ("exited", "Exited (137) 1 second ago", 0)
    second = look(looks, engine)["a"]

    assert (second.state, second.exit_code, engine.inspected) == (ContainerState.EXITED, 137, ["a"])


def test_an_end_that_is_over_already_or_that_docker_may_undo_is_inspected() -> None:
    looks, engine = Looks(), PlayedEngine(a=("running", OLD, 0))
    look(looks, engine)
    for action in ("die", "start"):
        looks.hear(EngineEvent(container="a", action=action, at_ns=1, exit_code=3))
    assert (look(looks, engine)["a"].state, engine.inspected) == (ContainerState.RUNNING, ["a"])

    looks, engine = Looks(), PlayedEngine("always", a=("running", OLD, 0))
    look(looks, engine)
    engine.here["a"] = ("restarting", "Restarting (137) 1 second ago", 1)
    looks.hear(EngineEvent(container="a", action="die", at_ns=1, exit_code=137))
    assert (look(looks, engine)["a"].state, engine.inspected) == (ContainerState.RESTARTING, ["a"])


def test_a_kill_after_an_event_of_the_kernels_want_of_memory_is_one_by_that() -> None:
    looks, engine = Looks(), PlayedEngine(a=("running", OLD, 0), b=("running", OLD, 0))
    look(looks, engine)
    for action in ("oom", "die"):
        looks.hear(EngineEvent(container="a", action=action, at_ns=1, exit_code=137))
    engine.here = dict.fromkeys("ab", ("exited", "Exited (137) 1 second ago", 0))
    first = look(looks, engine)
    engine.here["a"] = ("running", YOUNG, 0)
    looks.hear(EngineEvent(container="a", action="start", at_ns=2))
    look(looks, engine)
    engine.here["a"] = ("exited", "Exited (137) 1 second ago", 0)
    second = look(looks, engine)

    assert (first["a"].oom_killed, first["b"].oom_killed, second["a"].oom_killed) == (True, False, False)


def test_what_was_heard_of_is_not_forgotten_when_the_engine_fails() -> None:
    class Failure(Exception):
        pass

    class Failing(PlayedEngine):
        def containers(self, *, all: bool) -> list[dict[str, Any]]:  # noqa: A002 - the client's word
            raise Failure

    looks, engine = Looks(), PlayedEngine(a=("running", OLD, 0))
    look(looks, engine)
    looks.hear(EngineEvent(container="a", action="rename", at_ns=1))
    with pytest.raises(Failure):
        look(looks, Failing(a=("running", OLD, 0)))
    look(looks, engine)

    assert engine.inspected == ["a"]


def test_that_memory_was_wanting_is_known_of_a_container_that_came_while_others_were_looked_at() -> None:
    looks, engine = Looks(), PlayedEngine(a=("running", OLD, 0))
    list_ = engine.containers

    def meanwhile(*, all: bool) -> list[dict[str, Any]]:  # noqa: A002 - the client's word
        entries = list_(all=all)
        engine.here["new"] = ("exited", "Exited (137) 1 second ago", 0)
        for action in ("create", "start", "oom", "die"):
            looks.hear(EngineEvent(container="new", action=action, at_ns=1, exit_code=137))
        return entries

    engine.containers = meanwhile  # type: ignore[method-assign]
    assert look(looks, engine).keys() == {"a"}
    engine.containers = list_  # type: ignore[method-assign]
    assert look(looks, engine)["new"].oom_killed
