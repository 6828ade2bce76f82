"""What `status` says of an instance when something happens to it that Composia did not do."""

import asyncio
import re

import pytest

from composia.core.instance import InstanceState
from composia.core.status import InstanceStatus
from composia.plugins.watching import WatchRequest, WatchTopic
from tests.e2e.api import connected
from tests.e2e.fleet import Fleet, sleeper

pytestmark = pytest.mark.engine

NODE = "node-a"
PATIENCE_S = 45.0
FAILED, RUNNING, STARTING, STOPPED, DEGRADED, UNKNOWN = (
    InstanceState.FAILED,
    InstanceState.RUNNING,
    InstanceState.STARTING,
    InstanceState.STOPPED,
    InstanceState.DEGRADED,
    InstanceState.UNKNOWN,
)
CHECK = "test ! -e /tmp/sick || { echo looked; echo it is sick; exit 1; }"


def until(fleet: Fleet, service: str, state: InstanceState, reason: str = "") -> list[InstanceStatus]:
    """Wait until watchers are told of an instance in a state and with a reason that matches the pattern as a whole; returns all
    that they were told until then."""
    shown: list[InstanceStatus] = []
    request = WatchRequest(topics=(WatchTopic.SERVICES,), services=(service,))

    async def look() -> None:
        async with connected(fleet) as server, asyncio.timeout(PATIENCE_S):
            async for event in server.watch(request):
                instances = [*event.instances, *(one for status in event.services for one in status.instances)]
                shown.extend(one for one in instances if one.node == NODE)
                if shown and shown[-1].state is state and re.fullmatch(reason, shown[-1].reason):
                    return

    try:
        asyncio.run(look())
    except TimeoutError:
        seen = "\n".join(f"{one.state}: {one.reason}" for one in shown)
        pytest.fail(f"never {state} with {reason!r}, but\n{seen}\n{fleet.log(f'agent-{NODE}')}", pytrace=False)
    return shown


def deployed(fleet: Fleet, service: str, compose: str, *, dies: bool = False) -> str:
    """Deploy a service and wait until it is seen to run. Of one that dies by itself the deploy may fail: on a busy machine
    that may be seen before it counts as up."""
    fleet.write(service, compose, NODE)
    fleet.commit()
    if dies:
        fleet.run("deploy", service)
    else:
        fleet.deploy(service)
    return service


def by_hand(fleet: Fleet, *words: str) -> str:
    """Use Docker behind Composia's back."""
    return fleet.engines[NODE].docker(*words)


def test_a_container_that_is_killed_or_stopped_or_removed_by_hand(fleet: Fleet, image: str) -> None:
    two = sleeper(image) + f"  db:\n    image: {image}\n    command: [/bin/fixture, sleep]\n"
    web = deployed(fleet, "by-hand", two)
    until(fleet, web, RUNNING)

    by_hand(fleet, "kill", f"{web}-db-1")
    until(fleet, web, DEGRADED, r"db: exited 137 \(killed\)")
    by_hand(fleet, "kill", f"{web}-main-1")
    until(fleet, web, FAILED, r"db: exited 137 \(killed\); main: exited 137 \(killed\)")
    ((asked,),) = (service["instances"] for service in fleet.ask("status", web)["services"])
    dated = r"db: exited 137 \(killed\), \d+ s ago; main: exited 137 \(killed\), \d+ s ago"
    assert re.fullmatch(dated, asked["reason"]), "who asks once is told since when"
    by_hand(fleet, "compose", "-p", web, "start")
    until(fleet, web, RUNNING)
    by_hand(fleet, "compose", "-p", web, "stop")
    until(fleet, web, STOPPED, r"db: exited 0; main: exited 0")
    by_hand(fleet, "rm", f"{web}-db-1")
    until(fleet, web, FAILED, r"main: exited 0; db: missing")
    by_hand(fleet, "compose", "-p", web, "down")
    until(fleet, web, InstanceState.MISSING, "no container")


