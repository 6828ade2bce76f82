"""What the containers of a real engine use: by the contract, and the kernel's files against the engine's own numbers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import anyio
import pytest

from composia.builtin_plugins.compose.cgroup import Cgroups
from composia.builtin_plugins.compose.engine_stream import EngineStreams
from composia.builtin_plugins.compose.usage import UsageReader
from composia.core.usage import ContainerUsages
from composia.plugins.testing.executor_bench import Behaviour, Bench, own, released
from composia.plugins.testing.executor_usage import LostUsageContract, UsageContract
from tests.e2e.executor.definitions import HUNG_S, SLEEP, compose
from tests.e2e.testbed.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

BUSY = ["sh", "-c", "while :; do :; done"]
WRITES = ["sh", "-c", "dd if=/dev/zero of=/big bs=1M count=8 conv=fsync; echo written; while :; do sleep 1; done"]
MIB = 1 << 20


class TestUsage(UsageContract):
    pass


class TestLostUsage(LostUsageContract):
    @pytest.fixture
    def bench(self, make_bench: Callable[..., Bench]) -> Bench:
        return make_bench(engine_deadline_s=HUNG_S)

    @pytest.fixture
    def gone(self, engine_a: Engine) -> Callable[[], AbstractContextManager[None]]:
        @contextmanager
        def be_gone() -> Iterator[None]:
            engine_a.kill()
            try:
                yield
            finally:
                engine_a.start()

        return be_gone


def by_files(engine: Engine) -> UsageReader:
    return UsageReader(EngineStreams(docker_host=engine.docker_host, deadline_s=20.0))


def by_engine(engine: Engine, nowhere: Path) -> UsageReader:
    """As it is for an agent that does not see the host's files."""
    return UsageReader(EngineStreams(docker_host=engine.docker_host, deadline_s=20.0), lambda: Cgroups(nowhere))


def column(usages: ContainerUsages, name: str, measure: str) -> float:
    numbers: tuple[float, ...] = getattr(usages, measure)
    return numbers[usages.names.index(name)]


async def test_both_ways_tell_the_same_of_the_same_containers(
    make_bench: Callable[..., Bench], engine_a: Engine, image: str, tmp_path: Path
) -> None:
    bench = make_bench()
    limited = {"command": WRITES, "mem_limit": "64m", "stop_grace_period": "0s"}
    busy = {"command": BUSY, "stop_grace_period": "0s"}
    beside = {"command": SLEEP, "network_mode": "service:web", "stop_grace_period": "0s"}
    bench.definitions = {Behaviour.RUNS: compose(image, busy=busy, web=limited, beside=beside)}
    async with bench.opened() as executor:
        await released(executor, bench.work(behaviour=Behaviour.RUNS))
        named = {service: container.name for service, container in (await own(executor, bench)).items()}
    await bench.until(lambda: engine_a.docker("logs", named["web"]) == "written")

    readers = [by_files(engine_a), by_engine(engine_a, tmp_path)]
    for reader in readers:
        await reader.read()
    await anyio.sleep(1.0)  # over which it is measured how busy they are
    for usages in [await reader.read() for reader in readers]:
        at_work, idle = (column(usages, named[service], "cpu_percent") for service in ("busy", "web"))
        assert at_work > 10 > idle
        assert column(usages, named["web"], "memory_limit_bytes") == 64 * MIB
        assert column(usages, named["busy"], "memory_limit_bytes") == 0
        assert 0 < column(usages, named["web"], "memory_bytes") < 8 * MIB  # what was written can be dropped
        assert column(usages, named["busy"], "pids") == 1
        assert column(usages, named["web"], "received_bytes") > 0
        assert column(usages, named["beside"], "received_bytes") == 0  # what it received is that of web
        assert column(usages, named["web"], "written_bytes") in (0, 8 * MIB)  # nothing on kernels that do not count it


async def test_a_container_that_was_started_again_is_measured_as_a_new_one(
    bench: Bench, engine_a: Engine, tmp_path: Path
) -> None:
    async with bench.opened() as executor:
        await released(executor, bench.work(behaviour=Behaviour.RUNS))
        [container] = (await own(executor, bench)).values()
        readers = [by_files(engine_a), by_engine(engine_a, tmp_path)]
        for reader in readers:
            await reader.read()
        engine_a.docker("restart", "-t", "0", container.name)
        for usages in [await reader.read() for reader in readers]:
            assert column(usages, container.name, "cpu_percent") >= 0
            assert column(usages, container.name, "pids") >= 1
