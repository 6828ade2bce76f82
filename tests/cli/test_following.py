"""What a followed deployment says, and what its exit code is."""

import json
from dataclasses import replace

import click
import pytest

from composia.cli.follow import Progress
from composia.cli.started import finish
from composia.core.deployment import Deployment, DeploymentState
from composia.core.task import Order, Step, StepName, StepState, Task, TaskError, TaskKind, TaskState
from composia.plugins.api import DeploymentView, Skipped, Started, WatchEvent

DEPLOYMENT = Deployment(id="d1", sequence=1, request_id="r", kind=TaskKind.DEPLOY, service="web", revision="4f1c" * 10)
TASK = Task(
    id="t1",
    sequence=1,
    deployment="d1",
    service="web",
    node="node-a",
    order=Order(kind=TaskKind.DEPLOY, service="web", project="web", revision="4f1c" * 10),
)


def ended(state: DeploymentState, task: TaskState, error: TaskError | None = None) -> Started:
    view = DeploymentView(
        deployment=replace(DEPLOYMENT, state=state), tasks=(replace(TASK, state=task, attempt=1, error=error),)
    )
    return Started(deployments=(view,))


def exit_code(answer: Started, monkeypatch: pytest.MonkeyPatch) -> int:
    progress = Progress(
        deployments={v.deployment.id: v.deployment for v in answer.deployments},
        tasks={t.id: t for v in answer.deployments for t in v.tasks},
    )
    monkeypatch.setattr("composia.cli.started.load_profile", lambda: None)
    monkeypatch.setattr("composia.cli.started.follow", lambda _profile, _views: progress)
    with pytest.raises(click.exceptions.Exit) as caught:
        finish(answer, "table", detach=False)
    return caught.value.exit_code


@pytest.mark.parametrize(
    ("state", "task", "error", "code"),
    [
        (DeploymentState.SUCCEEDED, TaskState.SUCCEEDED, None, 0),
        (DeploymentState.FAILED, TaskState.FAILED, TaskError(code="not_possible", message="no"), 1),
        (DeploymentState.CANCELLED, TaskState.CANCELLED, None, 1),
        (DeploymentState.PAUSED, TaskState.FAILED, TaskError(code="not_possible", message="no"), 1),
        (DeploymentState.ROLLED_BACK, TaskState.FAILED, None, 3),
        (DeploymentState.FAILED, TaskState.FAILED, TaskError(code="timed_out", message="no"), 4),
        (DeploymentState.FAILED, TaskState.FAILED, TaskError(code="conflict", message="no"), 5),
    ],
)
def test_the_exit_code_says_how_it_ended(
    state: DeploymentState,
    task: TaskState,
    error: TaskError | None,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert exit_code(ended(state, task, error), monkeypatch) == code


def test_each_step_is_said_once_when_it_has_ended(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(deployments={"d1": DEPLOYMENT}, tasks={})
    running = replace(
        TASK, state=TaskState.RUNNING, attempt=1, steps=(Step(name=StepName.UP, state=StepState.RUNNING),)
    )
    done = replace(running, steps=(Step(name=StepName.UP, state=StepState.SUCCEEDED, duration_ms=1234),))
    end = replace(done, state=TaskState.SUCCEEDED)
    for task in (running, done, done, end, end):
        progress.take(WatchEvent(cursor="c", tasks=(task,)))

    assert click.unstyle(capsys.readouterr().err).splitlines() == [
        "web@node-a  up succeeded 1.2s",
        "web@node-a  succeeded",
    ]


def test_it_is_over_when_every_deployment_has_ended_or_is_paused() -> None:
    progress = Progress(deployments={"d1": DEPLOYMENT, "d2": replace(DEPLOYMENT, id="d2")}, tasks={})
    before = progress.over
    progress.take(WatchEvent(cursor="c", deployments=(replace(DEPLOYMENT, state=DeploymentState.SUCCEEDED),)))
    half = progress.over
    paused = replace(DEPLOYMENT, id="d2", state=DeploymentState.PAUSED)
    progress.take(WatchEvent(cursor="c", deployments=(paused,)))

    assert [before, half, progress.over] == [False, False, True]


def test_a_detached_deploy_prints_the_documented_shape(capsys: pytest.CaptureFixture[str]) -> None:
    answer = replace(
        ended(DeploymentState.PENDING, TaskState.PENDING), skipped=(Skipped(service="api", reason="stopped on a"),)
    )

    finish(answer, "json", detach=True)

    out, err = capsys.readouterr()
    data = json.loads(out)
    assert err == "api: left alone, stopped on a\n"
    assert {key: data["deployments"][0][key] for key in ("id", "service", "revision", "state")} == {
        "id": "d1",
        "service": "web",
        "revision": "4f1c" * 10,
        "state": "pending",
    }
    assert data["deployments"][0]["tasks"] == [
        {"id": "t1", "node": "node-a", "state": "pending", "attempt": 1, "waiting": None, "error": None}
    ]
    assert data["skipped"] == [{"service": "api", "reason": "stopped on a"}]
