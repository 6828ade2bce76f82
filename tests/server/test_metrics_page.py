"""What Prometheus scrapes, read by its own parser, over a whole control plane with agents that a test plays."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from composia.core.container import ContainerState
from composia.core.instance import InstanceState
from composia.core.node import Node, NodeState, NodeStatus
from composia.core.principal import Role
from composia.core.session import Heartbeat
from composia.core.status import InstanceStatus, NodeView, ServiceStatus, StatusReport, Wanted
from composia.core.usage import ContainerUsages, DockerUsage, FilesystemUsage, HostUsage, NodeUsage
from composia.server.exported import EVERY, MOST_MOUNTS, Moment, exported
from composia.server.exposition import CONTENT_TYPE, Family, lines
from composia.server.metrics_page import metrics_page
from tests.server.world import PlayedAgent, World, container, make_world

pytestmark = pytest.mark.anyio

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
HOST = HostUsage(
    cpu_percent=12.5,
    load_1m=0.5,
    memory_bytes=1000,
    memory_available_bytes=400,
    received_bytes=77,
    filesystems=(FilesystemUsage(mount="/", size_bytes=100, available_bytes=25),),
    docker=DockerUsage(images_bytes=5, volumes_bytes=2, unused_bytes=1),
)
USED = ContainerUsages(
    names=("alone", "web-main-1"),
    cpu_percent=(1.0, 2.5),
    memory_bytes=(10, 20),
    memory_limit_bytes=(0, 64),
    received_bytes=(1, 2),
    sent_bytes=(3, 4),
    read_bytes=(),
    written_bytes=(),
    pids=(1, 2),
)

Sample = tuple[str, tuple[tuple[str, str], ...]]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with make_world(tmp_path) as world:
        yield world


async def get(
    world: World, token: str = "", path: str = "/metrics", method: str = "GET"
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body, as the transport would have asked the page."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nobody reads the body")

    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    scope = {"type": "http", "path": path, "method": method, "headers": headers, "client": ("127.0.0.1", 1)}
    await metrics_page(world.plane).app(scope, receive, send)
    start, body = sent
    return start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, body["body"].decode()


async def token(world: World, role: Role = Role.VIEWER, node: str = "") -> str:
    return (await world.plane.callers.issuer.create(role, node=node, by="ada"))[1]


def read(text: str) -> dict[Sample, float]:
    """Each sample by name and labels, as Prometheus reads it; no name twice."""
    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families)
    samples = [sample for family in families for sample in family.samples]
    found = {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in samples}
    assert len(found) == len(samples)
    return found


async def beat(agent: PlayedAgent, used: ContainerUsages | None = USED) -> None:
    agent.heartbeats += 1
    await agent.send(Heartbeat(number=agent.heartbeats, status=NodeStatus(host=HOST), inventory="i1", usage=used))
    await agent.hear()


async def scraped(world: World) -> dict[Sample, float]:
    status, headers, body = await get(world, await token(world))
    assert (status, headers["content-type"]) == (200, CONTENT_TYPE)
    return read(body)


async def test_all_that_is_known_is_exported_and_read_back(world: World) -> None:
    async with world.agent("node-a") as agent, world.agent("node-b"):
        await world.commit("web", "node-a")
        await world.people.deploy(world.request("web"))
        await agent.finish(await agent.hear_run())
        await agent.see(container())
        agent.heartbeats = 0
        await beat(agent)
        world.clock.advance(3)
        found = await scraped(world)

    a, web, alone = ("node", "node-a"), ("service", "web"), ("service", "")
    of_web = (("container", "web-main-1"), a, web)
    expected = {
        ("composia_nodes", (("state", "online"),)): 2,
        ("composia_nodes", (("state", "offline"),)): 0,
        ("composia_agents_connected", ()): 2,
        ("composia_tasks", (("state", "pending"),)): 0,
        ("composia_tasks_ended_total", (("state", "succeeded"),)): 1,
        ("composia_instance_state", (a, web, ("state", "running"))): 1,
        ("composia_node_up", (a,)): 1,
        ("composia_node_seen_age_seconds", (a,)): 3,
        ("composia_node_containers_running", (a,)): 2,
        ("composia_node_cpu_percent", (a,)): 12.5,
        ("composia_node_memory_available_bytes", (a,)): 400,
        ("composia_node_network_received_bytes_total", (a,)): 77,
        ("composia_node_filesystem_fullest_percent", (a,)): 75,
        ("composia_node_filesystem_size_bytes", (("mount", "/"), a)): 100,
        ("composia_node_filesystem_available_bytes", (("mount", "/"), a)): 25,
        ("composia_node_docker_bytes", (a,)): 7,
        ("composia_node_docker_unused_bytes", (a,)): 1,
        ("composia_container_cpu_percent", of_web): 2.5,
        ("composia_container_memory_limit_bytes", of_web): 64,
        ("composia_container_network_sent_bytes_total", of_web): 4,
        ("composia_container_pids", (("container", "alone"), a, alone)): 1,
        ("composia_container_restarts", of_web): 0,
        ("composia_containers_left_out", ()): 0,
    }
    assert {key: found.get(key) for key in expected} == expected
    assert not any(name.startswith("composia_container_block") for name, _ in found)


async def test_of_a_node_that_is_away_only_that_is_told(world: World) -> None:
    async with world.agent("node-a") as agent:
        await agent.see(container())
        agent.heartbeats = 0
        await beat(agent)
    found = await scraped(world)

    of_node = {name for name, labels in found if ("node", "node-a") in labels}
    assert of_node == {"composia_node_up", "composia_node_seen_age_seconds"}
    assert found["composia_node_up", (("node", "node-a"),)] == 0


async def test_what_containers_used_before_their_engine_went_silent_is_not_told_as_what_they_use(world: World) -> None:
    async with world.agent("node-a") as agent, world.agent("node-b"):
        await agent.see(container())
        agent.heartbeats = 0
        await beat(agent)
        for _ in range(7):
            world.clock.advance(10)
            await beat(agent, None)
        found = await scraped(world)

    names = {name for name, _ in found}
    assert not any(name.startswith("composia_container_") for name in names)
    assert "composia_node_containers_running" not in names
    assert found["composia_node_cpu_percent", (("node", "node-a"),)] == 12.5


@pytest.mark.parametrize(("role", "status"), [(None, 401), (Role.VIEWER, 200), (Role.ADMIN, 200), (Role.NODE, 403)])
async def test_whoever_may_ask_what_is_used_may_scrape(world: World, role: Role | None, status: int) -> None:
    shown = await token(world, role, "node-a" if role is Role.NODE else "") if role else ""
    answered, headers, body = await get(world, shown)

    assert answered == status
    assert ("www-authenticate" in headers) == (status == 401)
    assert ("composia_nodes" in body) == (status == 200)


async def test_a_wrong_token_is_refused(world: World) -> None:
    assert (await get(world, "cps_1f0c9a3b7e52_wrong"))[0] == 401


async def test_only_that_page_is_there_and_only_to_be_read(world: World) -> None:
    shown = await token(world)

    assert (await get(world, shown, path="/metrics/more"))[0] == 404
    assert (await get(world, shown, method="POST"))[0] == 405
    status, headers, body = await get(world, shown, method="HEAD")
    assert (status, body) == (200, "")
    assert int(headers["content-length"]) > 0


def moment(nodes: int, containers: int) -> Moment:
    """Nodes that each run a service `web` and one container more."""
    names = tuple(f"c{number}" for number in range(containers))
    used = ContainerUsages(names=names, cpu_percent=(1.0,) * containers, memory_bytes=(1,) * containers)
    views = [NodeView(node=Node(name=f"n{number}", agent_id="a"), state=NodeState.ONLINE) for number in range(nodes)]
    own = replace(container(), name="c1", state=ContainerState.RUNNING)
    instances = tuple(
        InstanceStatus(service="web", node=view.node.name, state=InstanceState.RUNNING, containers=(own,))
        for view in views
    )
    report = StatusReport(
        services=(ServiceStatus(name="web", wanted=Wanted.RUNNING, instances=instances),), nodes=tuple(views)
    )
    usages = [NodeUsage(node=view.node.name, host=HOST, containers=used) for view in views]
    return Moment(version="1", report=report, usages=usages, tasks={}, ended={})


def text(known: Moment, most: int) -> str:
    return "".join(line for family, samples in exported(known, most) for line in lines(family, samples))


def test_there_are_never_more_containers_than_the_most_and_those_of_services_come_first() -> None:
    found = read(text(moment(nodes=3, containers=4), most=5))

    cpu = [dict(labels) for name, labels in found if name == "composia_container_cpu_percent"]
    assert [(one["node"], one["service"], one["container"]) for one in cpu] == [
        ("n0", "web", "c1"),
        ("n1", "web", "c1"),
        ("n2", "web", "c1"),
        ("n0", "", "c0"),
        ("n0", "", "c2"),
    ]
    assert found["composia_containers_left_out", ()] == 7


def test_of_a_node_there_are_never_more_filesystems_than_the_most_and_the_largest_stay() -> None:
    disks = [FilesystemUsage(mount=f"/{n:02}", size_bytes=n, available_bytes=n) for n in range(MOST_MOUNTS + 3)]
    known = moment(nodes=1, containers=0)
    known = replace(known, usages=[replace(known.usages[0], host=replace(HOST, filesystems=tuple(disks)))])
    found = read(text(known, most=1))

    assert {dict(labels)["mount"]: size for (name, labels), size in found.items() if "_size_" in name} == {
        disk.mount: disk.size_bytes for disk in disks[3:]
    }


def test_no_label_but_these_is_ever_used() -> None:
    assert {label for family in EVERY for label in family.labels} <= {
        "node",
        "service",
        "container",
        "state",
        "mount",
        "version",
    }
    assert [family.name for family in EVERY if "version" in family.labels] == ["composia_build_info"]


def test_each_counter_is_named_as_one_and_each_family_once() -> None:
    assert [family.name for family in EVERY if (family.kind == "counter") != family.name.endswith("_total")] == []
    assert len({family.name for family in EVERY}) == len(EVERY)


def test_names_that_people_gave_are_escaped() -> None:
    family = Family(name="composia_x", kind="gauge", labels=("node", "container"), text='a "text"\nof two \\ lines')
    given = ('a "quoted" \\ one', "two\nlines")
    written = "".join(lines(family, [(given, float("nan")), (("b", ""), float("inf")), (("c", ""), 0.1)]))

    assert next(sample.labels for one in text_string_to_metric_families(written) for sample in one.samples) == {
        "node": given[0],
        "container": given[1],
    }
    assert written.count("\n") == 5
    assert written.splitlines()[-1] == 'composia_x{node="c",container=""} 0.1'


def test_a_family_without_samples_is_not_there() -> None:
    assert list(lines(EVERY[0], [])) == []


def test_the_reference_lists_exactly_what_is_exported() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) ?\| (.*?) \|$", REFERENCE.read_text(), re.MULTILINE)

    assert rows == [
        (family.name, family.kind, ", ".join(f"`{label}`" for label in family.labels), family.text) for family in EVERY
    ]
