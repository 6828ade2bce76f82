"""From the commit to the container and back to the screen, on two nodes with real engines."""

import os
import signal
import time

import pytest

from tests.e2e.fleet import Fleet, sleeper, wait_until
from tests.e2e.testbed.engine import Engine

pytestmark = pytest.mark.engine

MARK = f"{os.getpid():x}"


@pytest.fixture
def fleet(fleet: Fleet, engine_b: Engine) -> Fleet:
    """Two nodes."""
    fleet.start_agent("node-b", engine_b)
    return fleet


def service(name: str) -> str:
    """A service's name that no other test session on this machine has."""
    return f"{name}-{MARK}"


def test_a_commit_becomes_running_containers_on_its_nodes_and_only_what_changed_is_touched(
    fleet: Fleet, image: str
) -> None:
    web, api, both = service("web"), service("api"), service("both")
    fleet.write(web, sleeper(image), "node-a")
    fleet.write(api, sleeper(image), "node-b")
    fleet.write(both, sleeper(image), "node-a", "node-b")
    first = fleet.commit()

    deployed = fleet.deploy("--all")

    assert {d["service"]: (d["state"], d["revision"], len(d["tasks"])) for d in deployed} == {
        web: ("succeeded", first, 1),
        api: ("succeeded", first, 1),
        both: ("succeeded", first, 2),
    }
    for name, node in ((web, "node-a"), (api, "node-b"), (both, "node-a"), (both, "node-b")):
        shown = fleet.wait_for_state(name, node, "running")
        assert shown["revision"] == first
        assert [c["state"] for c in shown["containers"]] == ["running"]
    before = fleet.containers("node-a", web, both) | fleet.containers("node-b", api, both)

    fleet.write(web, sleeper(image, "    environment: {GREETING: hello}\n"), "node-a")
    second = fleet.commit()
    changed = fleet.deploy("--changed")

    after = fleet.containers("node-a", web, both) | fleet.containers("node-b", api, both)
    assert [(d["service"], d["revision"]) for d in changed] == [(web, second)]
    assert {name for name in before if before[name] != after[name]} == {f"{web}-main-1"}
    assert fleet.deploy("--changed") == []


def test_stop_start_restart_and_down(fleet: Fleet, image: str) -> None:
    web = service("web")
    fleet.write(web, sleeper(image, "    volumes: ['kept:/kept']\nvolumes: {kept: {}}\n"), "node-a")
    fleet.commit()
    fleet.deploy(web)
    first = fleet.containers("node-a", web)

    fleet.cli("stop", web)
    assert fleet.containers("node-a", web) == {}
    fleet.wait_for_state(web, "node-a", "stopped")
    fleet.cli("start", web)
    assert fleet.containers("node-a", web) == first
    started = fleet.engines["node-a"].inspect(f"{web}-main-1", "{{.State.StartedAt}}")
    fleet.cli("restart", web, "--node", "node-a")
    assert fleet.engines["node-a"].inspect(f"{web}-main-1", "{{.State.StartedAt}}") != started
    fleet.cli("down", web)

    assert fleet.containers("node-a", web) == {}
    assert f"{web}_kept" in fleet.engines["node-a"].docker("volume", "ls", "-q")
    fleet.wait_for_state(web, "node-a", "stopped")
    fleet.cli("down", web, "--volumes")
    assert f"{web}_kept" not in fleet.engines["node-a"].docker("volume", "ls", "-q")


@pytest.mark.timeout(900)
def test_data_and_inodes_survive_twenty_deploys_that_change_the_bundle(fleet: Fleet, image: str) -> None:
    web = service("web")
    extra = "    volumes: ['./data:/data', './single.conf:/etc/single.conf']\n"
    fleet.write(web, sleeper(image, extra), "node-a", single_dot_conf="0\n", data__seed="from Git\n")
    fleet.commit()
    fleet.deploy(web)
    workspace = fleet.workspace("node-a", web)
    inode = (workspace / "single.conf").stat().st_ino
    written: dict[str, str] = {}

    for turn in range(20):
        written[f"kept-{turn}"] = f"turn {turn}"
        container = f"{web}-main-1"
        fleet.engines["node-a"].docker("exec", container, "sh", "-c", f"printf 'turn {turn}' > /data/kept-{turn}")
        directory = fleet.repo / web
        match turn % 4:
            case 0:
                (directory / "single.conf").write_text(f"{turn}\n")
            case 1:
                (directory / f"added-{turn}").write_text("new\n")
            case 2:
                (directory / f"added-{turn - 1}").rename(directory / f"renamed-{turn}")
            case 3:
                (directory / f"renamed-{turn - 1}").unlink()
        fleet.commit(f"turn {turn}")
        fleet.deploy("--changed")

    assert {p.name: p.read_text() for p in (workspace / "data").iterdir()} == {"seed": "from Git\n", **written}
    assert (workspace / "single.conf").stat().st_ino == inode
    assert fleet.engines["node-a"].docker("exec", f"{web}-main-1", "cat", "/etc/single.conf") == "16"
    assert not [p.name for p in workspace.iterdir() if p.name.startswith(("added-", "renamed-"))]


