"""Following what was started: what is said, how to come back, and what the exit code is."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from composia.cli import copying, follow
from composia.core.deployment import DeploymentState
from composia.core.step import Step, StepName, StepState
from composia.core.task import TaskError, TaskKind, TaskState
from composia.errors import Conflict, Unavailable
from composia.plugins.api import DeployRequest, OperateRequest, OutputChunk, Skipped
from composia.plugins.watching import WatchEvent, WatchRequest, WatchTopic
from tests.cli.conftest import Run
from tests.cli.fake_server import FakeServer, FakeTransport, ended
from tests.cli.sample import DEPLOYMENTS, DONE, RUNNING, WAITING

VIEW = DEPLOYMENTS[1]
WEB = replace(VIEW, tasks=(replace(RUNNING, steps=()),), refusals=())
UP = Step(name=StepName.UP, state=StepState.RUNNING)


@pytest.fixture
def server() -> FakeServer:
    return FakeServer(deployments=(WEB,))


def succeeded() -> WatchEvent:
    return ended(WEB, DeploymentState.SUCCEEDED, replace(RUNNING, state=TaskState.SUCCEEDED, steps=()))


def say_at_once(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Have it said at once what is waited for; the event is set each time that it was."""
    said, say = asyncio.Event(), follow.Progress.say_what_is_waited_for

    def say_and_tell(progress: follow.Progress) -> None:
        say(progress)
        said.set()

    monkeypatch.setattr(follow, "QUIET_S", 0.01)
    monkeypatch.setattr(follow.Progress, "say_what_is_waited_for", say_and_tell)
    return said


@pytest.mark.parametrize(
    ("state", "task", "code", "exit_code"),
    [
        (DeploymentState.SUCCEEDED, TaskState.SUCCEEDED, "", 0),
        (DeploymentState.SUPERSEDED, TaskState.SUPERSEDED, "", 0),
        (DeploymentState.FAILED, TaskState.FAILED, "not_possible", 1),
        (DeploymentState.CANCELLED, TaskState.CANCELLED, "cancelled", 1),
        (DeploymentState.PAUSED, TaskState.FAILED, "not_possible", 1),
        (DeploymentState.ROLLED_BACK, TaskState.FAILED, "not_possible", 3),
        (DeploymentState.FAILED, TaskState.FAILED, "timed_out", 4),
        (DeploymentState.FAILED, TaskState.FAILED, "conflict", 5),
    ],
)
def test_the_exit_code_says_how_it_ended(
    state: DeploymentState, task: TaskState, code: str, exit_code: int, composia: Run, server: FakeServer
) -> None:
    error = TaskError(code=code, message="no") if code else None
    server.events = [ended(WEB, state, replace(RUNNING, state=task, error=error))]

    assert composia("deploy", "web").exit_code == exit_code
    assert server.open == 0


def test_what_was_superseded_makes_no_conflict_of_what_failed(composia: Run, server: FakeServer) -> None:
    failed = replace(RUNNING, state=TaskState.FAILED, error=TaskError(code="not_possible", message="no"))
    by = TaskError(code="conflict", message="superseded by d9")
    superseded = replace(RUNNING, id="t9", node="node-b", state=TaskState.SUPERSEDED, error=by)
    server.events = [ended(WEB, DeploymentState.FAILED, failed, superseded)]

    assert composia("deploy", "web").exit_code == 1


def test_an_error_of_the_server_has_an_exit_code_too(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_request: DeployRequest) -> None:
        raise Conflict("this request was made before, for something else")

    monkeypatch.setattr(server, "deploy", refuse)
    result = composia("deploy", "web")

    assert (result.exit_code, result.stderr) == (5, "composia: this request was made before, for something else\n")


def test_what_has_been_followed_to_its_end_is_still_that_of_its_commit(composia: Run, server: FakeServer) -> None:
    server.events = [succeeded()]
    (deployed,) = json.loads(composia("deploy", "web", "-o", "json").stdout)["deployments"]

    assert (deployed["state"], deployed["commit"]["message"]) == ("succeeded", "Greet")


def test_each_step_is_said_once_when_it_has_ended(composia: Run, server: FakeServer) -> None:
    done = replace(RUNNING, steps=(replace(UP, state=StepState.SUCCEEDED, duration_ms=1234),))
    server.events = [
        WatchEvent(cursor="e:1", snapshot=True, tasks=(replace(RUNNING, steps=(UP,)),)),
        WatchEvent(cursor="e:2", tasks=(done,)),
        WatchEvent(cursor="e:3", tasks=(done,)),
        WatchEvent(cursor="e:4", tasks=(replace(DONE, deployment="another", steps=done.steps),)),
        ended(WEB, DeploymentState.SUCCEEDED, replace(done, state=TaskState.SUCCEEDED)),
    ]
    result = composia("deploy", "web")

    assert result.stderr.splitlines() == ["web@node-a  up succeeded 1.2s", "web@node-a  succeeded"]
    assert result.stdout == (
        "DEPLOYMENT  TASK  KIND    SERVICE  NODE    STATE      REVISION\n"
        "d2          t3    deploy  web      node-a  succeeded  4f1c4f1c4f1c\n"
    )


