"""Compose files for each behaviour of the contract, with the fixture image."""

import json
from typing import Any

from composia.plugins.testing.executor_bench import LAST_WORDS, PRINTED, PUBLISHED, SECRET, TICK, Behaviour

SICK = {"test": ["CMD", "false"], "interval": "0.5s", "retries": 1}
WELL = {"test": ["CMD", "true"], "interval": "0.5s"}
SLEEP = ["fixture", "sleep"]

HUNG_S = 4.0
"""In what time an engine has to answer where a test has it hang: a busy one that does not hang answers in it."""


def compose(image: str, **services: dict[str, Any]) -> str:
    """A Compose file with these services, each of that image."""
    return json.dumps({"services": {name: {"image": image} | part for name, part in services.items()}})


def _printing() -> str:
    lines = "; ".join(f"echo '{text.decode()}' >&{2 if stderr else 1}" for text, stderr in PRINTED)
    return f"trap 'exit 0' TERM; {lines}; while :; do echo {TICK.decode()}; sleep 0.1; done"


def definitions(image: str) -> dict[Behaviour, str]:
    """A Compose file for each behaviour."""
    dies = ["sh", "-c", f"echo {LAST_WORDS}; echo password $$PASSWORD; exit 3"]
    runs = {"command": SLEEP, "volumes": ["./page.txt:/page.txt:ro"]}
    wait = {"command": ["fixture", "oneshot"], "environment": {"DELAY": "3"}}
    after = {"depends_on": {"wait": {"condition": "service_completed_successfully"}}}
    return {
        Behaviour.RUNS: compose(image, web=runs),
        Behaviour.RUNS_CHANGED: compose(image.replace("fixture:1", "fixture:2"), web=runs),
        Behaviour.THRICE: compose(image, web={"command": SLEEP, "deploy": {"replicas": 3}}),
        Behaviour.PUBLISHES: compose(image, web={"command": SLEEP, "ports": [f"127.0.0.1:{PUBLISHED}:8080"]}),
        Behaviour.HEALTHY: compose(image, web={"command": SLEEP, "healthcheck": WELL}),
        Behaviour.UNHEALTHY: compose(image, web={"command": SLEEP, "healthcheck": SICK}),
        Behaviour.FINISHES: compose(image, web={"command": ["true"]}),
        Behaviour.EXITS: compose(image, web={"command": dies, "environment": {"PASSWORD": SECRET}}),
        Behaviour.CRASHES: compose(image, web={"command": dies, "restart": "always"}),
        Behaviour.SLOW: compose(image, wait=wait, web={"command": SLEEP} | after),
        Behaviour.SLOWER: compose(image, wait=wait | {"environment": {"DELAY": "11"}}, web={"command": SLEEP} | after),
        Behaviour.SLOW_EXITS: compose(image, wait=wait, web={"command": dies} | after),
        Behaviour.PRINTS: compose(image, web={"command": ["sh", "-c", _printing()], "stop_grace_period": "1s"}),
        Behaviour.BROKEN: "services: [",
    }
