"""Compose files that are valid for us and refused on the node, by Compose or by the engine."""

import pytest

from tests.e2e.bad_input.refusal import comes_up, left, refused, refused_file
from tests.e2e.fleet import Fleet, sleeper

pytestmark = pytest.mark.engine

NETWORK = "networks: {n: {}}"
PUT = "commit it, or, if Git shall not hold it, put it into the service directory on the node"


@pytest.mark.parametrize(
    ("extra", "where", "message", "hint"),
    [
        ("    env_file: [on-the-node.env]\n", "", "there is no file on-the-node.env on this node", PUT),
        ("    extends: {file: more.yaml, service: x}\n", "", "there is no file more.yaml on this node", PUT),
        (
            "    environment: {A: '${NOT_SET:?say it in .env}'}\n",
            "services.main.environment.A",
            "variable NOT_SET has no value: say it in .env",
            "set it in .env in the service directory, in Git or on the node",
        ),
        (
            "    volumes: ['/no/such/place:/x:ro', {type: bind, source: /no/such/file, target: /y}]\n",
            "service main",
            "it mounts /no/such/file, which is not on this node",
            "commit it, or put it there on the node",
        ),
    ],
    ids=["env_file", "extends", "variable", "bind"],
)
def test_what_compose_misses_on_the_node_is_named_before_anything_changes(
    host: Fleet, name: str, image: str, extra: str, where: str, message: str, hint: str
) -> None:
    refusal = refused_file(host, name, sleeper(image, extra))

    assert (refusal.step, refusal.told) == ("render", (where, message, hint))
    assert left(host, name) == {}
    comes_up(host, name, image)


@pytest.mark.parametrize(
    ("extra", "where", "message"),
    [
        ("    runtime: no-such\n", "container {}-main-1", "unknown runtime specified no-such"),
        ("    mem_limit: 1m\n", "container {}-main-1", "minimum memory limit allowed is 6MB"),
        ("    cap_add: [NO_SUCH]\n", "container {}-main-1", 'invalid CapAdd: unknown capability: "CAP_NO_SUCH"'),
        (
            "    healthcheck: {test: ['CMD', 'true'], start_interval: 1s}\n",
            "container {}-main-1",
            "can't set healthcheck.start_interval as feature require Docker Engine v25 or later",
        ),
        (
            "    user: nobody-here\n",
            "container {}-main-1",
            "it did not start: unable to find user nobody-here: no matching entries in passwd file",
        ),
        (
            "    network_mode: container:not-there\n",
            "container {}-main-1",
            "it did not start: No such container: not-there",
        ),
        (
            "    entrypoint: [/no/such/program]\n",
            "container {}-main-1",
            'it did not start: exec: "/no/such/program": stat /no/such/program: no such file or directory',
        ),
        (
            "    networks: [n]\nnetworks: {n: {ipam: {config: [{subnet: 172.16.0.0/12}]}}}\n",
            "network {}_n",
            "its subnet overlaps with another network's on this node",
        ),
    ],
    ids=["runtime", "memory", "capability", "feature", "user", "namespace", "program", "subnet"],
)
def test_what_the_engine_refuses_is_said_with_its_container_and_a_good_file_follows(
    host: Fleet, name: str, image: str, extra: str, where: str, message: str
) -> None:
    refusal = refused_file(host, name, sleeper(image, extra))

    assert (refusal.step, *refusal.told[:2]) == ("up", where.format(name), message)
    assert set(left(host, name).values()) <= {"created"}
    comes_up(host, name, image)


def test_what_runs_goes_on_when_a_file_is_refused(host: Fleet, name: str, image: str) -> None:
    comes_up(host, name, image)
    before = host.containers("node-a", name)

    refusal = refused_file(host, name, sleeper(image, "    env_file: [on-the-node.env]\n"))

    assert refusal.step == "render"
    assert host.containers("node-a", name) == before
    (host.workspace("node-a", name) / "on-the-node.env").write_text("A=b\n")
    (deployment,) = host.deploy(name)
    assert deployment["state"] == "succeeded"


def test_a_panic_of_compose_is_one_line_and_its_stack_is_nowhere(host: Fleet, name: str, image: str) -> None:
    host.write(name, sleeper(image, "    extends: {file: on-the-node.yaml, service: base}\n"), "node-a")
    workspace = host.workspace("node-a", name)
    workspace.mkdir(parents=True)
    (workspace / "on-the-node.yaml").write_text("services: {base: {extends: {file: on-the-node.yaml}}}\n")
    host.commit()
    refusal = refused(host, name)

    assert refusal.step == "render"
    assert refusal.error.code == "invalid"
    assert refusal.error.message == "Compose itself crashed over these files"
    assert refusal.error.hint == "a newer Compose may say what is wrong with them"
    assert "goroutine" not in host.cli("task", "logs", refusal.task)
    assert left(host, name) == {}
    comes_up(host, name, image)