def test_a_container_that_takes_too_much_memory(fleet: Fleet, image: str) -> None:
    oom = f"services:\n  main:\n    image: {image}\n    command: [/bin/fixture, oom]\n    mem_limit: 16m\n"
    oom += "    environment: {DELAY: '2'}\n"
    web = deployed(fleet, "oom", oom, dies=True)

    until(fleet, web, FAILED, r"main: exited 137 \(out of memory\)")


@pytest.mark.parametrize(
    ("mode", "code"), [("crash", r"3"), ("oom", r"137 \(out of memory\)")], ids=["exits", "out of memory"]
)
def test_a_crash_loop_counts_as_one_also_while_it_is_up(fleet: Fleet, image: str, mode: str, code: str) -> None:
    loop = f"services:\n  main:\n    image: {image}\n    command: [/bin/fixture, {mode}]\n    restart: always\n"
    loop += "    mem_limit: 16m\n    environment: {DELAY: '1'}\n"
    web = deployed(fleet, f"loop-{mode}", loop, dies=True)

    shown = until(fleet, web, FAILED, rf"main: restarting, exit {code}, ([3-9]|\d\d) times in \d+ s")
    shown += until(fleet, web, FAILED, rf"main: restarting, exit {code}, ([6-9]|\d\d) times in \d+ s")

    from_the_third = [one for one in shown if one.containers[0].recent_restarts >= 3]
    assert {one.state for one in from_the_third} == {FAILED}
    assert {one.containers[0].state for one in from_the_third} >= {"restarting", "running"}
    assert {one.state for one in shown} <= {RUNNING, STARTING, FAILED}


def test_a_healthcheck_that_turns_red_and_green_again(fleet: Fleet, image: str) -> None:
    checked = sleeper(
        image, f"    healthcheck: {{test: [CMD-SHELL, {CHECK!r}], interval: 500ms, retries: 1, start_period: 0s}}\n"
    )
    web = deployed(fleet, "checked", checked)
    until(fleet, web, RUNNING)

    by_hand(fleet, "exec", f"{web}-main-1", "touch", "/tmp/sick")
    until(fleet, web, FAILED, "main: unhealthy: it is sick")
    by_hand(fleet, "exec", f"{web}-main-1", "rm", "/tmp/sick")
    until(fleet, web, RUNNING)


def test_an_engine_that_is_killed_hangs_or_is_stopped(fleet: Fleet, image: str) -> None:
    engine = fleet.engines[NODE]
    web = deployed(fleet, "always", sleeper(image, "    restart: always\n"))
    until(fleet, web, RUNNING)
    away = rf"Docker on {NODE} does not answer; last seen running"

    engine.kill()
    until(fleet, web, UNKNOWN, away)
    engine.start()
    until(fleet, web, RUNNING)
    engine.stop()
    until(fleet, web, UNKNOWN, rf"Docker on {NODE} does not answer; last seen \w+.*")
    engine.start()
    until(fleet, web, RUNNING)
    engine.hang()
    until(fleet, web, UNKNOWN, away)
    engine.resume()
    until(fleet, web, RUNNING)
    by_hand(fleet, "kill", f"{web}-main-1")
    until(fleet, web, FAILED, r"main: exited 137 \(killed\)")


def test_a_container_that_an_engine_does_not_bring_back(fleet: Fleet, image: str) -> None:
    engine = fleet.engines[NODE]
    web = deployed(fleet, "left", sleeper(image))
    until(fleet, web, RUNNING)

    engine.kill()
    until(fleet, web, UNKNOWN, ".*")
    engine.start()
    until(fleet, web, STOPPED, r"main: exited 0")


def test_an_agent_that_is_killed_and_comes_back_to_another_picture(fleet: Fleet, image: str) -> None:
    engine = fleet.engines[NODE]
    web = deployed(fleet, "alone", sleeper(image))
    until(fleet, web, RUNNING)

    fleet.kill(f"agent-{NODE}")
    until(fleet, web, UNKNOWN, rf"{NODE} is disconnected; last seen running")
    by_hand(fleet, "kill", f"{web}-main-1")
    until(fleet, web, UNKNOWN, rf"{NODE} is offline; last seen running")
    fleet.start_agent(NODE, engine)
    until(fleet, web, FAILED, r"main: exited 137 \(killed\)")
