"""The executor `simulated`, held to the contract."""

import json
from pathlib import Path

import pytest

from composia.plugins.executor import Work
from composia.plugins.testing.executor import ExecutorContract
from composia.plugins.testing.executor_bench import LAST_WORDS, PRINTED, PUBLISHED, TICK, Behaviour, Bench
from composia.plugins.testing.executor_exec import ExecContract
from composia.plugins.testing.executor_logs import LogContract
from composia.plugins.testing.executor_seeing import EventsContract
from composia.plugins.testing.executor_stock import StockContract
from composia.plugins.testing.executor_usage import UsageContract

RUNS = "services: {web: {image: 'web:1', volumes: ['./page.txt:/page.txt']}}"
PRINTS = [f"{'!' if stderr else ''}{text.decode()}" for text, stderr in PRINTED] + 1000 * [TICK.decode()]


def simulated(**simulation: object) -> str:
    return json.dumps({"services": {"web": {"image": "web:1", "healthcheck": {}, "x-simulate": simulation}}})


DEFINITIONS = {
    Behaviour.RUNS: RUNS,
    Behaviour.RUNS_CHANGED: RUNS.replace("web:1", "web:2"),
    Behaviour.THRICE: "services: {web: {image: 'web:1', deploy: {replicas: 3}}}",
    Behaviour.PUBLISHES: f"services: {{web: {{image: 'web:1', ports: ['127.0.0.1:{PUBLISHED}:8080']}}}}",
    Behaviour.HEALTHY: simulated(health_s=0.2),
    Behaviour.UNHEALTHY: simulated(fate="unhealthy"),
    Behaviour.FINISHES: simulated(fate="exits"),
    Behaviour.EXITS: simulated(fate="exits", exit_code=3, says=LAST_WORDS),
    Behaviour.CRASHES: simulated(fate="crashes", exit_code=3, says=LAST_WORDS),
    Behaviour.SLOW: simulated(up_s=3.0),
    Behaviour.SLOWER: simulated(up_s=11.0),
    Behaviour.SLOW_EXITS: simulated(up_s=3.0, fate="exits", exit_code=3),
    Behaviour.PRINTS: simulated(prints=PRINTS, every_s=0.1),
    Behaviour.BROKEN: "services: [",
}


class TestSimulated(ExecutorContract, EventsContract, UsageContract, ExecContract, StockContract, LogContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Bench:
        def coming_up(work: Work) -> bool:
            return (work.journal / "up.json").exists()

        def ups() -> int:
            file = tmp_path / "data" / "containers.json"
            return int(json.loads(file.read_bytes())[0]) if file.exists() else 0

        return Bench(
            plugin="composia.builtin_plugins.simulated",
            config={},
            root=tmp_path,
            project="bench",
            definitions=DEFINITIONS,
            coming_up=coming_up,
            ups=ups,
        )
