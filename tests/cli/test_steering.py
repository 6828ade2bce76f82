"""Cancel, pause, resume, retry, resolve and prune: what is asked, what is said, and the exit code."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import pytest
from click.testing import CliRunner

from composia.cli.main import main
from composia.cli.times import span
from composia.core.deployment import DeploymentState
from composia.core.task import PruneTarget, Task, TaskError, TaskKind, TaskState
from composia.plugins.api import PruneRequest, RetryRequest
from composia.plugins.queue import TaskFilter
from composia.plugins.watching import WatchEvent, WatchRequest
from tests.cli.conftest import Run
from tests.cli.fake_server import FakeServer, ended
from tests.cli.sample import DEPLOYMENTS, RUNNING, WAITING

VIEW = replace(DEPLOYMENTS[1], refusals=())
LEFT = TaskError(code="cancelled", message="ended during up; left: web-main-1 running (new)")
CANCELLED = replace(RUNNING, state=TaskState.CANCELLED, error=LEFT)
NEVER = replace(WAITING, state=TaskState.CANCELLED, waiting="")

SUPERSEDED = TaskState.SUPERSEDED


@pytest.fixture
def server() -> FakeServer:
    return FakeServer(deployments=(VIEW,))


def test_a_cancel_is_followed_until_it_is_so_and_says_what_was_left(composia: Run, server: FakeServer) -> None:
    server.events = [ended(VIEW, DeploymentState.CANCELLED, CANCELLED, NEVER)]

    result = composia("deployment", "cancel", "d2")

    assert server.asked[0] == ("cancel", "d2")
    assert result.exit_code == 0, result.stderr
    assert "web@node-a: ended during up; left: web-main-1 running (new)" in result.stdout
    assert result.stderr.splitlines() == ["web@node-a  cancelled", "web@node-b  cancelled"]


def test_what_had_ended_before_it_could_be_cancelled_is_said_and_is_no_success(
    composia: Run, server: FakeServer
) -> None:
    done = replace(RUNNING, state=TaskState.SUCCEEDED, steps=())
    server.events = [ended(VIEW, DeploymentState.SUCCEEDED, done, replace(WAITING, state=TaskState.SUCCEEDED))]

    result = composia("deployment", "cancel", "d2")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-3:] == [
        "t3 had succeeded before it could be cancelled",
        "t4 had succeeded before it could be cancelled",
        "d2 is succeeded, not cancelled",
    ]


def test_what_was_superseded_was_not_cancelled(composia: Run, server: FakeServer) -> None:
    server.events = [ended(VIEW, DeploymentState.SUPERSEDED, *(replace(t, state=SUPERSEDED) for t in VIEW.tasks))]

    result = composia("deployment", "cancel", "d2")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-2:] == [
        "t4 was superseded before it could be cancelled",
        "d2 is superseded, not cancelled",
    ]


def test_a_node_that_was_done_before_the_cancel_is_said_and_the_deployment_is_cancelled(
    composia: Run, server: FakeServer
) -> None:
    done = replace(RUNNING, state=TaskState.SUCCEEDED, steps=())
    server.events = [ended(VIEW, DeploymentState.CANCELLED, done, NEVER)]

    result = composia("deployment", "cancel", "d2")

    assert result.exit_code == 0
    assert result.stderr.splitlines()[-1] == "t3 had succeeded before it could be cancelled"


@pytest.mark.parametrize("verb", ["cancel", "pause", "resume", "retry"])
def test_one_that_is_refused_is_said_and_does_not_keep_the_others_from_it(
    verb: str, composia: Run, server: FakeServer
) -> None:
    server.deployments = DEPLOYMENTS
    server.refused = ("d1",)
    detach = () if verb == "pause" else ("--detach",)

    some = composia("deployment", verb, "d1", "d2", "-o", "json", *detach)
    none = composia("deployment", verb, "d1", *detach)

    assert (some.exit_code, none.exit_code) == (1, 1)
    assert json.loads(some.stderr.splitlines()[0])["message"] == "it is failed"
    assert [view["id"] for view in json.loads(some.stdout)["deployments"]][-1:] == ["d2"]
    assert (none.stdout, none.stderr) == ("", "composia: deployment d1: it is failed\n")


def test_several_retries_are_several_requests(composia: Run, server: FakeServer) -> None:
    server.deployments = DEPLOYMENTS
    assert composia("deployment", "retry", "d1", "d2", "d1", "--detach").exit_code == 0

    requests = [asked for asked in server.asked if isinstance(asked, RetryRequest)]
    assert [request.deployment for request in requests] == ["d1", "d2"]
    assert len({request.request_id for request in requests}) == 2


def test_one_task_is_followed_to_its_end_whatever_the_others_do(composia: Run, server: FakeServer) -> None:
    asked_for = replace(RUNNING, cancel_requested=True)
    other = replace(WAITING, state=TaskState.FAILED)
    server.events = [WatchEvent(cursor="e:1", tasks=(asked_for, other)), WatchEvent(cursor="e:2", tasks=(CANCELLED,))]

    result = composia("task", "cancel", "t3")

    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[0] == "t3  deploy web on node-a  cancelled  attempt 1"
    assert result.stderr.splitlines() == ["web@node-a  a cancel was asked for", "web@node-a  cancelled"]


def test_a_task_that_had_succeeded_before_is_no_success_of_its_cancel(composia: Run, server: FakeServer) -> None:
    server.events = [WatchEvent(cursor="e:1", tasks=(replace(RUNNING, state=TaskState.SUCCEEDED),))]

    result = composia("task", "cancel", "t3")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "t3 had succeeded before it could be cancelled"


def test_ctrl_c_does_not_take_a_cancel_back_and_says_how_to_see_its_end(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def watch(_request: WatchRequest) -> AsyncIterator[WatchEvent]:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()
        yield WatchEvent(cursor="e:1")

    monkeypatch.setattr(server, "watch", watch)
    result = composia("task", "cancel", "t3")

    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == "\ndetached, the cancel goes on; come back with: composia task show t3\n"


def test_a_task_whose_end_was_asked_for_shows_it(composia: Run, server: FakeServer) -> None:
    server.deployments = (replace(VIEW, tasks=(replace(RUNNING, cancel_requested=True),)),)

    assert "a cancel was asked for: its agent ends it" in composia("task", "show", "t3").stdout


def test_a_cancel_of_whose_agent_nothing_was_heard_says_what_a_person_can_do(composia: Run, server: FakeServer) -> None:
    server.events = [WatchEvent(cursor="e:1", tasks=(replace(RUNNING, state=TaskState.LOST),))]

    result = composia("task", "cancel", "t3")

    assert result.exit_code == 1
    assert "  composia task resolve t3 --as succeeded|failed" in result.stderr


def test_a_pause_is_not_followed_and_what_runs_goes_on(composia: Run, server: FakeServer) -> None:
    assert composia("deployment", "pause", "d2").exit_code == 0
    assert server.asked == [("pause", "d2")]


def test_a_paused_deployment_is_followed_while_something_of_it_runs(composia: Run, server: FakeServer) -> None:
    server.deployments = (
        replace(VIEW, deployment=replace(VIEW.deployment, state=DeploymentState.PAUSED, reason="paused by ada")),
    )
    server.events = [WatchEvent(cursor="e:1", tasks=(replace(RUNNING, state=TaskState.SUCCEEDED, steps=()),))]

    result = composia("deployment", "resume", "d2")

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "web@node-a  succeeded",
        "d2 is paused: paused by ada",
        "  composia deployment resume d2   go on with the nodes that are left",
        "  composia deployment retry d2    do it all again but what has succeeded",
        "  composia deployment cancel d2   leave it at that",
    ]


def test_a_retry_has_an_id_of_its_own_each_time_and_is_followed(composia: Run, server: FakeServer) -> None:
    asked: list[RetryRequest] = []
    for words in (("deployment", "retry", "d2"), ("task", "retry", "t3")):
        server.events = [ended(VIEW, DeploymentState.SUCCEEDED, replace(RUNNING, state=TaskState.SUCCEEDED))]
        assert composia(*words).exit_code == 0
        asked += [request for request in server.asked if isinstance(request, RetryRequest)][-1:]
    assert [(request.deployment, request.task) for request in asked] == [("d2", ""), ("", "t3")]
    assert asked[0].request_id != asked[1].request_id


def test_a_lost_task_says_what_a_person_can_do(composia: Run, server: FakeServer) -> None:
    silent = TaskError(code="unavailable", message="node-a was not heard from")
    lost = replace(RUNNING, state=TaskState.LOST, error=silent)
    server.events = [ended(VIEW, DeploymentState.PAUSED, lost, replace(WAITING, state=TaskState.SUCCEEDED))]

    result = composia("deploy", "web")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-3:] == [
        "t3 is lost, nobody knows how it ended; say it, or have it done again:",
        "  composia task resolve t3 --as succeeded|failed",
        "  composia task retry t3",
    ]


def test_a_lost_task_is_resolved_as_a_person_says(composia: Run, server: FakeServer) -> None:
    assert composia("task", "resolve", "t3", "--as", "failed").exit_code == 0
    assert server.asked == [("resolve", "t3", TaskState.FAILED)]
    assert composia("task", "resolve", "t3", "--as", "lost").exit_code == 2
    assert composia("task", "resolve", "t3").exit_code == 2


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((), (PruneTarget.DANGLING_IMAGES,)),
        (("--unused-images",), (PruneTarget.UNUSED_IMAGES,)),
        (("--build-cache",), (PruneTarget.DANGLING_IMAGES, PruneTarget.BUILD_CACHE)),
    ],
)
def test_a_prune_asks_for_what_was_said(
    words: tuple[str, ...], what: tuple[PruneTarget, ...], composia: Run, server: FakeServer
) -> None:
    assert composia("node", "prune", "node-a", "--detach", *words).exit_code == 0
    (request,) = server.asked
    assert isinstance(request, PruneRequest)
    assert (request.node, request.what) == ("node-a", what)


def filtered(composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch, *words: str) -> TaskFilter:
    """What a list of tasks is asked with."""
    asked: list[TaskFilter] = []
    real = server.list_tasks

    async def list_tasks(which: TaskFilter, limit: int, after: str) -> object:
        asked.append(which)
        return await real(which, limit, after)

    monkeypatch.setattr(server, "list_tasks", list_tasks)
    assert composia("task", "list", *words).exit_code == 0
    return asked[0]


def test_tasks_are_listed_by_service_node_state_kind_and_time(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "--service web --node node-a --state failed --state lost --kind deploy --until 2026-11-01T10:00+02:00"
    which = filtered(composia, server, monkeypatch, *words.split())

    assert which == TaskFilter(
        services=("web",),
        nodes=("node-a",),
        states=(TaskState.FAILED, TaskState.LOST),
        kinds=(TaskKind.DEPLOY,),
        until_ms=round(datetime.fromisoformat("2026-11-01T08:00+00:00").timestamp() * 1000),
    )


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("2h", 7200), ("1.5d", 129_600)])
def test_how_long_ago_counts_back_from_now(
    text: str, seconds: float, composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = time.time()
    since_ms = filtered(composia, server, monkeypatch, "--since", text).since_ms

    assert before - seconds - 0.001 <= since_ms / 1000 <= time.time() - seconds + 0.001


@pytest.mark.parametrize(("text", "milliseconds"), [("999999999d", 1), ("1950-01-01T00:00Z", 1)])
def test_a_time_before_all_times_is_still_a_limit(
    text: str, milliseconds: int, composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert filtered(composia, server, monkeypatch, "--until", text).until_ms == milliseconds


@pytest.mark.parametrize(
    ("seconds", "text"), [(90, "90s"), (600, "10m"), (7200, "2h"), (86_400, "1d"), (0.5, "0.5s"), (0, "0s")]
)
def test_a_span_is_said_in_the_largest_unit_that_says_it_exactly(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize("text", ["yesterday", "2x", "-2h", "2026-13-01", "", "9" * 400 + "d"])
def test_what_is_no_time_is_a_usage_error_that_says_what_would_be_right(text: str) -> None:
    result = CliRunner().invoke(main, ["task", "list", f"--since={text}"])

    assert result.exit_code == 2
    assert "is no time; write how long ago, as 2h or 3d, or when, as 2026-11-01T10:00" in result.output


def test_what_was_to_be_known_before_a_deployment_went_on_is_shown_later_too(composia: Run, server: FakeServer) -> None:
    note = "moves to node-b; once it is healthy there, it is taken down on node-a"
    server.deployments = (replace(VIEW, deployment=replace(VIEW.deployment, notes=(note,))),)

    assert note in composia("deployment", "show", "d2").stdout.splitlines()
    assert json.loads(composia("deployment", "show", "d2", "-o", "json").stdout)["deployments"][0]["notes"] == [note]
    assert f"web: {note}" in composia("deploy", "web", "--detach").stderr.splitlines()


def test_a_superseded_task_says_by_what(composia: Run, server: FakeServer) -> None:
    by: Task = replace(
        WAITING, state=TaskState.SUPERSEDED, error=TaskError(code="conflict", message="superseded by d9"), waiting=""
    )
    server.events = [ended(VIEW, DeploymentState.SUPERSEDED, replace(RUNNING, state=TaskState.SUCCEEDED, steps=()), by)]

    assert "web@node-b  superseded by d9" in composia("deploy", "web").stderr