@pytest.mark.parametrize(
    ("mode", "extra", "deadline", "code", "said"),
    [
        ("crash", "    environment: {CODE: '3'}\n", "20s", 1, ("exit", "3", "crashing with 3")),
        ("crash", "    environment: {CODE: '4'}\n    restart: always\n", "90s", 1, ("crashing with 4",)),
        (
            "web",
            "    healthcheck: {test: ['CMD', 'false'], interval: 1s, timeout: 1s, retries: 2}\n",
            "20s",
            4,
            ("unhealthy", "serving"),
        ),
    ],
    ids=["exit 3", "crash loop", "failing healthcheck"],
)
def test_what_does_not_come_up_fails_with_the_containers_last_lines(
    fleet: Fleet, image: str, mode: str, extra: str, deadline: str, code: int, said: tuple[str, ...]
) -> None:
    bad = service("bad")
    compose = f"services:\n  main:\n    image: {image}\n    command: [/bin/fixture, {mode}]\n{extra}"
    fleet.write(bad, compose, "node-a", meta=f"deploy: {{health: {{deadline: {deadline}}}}}\n")
    fleet.commit()

    (deployment,) = fleet.deploy(bad, code=code)

    (error,) = fleet.errors([deployment])
    assert deployment["state"] == "failed"
    assert f"{bad}-main-1" in error
    for words in said:
        assert words in error


def test_a_commit_does_not_start_what_a_person_stopped(fleet: Fleet, image: str) -> None:
    web = service("web")
    fleet.write(web, sleeper(image), "node-a", meta="auto_deploy: true\n")
    fleet.commit()
    fleet.deploy(web)
    fleet.cli("stop", web)
    fleet.write(web, sleeper(image, "    environment: {A: b}\n"), "node-a", meta="auto_deploy: true\n")
    fleet.commit()

    fleet.cli("repo", "sync")
    changed = fleet.ask("deploy", "--changed")

    assert changed == {"deployments": [], "skipped": [{"service": web, "reason": "stopped on node-a"}]}
    assert fleet.containers("node-a", web) == {}
    fleet.deploy(web)
    assert len(fleet.containers("node-a", web)) == 1


def test_auto_deploy_brings_a_commit_up_by_itself(fleet: Fleet, image: str) -> None:
    web = service("web")
    fleet.write(web, sleeper(image), "node-a", meta="auto_deploy: true\n")
    fleet.commit()

    fleet.cli("repo", "sync")

    wait_until(lambda: fleet.containers("node-a", web), "auto_deploy started it")


def test_a_node_that_is_gone_is_shown_so(fleet: Fleet, image: str) -> None:
    web = service("web")
    fleet.write(web, sleeper(image), "node-a")
    fleet.commit()
    fleet.deploy(web)

    fleet.kill("agent-node-a")

    wait_until(lambda: fleet.node("node-a")["state"] == "disconnected", "node-a is disconnected")
    assert fleet.instance(web, "node-a")["state"] == "unknown"
    wait_until(lambda: fleet.node("node-a")["state"] == "offline", "node-a is offline")


def slow(image: str) -> str:
    """A service whose `up` takes seconds: the second container waits for the first one's health."""
    return f"""services:
  first:
    image: {image}
    command: [/bin/fixture, slow]
    environment: {{DELAY: "6"}}
    stop_grace_period: 1s
    healthcheck: {{test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1/healthz"], interval: 1s, timeout: 1s, retries: 20}}
  second:
    image: {image}
    command: [/bin/fixture, sleep]
    stop_grace_period: 1s
    depends_on: {{first: {{condition: service_healthy}}}}
"""


def step_of(fleet: Fleet, task: str, name: str) -> str:
    steps = {step["name"]: step["state"] for step in fleet.ask("task", "show", task)["steps"]}
    return str(steps.get(name, ""))


def test_an_agent_killed_in_the_middle_of_up_comes_back_and_finds_its_child(
    fleet: Fleet, image: str, engine_a: Engine
) -> None:
    web = service("web")
    fleet.write(web, slow(image), "node-a")
    fleet.commit()
    (deployment,) = fleet.deploy(web, "--detach")
    task = deployment["tasks"][0]["id"]
    wait_until(lambda: step_of(fleet, task, "up") == "running", "up runs")
    wait_until(lambda: fleet.containers("node-a", web), "the first container runs")

    fleet.kill("agent-node-a")
    fleet.start_agent("node-a", engine_a)
    done = wait_until(
        lambda: (t := fleet.ask("task", "show", task))["state"] in ("succeeded", "failed") and t, "the task ended"
    )

    assert (done["state"], done["attempt"], done["error"]) == ("succeeded", 1, None)
    assert set(fleet.containers("node-a", web)) == {f"{web}-first-1", f"{web}-second-1"}
    output = fleet.cli("task", "logs", task)
    assert output.count(f"Container {web}-second-1  Starting") == 1


