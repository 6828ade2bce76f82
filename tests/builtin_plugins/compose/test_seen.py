from typing import Any

import pytest

from composia.builtin_plugins.compose.seen import Inspected, goes_on, inspected, listed, milliseconds, one_line
from composia.core.container import Container, ContainerHealth, ContainerState, Port

LABELS = {
    "com.docker.compose.project": "p",
    "com.docker.compose.service": "web",
    "com.docker.compose.config-hash": "h",
    "com.docker.compose.oneoff": "False",
    "com.docker.compose.depends_on": "db:service_healthy:false,migrate:service_completed_successfully:true",
}

PORTS = {
    "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}],
    "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "5353"}],
    "443/tcp": None,
}

NEVER = "0001-01-01T00:00:00Z"


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "Id": "c1",
        "Names": ["/p-web-1"],
        "Image": "web:1",
        "ImageID": "sha256:i1",
        "State": "running",
        "Status": "Up 2 minutes",
        "Labels": LABELS,
    } | changes


def container(**changes: Any) -> Container:
    return Container(
        **{
            "id": "c1",
            "name": "p-web-1",
            "project": "p",
            "service": "web",
            "image": "web:1",
            "image_id": "sha256:i1",
            "state": ContainerState.RUNNING,
            "config_hash": "h",
        }
        | changes
    )


@pytest.mark.parametrize(
    ("state", "status", "health", "exit_code"),
    [
        ("running", "Up 2 minutes", "none", 0),
        ("running", "Up 2 minutes (healthy)", "healthy", 0),
        ("running", "Up 3 seconds (health: starting)", "starting", 0),
        ("running", "Up 2 hours (unhealthy)", "unhealthy", 0),
        ("exited", "Exited (137) 4 minutes ago", "none", 137),
        ("restarting", "Restarting (3) 2 seconds ago", "none", 3),
        ("created", "Created", "none", 0),
        ("paused", "Up 2 minutes (Paused)", "none", 0),
    ],
)
def test_a_line_of_the_list_is_read(state: str, status: str, health: str, exit_code: int) -> None:
    expected = container(state=ContainerState(state), health=ContainerHealth(health), exit_code=exit_code)

    assert listed(entry(State=state, Status=status)) == expected


def test_a_container_that_compose_did_not_make_has_no_project() -> None:
    assert listed(entry(Labels={})) == container(project="", service="", config_hash="")


def test_an_inspection_is_read() -> None:
    found = inspected(
        {
            "Id": "c1",
            "Name": "/p-web-1",
            "Created": "2026-11-25T16:16:42.5Z",
            "Image": "sha256:i1",
            "RestartCount": 2,
            "Config": {"Image": "web:1", "Labels": LABELS, "Healthcheck": {"Test": ["CMD", "true"]}},
            "HostConfig": {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}},
            "State": {
                "Status": "running",
                "ExitCode": 0,
                "Error": "",
                "StartedAt": "2026-11-25T16:16:43.123456789Z",
                "FinishedAt": NEVER,
                "Health": {"Status": "unhealthy", "Log": [{"Output": "old"}, {"Output": "no answer\n"}]},
            },
            "Mounts": [
                {"Type": "volume", "Name": "p_data"},
                {"Type": "volume", "Name": "0" * 64},
                {"Type": "volume", "Name": "1" * 64},
                {"Type": "bind", "Source": "/x"},
            ],
            "NetworkSettings": {"Ports": PORTS},
        }
    )

    assert found == Inspected(
        container=container(
            health=ContainerHealth.UNHEALTHY,
            restarts=2,
            created_ms=1795623402500,
            started_ms=1795623403123,
            check="no answer",
            ports=(Port(number=5353, protocol="udp", address="127.0.0.1"), Port(number=8080)),
        ),
        restart_policy="on-failure",
        has_healthcheck=True,
        check_output="no answer",
        finishing=frozenset({"migrate"}),
        anonymous_volumes=2,
    )


@pytest.mark.parametrize("test", [None, [], ["NONE"]])
def test_a_healthcheck_that_is_off_is_none(test: list[str] | None) -> None:
    found = inspected(
        {
            "Id": "c1",
            "Name": "/p-web-1",
            "Created": "2026-11-25T16:16:42.5Z",
            "Image": "sha256:i1",
            "RestartCount": 0,
            "Config": {"Image": "web:1", "Labels": None, "Healthcheck": {"Test": test}},
            "HostConfig": {},
            "State": {"Status": "created", "ExitCode": 0, "StartedAt": NEVER, "FinishedAt": NEVER},
        }
    )

    assert (found.has_healthcheck, found.may_end, found.container.started_ms) == (False, True, 0)


@pytest.mark.parametrize(
    ("policy", "checked", "may_end"),
    [
        ("", False, True),
        ("no", False, True),
        ("on-failure", False, True),
        ("always", False, False),
        ("unless-stopped", False, False),
        ("no", True, False),
    ],
)
def test_what_nothing_keeps_alive_may_end(policy: str, checked: bool, may_end: bool) -> None:
    seen = Inspected(container=container(), restart_policy=policy, has_healthcheck=checked)

    assert seen.may_end is may_end


