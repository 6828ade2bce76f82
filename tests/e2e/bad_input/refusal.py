"""A deploy that must fail, looked at from all sides."""

import json
from dataclasses import dataclass
from typing import Any

from composia.core.task import TaskError
from tests.e2e.api import ask
from tests.e2e.fleet import Fleet, sleeper


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """How a deploy failed: the error, the step that failed, if it came to one, and what the command line printed and ended
    with."""

    error: TaskError
    step: str
    task: str
    printed: str
    exit_code: int

    @property
    def told(self) -> tuple[str, str, str]:
        """Where, what, and what would be right."""
        return self.error.where, self.error.message, self.error.hint


def refused(fleet: Fleet, service: str) -> Refusal:
    """Deploy a service, which has to fail on its one node. The command line, `task show`, `deployment show` and the API
    say the same, whatever it is."""
    done = fleet.run("deploy", service)
    assert done.returncode not in (0, 2), done.stdout + done.stderr
    deployment, task = next(line for line in done.stdout.splitlines() if f"  {service}  " in line).split()[:2]
    found = ask(fleet, lambda server: server.get_task(task))
    assert found.error is not None
    parts = {f"error_{part}": getattr(found.error, part) for part in ("code", "where", "hint")}
    parts["error"] = str(found.error)
    for shown in (
        fleet.ask("task", "show", task),
        fleet.ask("deployment", "show", deployment)["deployments"][0]["tasks"][0],
    ):
        assert {key: shown[key] for key in parts} == parts
    assert f"{service}@node-a: {found.error}\n" in done.stdout
    assert not found.error.hint or f"  hint: {found.error.hint}\n" in done.stdout
    for ugly in ("Traceback", "goroutine", "[Errno"):
        assert ugly not in done.stdout + done.stderr + json.dumps(parts)
    failed = [step.name.value for step in found.steps if step.state == "failed"]
    assert len(failed) <= 1, found.steps
    return Refusal(
        error=found.error, step="".join(failed), task=task, printed=done.stdout + done.stderr, exit_code=done.returncode
    )


def refused_file(fleet: Fleet, service: str, compose: str, meta: str = "", **files: str) -> Refusal:
    """Commit a Compose file that has to fail."""
    fleet.write(service, compose, "node-a", meta=meta, **files)
    fleet.commit()
    return refused(fleet, service)


def left(fleet: Fleet, service: str) -> dict[str, str]:
    """The containers of a service, also those that do not run, with their states."""
    listed = fleet.engines["node-a"].docker(
        "ps", "--all", "--filter", f"label=com.docker.compose.project={service}", "--format", "{{.Names}} {{.State}}"
    )
    return dict(line.split() for line in listed.splitlines())


def comes_up(fleet: Fleet, service: str, image: str, extra: str = "") -> Any:
    """A good commit of the service, deployed: nothing is in its way."""
    fleet.write(service, sleeper(image, extra), "node-a")
    fleet.commit()
    (deployment,) = fleet.deploy(service)
    assert left(fleet, service) == {f"{service}-main-1": "running"}
    return deployment