def test_a_server_killed_in_the_middle_of_a_deploy_goes_on(fleet: Fleet, image: str) -> None:
    web, later = service("web"), service("later")
    fleet.write(web, slow(image), "node-a", "node-b")
    fleet.write(later, sleeper(image), "node-b")
    fleet.commit()
    (deployment,) = fleet.deploy(web, "--detach")
    task = deployment["tasks"][0]["id"]
    wait_until(lambda: step_of(fleet, task, "up") == "running", "up runs")

    fleet.kill("server")
    fleet.start_server()
    done = wait_until(
        lambda: (
            (d := fleet.ask("deployment", "show", deployment["id"])["deployments"][0])["state"] == "succeeded" and d
        ),
        f"the deployment ended: {fleet.log('server')}",
    )

    assert [(t["node"], t["state"], t["attempt"]) for t in done["tasks"]] == [
        ("node-a", "succeeded", 1),
        ("node-b", "succeeded", 1),
    ]
    assert fleet.deploy(later)[0]["state"] == "succeeded"


def test_a_server_that_is_asked_to_stop_stops_within_seconds_and_agents_come_back(fleet: Fleet, image: str) -> None:
    begun = time.monotonic()
    fleet.kill("server", signal.SIGTERM)
    took = time.monotonic() - begun
    fleet.start_server()

    wait_until(lambda: fleet.node("node-a")["state"] == "online", "node-a is back")
    assert took < 25


def test_a_missing_external_network_is_named_before_anything_changes(fleet: Fleet, image: str) -> None:
    web = service("web")
    extra = "    networks: [proxy]\nnetworks: {proxy: {external: true, name: the-proxy}}\n"
    fleet.write(web, sleeper(image, extra), "node-a")
    fleet.commit()

    (deployment,) = fleet.deploy(web, code=1)

    task = fleet.ask("task", "show", deployment["tasks"][0]["id"])
    assert "the-proxy" in task["error"]
    assert "docker network create the-proxy" in task["error_hint"]
    assert fleet.engines["node-a"].docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={web}") == ""


def test_a_file_edited_on_the_host_is_kept_and_a_clash_is_refused_before_anything_changes(
    fleet: Fleet, image: str
) -> None:
    web = service("web")
    fleet.write(web, sleeper(image), "node-a", app_dot_conf="from Git 1\n", other_dot_conf="1\n")
    fleet.commit()
    fleet.deploy(web)
    edited = fleet.workspace("node-a", web) / "app.conf"
    edited.write_text("by hand\n")
    wait_until(lambda: fleet.instance(web, "node-a")["edited_files"] == ["app.conf"], "the edit is shown")

    fleet.write(web, sleeper(image), "node-a", other_dot_conf="2\n")
    fleet.commit()
    fleet.deploy(web)
    kept = edited.read_text()
    fleet.write(web, sleeper(image), "node-a", app_dot_conf="from Git 2\n")
    fleet.commit()
    (refused,) = fleet.deploy(web, code=5)
    still = edited.read_text()
    fleet.deploy(web, "--overwrite-edits")

    assert kept == still == "by hand\n"
    assert "app.conf" in fleet.errors([refused])[0]
    assert edited.read_text() == "from Git 2\n"
    assert [p.read_text() for p in edited.parent.glob("app.conf.*")] == ["by hand\n"]


def test_one_broken_definition_is_reported_with_its_line_and_hides_no_other(fleet: Fleet, image: str) -> None:
    web, broken = service("web"), service("broken")
    fleet.write(web, sleeper(image), "node-a")
    fleet.write(broken, sleeper(image), "node-a", meta="deploi: {}\n")
    fleet.commit()

    assert [d["service"] for d in fleet.deploy("--all")] == [web]
    shown = fleet.ask("service", "show", broken)
    refused = fleet.run("deploy", broken)

    assert [(p["file"], p["line"], p["message"], p["hint"]) for p in shown["problems"]] == [
        (f"{broken}/composia-meta.yaml", 3, "unknown key deploi", "did you mean deploy?")
    ]
    assert refused.returncode == 2
    assert f"{broken}/composia-meta.yaml:3" in refused.stderr


def test_a_rewritten_branch_and_an_unreachable_repository_are_shown(fleet: Fleet, image: str) -> None:
    web = service("web")
    fleet.write(web, sleeper(image), "node-a")
    fleet.commit("first")
    fleet.deploy(web)
    fleet.git("commit", "-q", "--amend", "-m", "rewritten")

    rewritten = fleet.ask("repo", "sync")
    fleet.repo.rename(fleet.directory / "moved")
    unreachable = fleet.ask("repo", "sync", code=1)

    assert (rewritten["rewritten"], rewritten["error"]) == (True, None)
    assert unreachable["error"]
    assert unreachable["head"] == rewritten["head"]
    assert fleet.deploy(web)[0]["state"] == "succeeded"
