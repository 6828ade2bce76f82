"""Compose files for each behaviour of the contract, with the fixture image."""

import json
from typing import Any

from composia.plugins.testing.executor_bench import LAST_WORDS, SECRET, Behaviour

IMAGE = "fixture:1"
SICK = {"test": ["CMD", "false"], "interval": "0.5s", "retries": 1}
WELL = {"test": ["CMD", "true"], "interval": "0.5s"}
WAIT = {"image": IMAGE, "command": ["fixture", "oneshot"], "environment": {"DELAY": "3"}}


def compose(**services: dict[str, Any]) -> str:
    """A Compose file with these services, each of the fixture image."""
    return json.dumps({"services": {name: {"image": IMAGE} | part for name, part in services.items()}})


def dies(code: int) -> list[str]:
    return ["sh", "-c", f"echo {LAST_WORDS}; echo password $$PASSWORD; exit {code}"]


MOUNT = ["./page.txt:/page.txt:ro"]
AFTER = {"wait": {"condition": "service_completed_successfully"}}
SLEEP = ["fixture", "sleep"]

DEFINITIONS = {
    Behaviour.RUNS: compose(web={"command": SLEEP, "volumes": MOUNT}),
    Behaviour.RUNS_CHANGED: compose(web={"command": SLEEP, "volumes": MOUNT, "environment": {"A": "b"}}),
    Behaviour.HEALTHY: compose(web={"command": SLEEP, "healthcheck": WELL}),
    Behaviour.UNHEALTHY: compose(web={"command": SLEEP, "healthcheck": SICK}),
    Behaviour.FINISHES: compose(web={"command": ["true"]}),
    Behaviour.EXITS: compose(web={"command": dies(3), "environment": {"PASSWORD": SECRET}}),
    Behaviour.CRASHES: compose(web={"command": dies(3), "restart": "always"}),
    Behaviour.SLOW: compose(wait=WAIT, web={"command": SLEEP, "depends_on": AFTER}),
    Behaviour.SLOW_EXITS: compose(wait=WAIT, web={"command": dies(3), "depends_on": AFTER}),
    Behaviour.BROKEN: "services: [",
}
