"""What each command prints, compared whole. The files in `golden/` are the contract: keys are added, never renamed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest
import yaml

from composia.cli import output
from composia.cli.main import main
from composia.core.check import Check, CheckResult, Examination
from composia.core.node import NodeStatus
from composia.errors import ComposiaError, TimedOut, Unavailable
from tests.cli import sample
from tests.cli.conftest import Run
from tests.cli.fake_server import FakeServer

GOLDEN = Path(__file__).parent / "golden"
PASSWORD_FILE = str(Path(__file__).parent / "a-password")

CASES = {
    "status": ("status",),
    "status-web": ("status", "web"),
    "service-list": ("service", "list"),
    "service-show": ("service", "show", "web"),
    "service-show-broken": ("service", "show", "api"),
    "deployment-list": ("deployment", "list", "--limit", "1"),
    "deployment-show": ("deployment", "show", "d1", "d2"),
    "task-list": ("task", "list", "--limit", "3"),
    "task-show": ("task", "show", "t2"),
    "task-show-done": ("task", "show", "t1"),
    "node-list": ("node", "list"),
    "node-show": ("node", "show", "node-a"),
    "node-join-token": ("node", "join-token", "--node", "node-a", "--ttl", "15m"),
    "repo-sync": ("repo", "sync"),
    "repo-status": ("repo", "status"),
    "repo-log": ("repo", "log"),
    "repo-log-of-web": ("repo", "log", "--service", "web", "-n", "1"),
    "service-diff": ("service", "diff", "web"),
    "plugin-list": ("plugin", "list"),
    "token-create": ("token", "create", "--role", "node", "--node", "node-a"),
    "token-list": ("token", "list"),
    "token-revoke": ("token", "revoke", "2f0c9a3b7e52"),
    "user-add": ("user", "add", "eve", "--role", "operator", "--password-file", PASSWORD_FILE),
    "user-passwd": ("user", "passwd", "kim", "--password-file", PASSWORD_FILE),
    "user-list": ("user", "list"),
    "user-remove": ("user", "remove", "kim"),
    "web": ("web",),
    "deploy": ("deploy", "web", "--detach"),
    "deployment-cancel": ("deployment", "cancel", "d2", "--detach"),
    "deployment-pause": ("deployment", "pause", "d2"),
    "deployment-resume": ("deployment", "resume", "d2", "--detach"),
    "deployment-retry": ("deployment", "retry", "d1", "--detach"),
    "task-cancel": ("task", "cancel", "t3", "--detach"),
    "task-retry": ("task", "retry", "t2", "--detach"),
    "task-resolve": ("task", "resolve", "t2", "--as", "succeeded"),
    "node-drain": ("node", "drain", "node-a"),
    "node-pause": ("node", "pause", "node-a"),
    "doctor": ("doctor",),
    "schedule-list": ("schedule", "list"),
    "schedule-run": ("schedule", "run", "tidy"),
    "node-resume": ("node", "resume", "node-a"),
    "stats": ("stats",),
    "stats-web": ("stats", "web", "--node", "node-a"),
    "stats-since": ("stats", "web", "--since", "1h"),
    "node-stats": ("node", "stats"),
    "node-stats-since": ("node", "stats", "node-a", "--since", "2d"),
    "node-containers": ("node", "containers", "node-a"),
    "node-containers-unused": ("node", "containers", "node-a", "--unused"),
    "node-images": ("node", "images", "node-a"),
    "node-images-unused": ("node", "images", "node-a", "--unused"),
    "node-volumes": ("node", "volumes", "node-a"),
    "node-volumes-unused": ("node", "volumes", "node-a", "--unused"),
    "node-networks": ("node", "networks", "node-a"),
    "node-networks-unused": ("node", "networks", "node-a", "--unused"),
    "node-prune-dry-run": ("node", "prune", "node-a", "--unused-images", "--build-cache", "--dry-run"),
    "node-prune": ("node", "prune", "node-a", "--detach"),
}

NOT_PRINTED: dict[tuple[str, ...], str] = {
    ("server",): "runs",
    ("agent",): "runs",
    ("demo",): "runs",
    ("login",): "test_login.py",
    ("validate",): "test_validate.py",
    ("init",): "test_init.py",
    ("config", "example"): "test_command_line.py",
    ("config", "show"): "test_command_line.py",
    ("task", "logs"): "bytes, below",
    ("logs",): "test_logs.py",
    ("exec",): "bytes, test_exec.py",
    ("stop",): "as deploy does",
    ("start",): "as deploy does",
    ("restart",): "as deploy does",
    ("down",): "as deploy does",
}


def leaves(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that is no group, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("name", CASES)
def test_a_command_prints_what_is_written_down(name: str, form: str, composia: Run) -> None:
    result = composia(*CASES[name], "-o", form)

    assert result.exit_code == 0, result.output
    assert result.stdout == (GOLDEN / f"{name}.{'txt' if form == 'table' else 'json'}").read_text()


@pytest.mark.parametrize("why", [Unavailable("the agent is offline"), TimedOut("the agent did not say within 60 s")])
def test_the_containers_of_a_node_that_cannot_be_asked_come_without_sizes(
    composia: Run, server: FakeServer, why: ComposiaError
) -> None:
    server.sizes = why
    table, data = composia("node", "containers", "node-a"), composia("node", "containers", "node-a", "-o", "json")

    assert [line.split()[-1] for line in table.stdout.splitlines()] == ["SIZE", "?", "?"]
    assert [one["size_bytes"] for one in json.loads(data.stdout)["containers"]] == [None, None]


@pytest.mark.parametrize("name", CASES)
def test_yaml_says_the_same_as_json(name: str, composia: Run) -> None:
    data = json.loads((GOLDEN / f"{name}.json").read_text())

    assert yaml.safe_load(composia(*CASES[name], "-o", "yaml").stdout) == data


def test_every_command_that_prints_data_is_written_down() -> None:
    shown = {case[:2] for case in CASES.values()} | {case[:1] for case in CASES.values()}

    assert [path for path, _ in leaves() if path not in shown and path not in NOT_PRINTED] == []


def test_every_command_takes_o_but_those_that_run_or_print_a_file_or_bytes() -> None:
    without = {path for path, command in leaves() if "output" not in {p.name for p in command.params}}

    assert without == {("server",), ("agent",), ("demo",), ("config", "example"), ("task", "logs"), ("exec",)}


def test_every_command_shows_how_it_is_called() -> None:
    assert [
        path
        for path, command in leaves()
        if f"composia {' '.join(path)}" not in (command.help or "").partition("Example:")[2]
    ] == []


def test_colours_are_for_terminals_that_want_them(composia: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal = composia("status", color=True).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    not_wanted = composia("status", color=True).stdout

    assert "\x1b[32mrunning\x1b[0m" in on_a_terminal
    assert not_wanted == (GOLDEN / "status.txt").read_text()


@pytest.mark.parametrize(
    ("room", "last"), [(32, "  Greet all who come to us, warmly"), (16, "  Greet all who c…"), (15, "Z"), (-60, "Z")]
)
def test_a_terminal_shows_of_a_commits_message_what_it_has_room_for(
    room: int, last: str, composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = replace(sample.COMMIT, message="Greet all who come to us, warmly")
    server.deployments = tuple(replace(view, commit=commit) for view in sample.DEPLOYMENTS)
    elsewhere = composia("deployment", "list").stdout.splitlines()
    monkeypatch.setattr(output, "is_watched", lambda: True)
    monkeypatch.setenv("COLUMNS", str(len(elsewhere[1].removesuffix(commit.message)) + room))
    head, *rows = composia("deployment", "list").stdout.splitlines()

    assert all(line.endswith(f"Z  {commit.message}") for line in elsewhere[1:])
    assert all(line.endswith(last) for line in rows)
    assert head.endswith("CREATED" if last == "Z" else "MESSAGE")


def test_a_deployment_of_a_commit_that_is_not_at_hand_is_shown_without(composia: Run, server: FakeServer) -> None:
    server.deployments = tuple(replace(view, commit=None) for view in sample.DEPLOYMENTS)

    assert composia("deployment", "list").stdout.splitlines()[1].endswith("Z  -")
    assert composia("deployment", "show", "d1").stdout.splitlines()[1] == sample.HEAD[:12]
    assert json.loads(composia("deployment", "show", "d1", "-o", "json").stdout)["deployments"][0]["commit"] is None


def test_a_tasks_output_is_copied_byte_for_byte(composia: Run, server: FakeServer) -> None:
    result = composia("task", "logs", "-f", "t1")

    assert result.stdout_bytes == b"pulling\n\xff\xfe done\n"
    assert server.asked == [("t1", True, 0, 0)]


def test_the_output_of_one_attempt_is_that_alone(composia: Run, server: FakeServer) -> None:
    server.outputs_of_later_attempts = ((b"second\n",), (b"third\n",))

    assert composia("task", "logs", "--attempt", "2", "t1").stdout_bytes == b"second\n"
    assert server.asked == [("t1", False, 2, 0)]
    assert composia("task", "logs", "--attempt", "0", "t1").exit_code == 2


def test_a_list_of_services_says_aside_what_may_be_meant_as_one(composia: Run) -> None:
    result = composia("service", "list")

    assert (
        result.stderr == "old/composia-meta.yml: warning: this is not read\n  hint: rename it to composia-meta.yaml\n"
    )


@pytest.mark.parametrize("verb", ["status", "sync"])
def test_a_repository_that_could_not_be_synced_is_said_and_is_no_success(
    verb: str, composia: Run, server: FakeServer
) -> None:
    server.repository = replace(server.repository, error="the host does not answer", problems=())
    result = composia("repo", verb)

    assert (result.exit_code, result.stderr.splitlines()[-1]) == (1, "not synced: the host does not answer")


def test_what_others_say_steers_no_terminal(composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = "no disk\x1b[2J\x07"
    check = Check(name="disk", result=CheckResult.ERROR, text=evil, hint=evil)
    node = replace(sample.NODE_A, status=NodeStatus(problem=evil))
    monkeypatch.setattr(sample, "EXAMINATION", Examination(server=(check,)))
    monkeypatch.setattr(sample, "STATUS", replace(sample.STATUS, nodes=(node,)))
    monkeypatch.setattr(sample, "SCHEDULES", (replace(sample.SCHEDULES[0], reason=evil),))
    commit = replace(sample.COMMIT, author=evil, message=evil)
    server.deployments = (replace(sample.DEPLOYMENTS[0], commit=commit),)
    commands = ("doctor", "node show node-a", "schedule run nightly", "deployment list", "deployment show d1")

    printed = [composia(*command.split()).stdout for command in commands]

    assert [text.count("no disk\\x1b[2J\\x07") for text in printed] == [2, 1, 1, 1, 2]
    assert not any(sign in text for text in printed for sign in ("\x1b[2J", "\x07"))