def test_a_try_that_is_made_again_says_why(composia: Run, server: FakeServer) -> None:
    again = replace(RUNNING, state=TaskState.PENDING, error=TaskError(code="lost", message="the agent went away"))
    server.events = [WatchEvent(cursor="e:1", tasks=(again,)), succeeded()]

    assert composia("deploy", "web").stderr.splitlines() == [
        "web@node-a  try 1 ended: the agent went away",
        "web@node-a  succeeded",
    ]


def test_while_nothing_comes_it_says_what_is_being_waited_for(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = say_at_once(monkeypatch)
    cut_short = replace(WAITING, attempt=1, steps=(UP,))
    server.deployments = (replace(VIEW, tasks=(RUNNING, replace(WAITING, waiting="")), refusals=()),)

    async def watch(_request: WatchRequest) -> AsyncIterator[WatchEvent]:
        yield WatchEvent(cursor="e:1", tasks=(cut_short,))
        await said.wait()
        yield ended(VIEW, DeploymentState.SUCCEEDED, replace(RUNNING, state=TaskState.SUCCEEDED, steps=()))

    monkeypatch.setattr(server, "watch", watch)

    assert composia("deploy", "web").stderr.splitlines() == [
        "web@node-a  pull …",
        "web@node-b  waiting: node-b offline",
        "web@node-a  succeeded",
    ]


def test_a_server_that_goes_away_for_a_while_is_waited_for_and_nothing_is_missed(
    composia: Run, server: FakeServer
) -> None:
    server.events = [WatchEvent(cursor="e:7"), Unavailable("the server is stopping"), succeeded()]

    assert composia("deploy", "web").exit_code == 0
    assert [asked for asked in server.asked if isinstance(asked, WatchRequest)] == [
        WatchRequest(cursor="", topics=(WatchTopic.WORK,), deployments=("d2",)),
        WatchRequest(cursor="e:7", topics=(WatchTopic.WORK,), deployments=("d2",)),
    ]


def test_a_server_that_was_started_anew_is_found_again_and_nothing_is_said_twice(
    composia: Run, server: FakeServer, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "AGAIN_S", 0.0)
    transport.away = 3
    pulled = replace(RUNNING, steps=(replace(UP, state=StepState.SUCCEEDED, duration_ms=1000),))
    seen = WatchEvent(cursor="e:7", tasks=(pulled,))
    anew = WatchEvent(cursor="f:1", snapshot=True, deployments=(WEB.deployment,), tasks=(pulled,))
    server.events = [seen, Unavailable("the server is stopping"), anew, succeeded()]

    result = composia("deploy", "web")

    assert (result.exit_code, transport.away) == (0, 0)
    assert result.stderr.splitlines() == ["web@node-a  up succeeded 1.0s", "web@node-a  succeeded"]


def test_a_wait_that_is_counted_down_is_said_once(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = say_at_once(monkeypatch)
    waits = [replace(WAITING, attempt=1, waiting=f"try 2 in {seconds} s") for seconds in (4, 3, 2)]

    async def watch(_request: WatchRequest) -> AsyncIterator[WatchEvent]:
        for number, wait in enumerate(waits, 1):
            said.clear()
            yield WatchEvent(cursor=f"e:{number}", tasks=(wait,))
            await said.wait()
        yield ended(VIEW, DeploymentState.SUCCEEDED, replace(RUNNING, state=TaskState.SUCCEEDED, steps=()))

    monkeypatch.setattr(server, "watch", watch)

    lines = composia("deploy", "web").stderr.splitlines()
    assert [line for line in lines if "node-b" in line] == ["web@node-b  waiting: try 2 in 4 s"]


def test_a_server_that_stays_away_ends_the_following_and_says_how_to_come_back(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "PATIENCE_S", 0.0)
    server.events = [Unavailable("no answer")]
    result = composia("deploy", "web")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "",
        "detached, it goes on; come back with: composia deployment show d2",
        "composia: no answer",
    ]


def test_ctrl_c_detaches_and_says_how_to_come_back(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def watch(_request: WatchRequest) -> AsyncIterator[WatchEvent]:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()
        yield succeeded()

    monkeypatch.setattr(server, "watch", watch)
    result = composia("deploy", "web", "-o", "json")

    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == "\ndetached, it goes on; come back with: composia deployment show d2\n"
    assert server.open == 0


def test_what_was_left_alone_and_where_it_does_not_go_is_said(composia: Run, server: FakeServer) -> None:
    server.deployments = (VIEW,)
    server.skipped = (Skipped(service="api", reason="stopped on node-a"),)
    result = composia("deploy", "--all", "--detach", "-o", "json")

    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "api: left alone, stopped on node-a",
        "web: not on node-c, not in nodes",
    ]
    assert json.loads(result.stdout)["skipped"] == [{"service": "api", "reason": "stopped on node-a"}]


def test_nothing_to_do_is_no_failure(composia: Run, server: FakeServer) -> None:
    server.deployments = ()
    result = composia("deploy", "--changed")

    assert (result.exit_code, result.stdout) == (0, "nothing to do\n")


def test_a_deploy_asks_for_what_its_flags_say(composia: Run, server: FakeServer) -> None:
    flags = ("--revision", "v1", "--node", "a", "--node", "b", "--pull", "--overwrite-edits")
    composia("deploy", "web", "api", *flags, "--detach")
    (request,) = server.asked

    assert isinstance(request, DeployRequest)
    assert len(request.request_id) == 32
    assert request == DeployRequest(
        request_id=request.request_id,
        services=("web", "api"),
        revision="v1",
        nodes=("a", "b"),
        pull=True,
        overwrite_edits=True,
    )


def test_a_move_is_asked_for_by_name(composia: Run, server: FakeServer) -> None:
    composia("deploy", "web", "api", "--move", "--pull", "--detach")
    (request,) = server.asked

    assert isinstance(request, DeployRequest)
    assert (request.services, request.nodes, request.move, request.pull) == (("web", "api"), (), True, True)


@pytest.mark.parametrize(
    "arguments", [("--all",), ("--changed",), ("web", "--node", "node-a"), ("--all", "--node", "node-a")]
)
def test_a_move_of_what_is_not_named_or_to_a_node_is_a_usage_error_and_nothing_is_asked(
    arguments: tuple[str, ...], composia: Run, server: FakeServer
) -> None:
    result = composia("deploy", "--move", *arguments, "--detach")

    assert result.exit_code == 2
    assert "--move goes with names, and without --node: it chooses the nodes itself" in result.stderr
    assert server.asked == []


@pytest.mark.parametrize(
    ("arguments", "kind", "volumes"),
    [
        (("stop", "web"), TaskKind.STOP, False),
        (("start", "web"), TaskKind.START, False),
        (("restart", "web"), TaskKind.RESTART, False),
        (("down", "web"), TaskKind.DOWN, False),
        (("down", "web", "--volumes"), TaskKind.DOWN, True),
    ],
)
def test_an_operation_asks_for_its_kind(
    arguments: tuple[str, ...], kind: TaskKind, volumes: bool, composia: Run, server: FakeServer
) -> None:
    server.events = [succeeded()]
    result = composia(*arguments, "--node", "node-a")
    request = server.asked[0]

    assert result.exit_code == 0
    assert isinstance(request, OperateRequest)
    assert request == OperateRequest(
        request_id=request.request_id, kind=kind, service="web", nodes=("node-a",), remove_volumes=volumes
    )


def test_who_follows_output_goes_on_from_the_last_byte_when_the_server_is_back(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(copying, "AGAIN_S", 0.0)

    async def task_output(task: str, *, follow: bool, attempt: int, offset: int) -> AsyncIterator[OutputChunk]:
        asked.append((attempt, offset))
        if len(asked) == 1:
            yield OutputChunk(attempt=1, offset=0, data=b"one ")
            yield OutputChunk(attempt=2, offset=0, data=b"two ")
        if len(asked) < 3:
            raise Unavailable("the server is stopping")
        yield OutputChunk(attempt=2, offset=4, data=b"three")

    monkeypatch.setattr(server, "task_output", task_output)
    result = composia("task", "logs", "-f", "t1")

    assert (result.exit_code, result.stdout) == (0, "one two three")
    assert asked == [(0, 0), (2, 4), (2, 4)]


def test_a_server_that_was_back_may_go_away_again_although_the_output_is_quiet(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no patience at all, and each connection as good as one that lasted."""
    asked: list[int] = []
    monkeypatch.setattr(copying, "AGAIN_S", 0.0)
    monkeypatch.setattr(copying, "PATIENCE_S", 0.0)
    monkeypatch.setattr(copying, "DIAL_S", 0.0)

    async def task_output(task: str, *, follow: bool, attempt: int, offset: int) -> AsyncIterator[OutputChunk]:
        asked.append(offset)
        if len(asked) < 4:
            raise Unavailable("the server is stopping")
        yield OutputChunk(attempt=1, offset=0, data=b"done")

    monkeypatch.setattr(server, "task_output", task_output)
    result = composia("task", "logs", "-f", "t1")
    assert (result.exit_code, result.stdout) == (0, "done")

    asked.clear()
    monkeypatch.setattr(copying, "DIAL_S", 3600.0)
    assert composia("task", "logs", "-f", "t1").exit_code == 1
    assert asked == [0, 0]


def test_who_does_not_follow_output_is_told_that_the_server_is_gone(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def task_output(task: str, *, follow: bool, attempt: int, offset: int) -> AsyncIterator[OutputChunk]:
        yield OutputChunk(attempt=1, offset=0, data=b"half")
        raise Unavailable("the server is stopping")

    monkeypatch.setattr(server, "task_output", task_output)
    result = composia("task", "logs", "t1")

    assert (result.exit_code, result.stdout) == (1, "half")
    assert "the server is stopping" in result.stderr