def test_never_is_no_time() -> None:
    assert milliseconds(NEVER) == 0


def published(address: str, kind: str = "tcp") -> dict[str, Any]:
    return {"IP": address, "PrivatePort": 80, "PublicPort": 8080, "Type": kind}


@pytest.mark.parametrize(
    ("entries", "ports"),
    [
        ([{"PrivatePort": 80, "Type": "tcp"}], ()),
        ([published("127.0.0.1")], (Port(number=8080, address="127.0.0.1"),)),
        ([published("0.0.0.0"), published("::")], (Port(number=8080),)),
        ([published("0.0.0.0")], (Port(number=8080, address="0.0.0.0"),)),
        (
            [published("0.0.0.0"), published("::", "udp")],
            (Port(number=8080, address="0.0.0.0"), Port(number=8080, protocol="udp", address="::")),
        ),
    ],
)
def test_published_ports_are_read_and_every_address_is_one(
    entries: list[dict[str, Any]], ports: tuple[Port, ...]
) -> None:
    assert listed(entry(Ports=entries)) == container(ports=ports)


@pytest.mark.parametrize(
    ("before", "after", "passed_s"),
    [
        ("Up 3 seconds", "Up 8 seconds", 5.0),
        ("Up 1 second", "Up 2 seconds", 1.4),
        ("Up 3 seconds (healthy)", "Up 3 seconds (healthy)", 0.2),
        ("Exited (3) 10 seconds ago", "Exited (3) 20 seconds ago", 10.1),
        ("Up 2 hours", "Up 2 hours", 5.0),
        ("Created", "Created", 5.0),
    ],
)
def test_a_status_that_only_counts_on_tells_nothing_new(before: str, after: str, passed_s: float) -> None:
    assert goes_on(before, after, passed_s)


@pytest.mark.parametrize(
    ("before", "after", "passed_s"),
    [
        ("Up 30 seconds", "Up 3 seconds", 5.0),
        ("Up 3 seconds", "Up 3 seconds", 5.0),
        ("Up 1 second", "Up 1 second", 1.9),
        ("Up Less than a second", "Up Less than a second", 0.1),
        ("Up 9 seconds (health: starting)", "Up 14 seconds (healthy)", 5.0),
        ("Up 3 seconds", "Exited (0) 4 seconds ago", 5.0),
        ("Exited (0) 4 seconds ago", "Exited (1) 9 seconds ago", 5.0),
        ("Up 58 seconds", "Up About a minute", 5.0),
        ("Up About a minute", "Up 3 seconds", 5.0),
        ("Up 3 minutes", "Up 4 minutes", 60.0),
    ],
)
def test_a_status_tells_of_a_new_start_and_of_another_state(before: str, after: str, passed_s: float) -> None:
    assert not goes_on(before, after, passed_s)


def state(**facts: Any) -> Container:
    entry = {
        "Id": "c1",
        "Name": "/p-web-1",
        "Created": NEVER,
        "Image": "sha256:i1",
        "RestartCount": 0,
        "Config": {"Image": "web:1", "Labels": LABELS},
        "HostConfig": {},
        "State": {"Status": "exited", "ExitCode": 137, "StartedAt": NEVER, "FinishedAt": NEVER} | facts,
    }
    return inspected(entry).container


def test_how_a_container_ended_is_read() -> None:
    ended = state(FinishedAt="2026-11-25T16:16:43.5Z", OOMKilled=True, Error="no such file\n")
    runs = state(Status="running", ExitCode=0, OOMKilled=True)  # what it killed was not its main process

    assert (ended.ended_ms, ended.oom_killed, ended.error) == (1795623403500, True, "no such file")
    assert (runs.ended_ms, runs.oom_killed, runs.error) == (0, False, "")


@pytest.mark.parametrize(
    ("health", "log", "check"),
    [
        ("unhealthy", [{"Output": "trying\ncurl: (7) refused\n\n", "ExitCode": 7}], "curl: (7) refused"),
        ("unhealthy", [{"Output": "", "ExitCode": 7}], "exit 7"),
        ("unhealthy", [], "exit 1"),
        ("healthy", [{"Output": "fine", "ExitCode": 0}], ""),
        ("starting", [{"Output": "not yet", "ExitCode": 1}], ""),
    ],
)
def test_what_a_healthcheck_says_is_told_while_it_fails(health: str, log: list[dict[str, Any]], check: str) -> None:
    assert state(Status="running", Health={"Status": health, "Log": log}).check == check


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("one\n  two   words \n", "two words"),
        ("\x1b[31mred\x1b[0m\x07", "[31mred [0m"),
        ("ü" * 101, "ü" * 98 + "…"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 197 + "…"),
    ],
)
def test_of_many_words_the_last_line_that_says_something_stays(text: str, line: str) -> None:
    assert one_line(text) == line
    assert len(line.encode()) <= 200
