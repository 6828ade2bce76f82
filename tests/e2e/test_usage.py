"""What a real container uses, from the kernel of its host to the command line and to Prometheus."""

import math
import ssl
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from composia.core.usage import Series, UsageQuery
from tests.e2e.api import ask
from tests.e2e.fleet import Fleet, sleeper, wait_until

pytestmark = pytest.mark.engine

NODE = "node-a"
READ_S = 40.0
"""An agent reads every 15 s, and what it has read comes with the next heartbeat."""


def busy(image: str) -> str:
    """A service with an idle container and one that is all of the time at work."""
    return sleeper(image) + (
        f"  busy:\n    image: {image}\n    command: [sh, -c, 'while :; do :; done']\n    stop_grace_period: 0s\n"
        "    mem_limit: 32m\n"
    )


def scrape(fleet: Fleet, token: str) -> dict[tuple[str, str], float]:
    """Each sample by its name and the container that it is of."""
    request = urllib.request.Request(f"{fleet.url}/metrics", headers={"authorization": f"Bearer {token}"})
    trust = ssl.create_default_context(cafile=str(fleet.server_data / "ca.pem"))
    with urllib.request.urlopen(request, context=trust, timeout=20) as answer:
        text = answer.read().decode()
    families = text_string_to_metric_families(text)
    return {
        (sample.name, sample.labels.get("container", "")): sample.value for one in families for sample in one.samples
    }


def test_what_a_container_uses_is_told_to_people_and_to_prometheus(fleet: Fleet, image: str) -> None:
    web = "usage"
    fleet.write(web, busy(image), NODE)
    fleet.commit()
    fleet.deploy(web)

    def is_measured() -> bool:
        [usage] = ask(fleet, lambda server: server.get_usage([NODE]))
        cpu = dict(zip(usage.running.names, usage.running.cpu_percent, strict=True))
        return f"{web}-main-1" in cpu and cpu.get(f"{web}-busy-1", 0) > 10

    wait_until(is_measured, "readings of both containers", READ_S)
    found = {one["name"]: one for one in fleet.ask("stats", web)["containers"]}
    of_busy, of_main = found[f"{web}-busy-1"], found[f"{web}-main-1"]
    assert (of_busy["node"], of_busy["service"], of_busy["memory_limit_bytes"]) == (NODE, web, 32 << 20)
    assert of_main["cpu_percent"] < of_busy["cpu_percent"]
    assert 0 < of_main["memory_bytes"] < 32 << 20
    assert of_main["pids"] >= 1

    [host] = fleet.ask("node", "stats", NODE)["nodes"]
    assert host["memory_bytes"] > host["memory_available_bytes"] > 0
    assert host["filesystems"]
    assert host["docker"]["asked"]

    past = fleet.ask("stats", web, "--since", "10m")["series"]
    cpu = [one for one in past if (one["container"], one["metric"]) == (f"{web}-busy-1", "cpu_percent")]
    assert max(value for value in cpu[0]["values"] if value is not None) > 10

    token = fleet.ask("token", "create", "--role", "viewer")["token"]
    scraped = scrape(fleet, token)
    assert scraped["composia_container_cpu_percent", f"{web}-busy-1"] > 10
    assert scraped["composia_container_memory_limit_bytes", f"{web}-busy-1"] == 32 << 20
    with pytest.raises(urllib.error.HTTPError, match="401"):
        scrape(fleet, f"{token}x")


def test_what_was_used_is_known_after_the_server_was_killed(fleet: Fleet, image: str) -> None:
    web = "usage-kept"
    fleet.write(web, sleeper(image), NODE)
    fleet.commit()
    fleet.deploy(web)

    def recorded() -> list[Series]:
        found = ask(fleet, lambda server: server.query_usage(UsageQuery(service=web)))
        return [series for series in found if series.metric == "memory_bytes"]

    [before] = wait_until(recorded, "a reading in the history", READ_S)  # to ask is to have it written
    fleet.kill("server")
    fleet.start_server()
    [after] = wait_until(recorded, "the agent is back, and what was used before is known", READ_S)

    known = [value for value in before.values if not math.isnan(value)]
    assert after.container == f"{web}-main-1"
    assert [value for value in after.values if not math.isnan(value)][: len(known)] == pytest.approx(known, rel=0.5)
