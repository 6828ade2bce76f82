"""What a real engine has, held to the contract, and the sizes of volumes."""

from collections.abc import Callable, Iterator

import pytest

from composia.builtin_plugins.compose.engine_stream import EngineStreams
from composia.builtin_plugins.compose.stock import EngineStock
from composia.core.host_object import Volume
from composia.plugins.testing.executor_bench import Bench
from composia.plugins.testing.executor_stock import HungStockContract, StockContract
from tests.e2e.executor.definitions import HUNG_S
from tests.e2e.testbed.engine import Engine

MIB = 1 << 20
NAME = "stock-of-tests"


@pytest.mark.engine
class TestStock(StockContract):
    pass


@pytest.mark.engine
class TestHungStock(HungStockContract):
    @pytest.fixture
    def bench(self, make_bench: Callable[..., Bench]) -> Bench:
        return make_bench(engine_deadline_s=HUNG_S)


@pytest.fixture
def filled(engine_a: Engine, image: str) -> Iterator[Volume]:
    """A volume that a stopped container has, with a megabyte in it."""
    engine_a.docker("volume", "create", "--label", f"com.docker.compose.project={NAME}", NAME)
    script = f"head -c {MIB} /dev/zero > /data/file"
    engine_a.docker("run", "--name", NAME, "--volume", f"{NAME}:/data", image, "sh", "-c", script)
    yield Volume(name=NAME, driver="local", project=NAME, containers=(NAME,))
    engine_a.docker("rm", NAME)
    engine_a.docker("volume", "rm", NAME)


@pytest.mark.engine
@pytest.mark.anyio
async def test_a_volume_has_its_size_and_the_containers_that_have_it_also_stopped_ones(
    engine_a: Engine, filled: Volume
) -> None:
    stock = EngineStock(streams=EngineStreams(docker_host=engine_a.docker_host, deadline_s=10))
    [found] = [volume for volume in await stock.volumes() if volume.name == NAME]

    assert (found.driver, found.project, found.containers) == (filled.driver, filled.project, filled.containers)
    assert MIB <= found.size_bytes < 2 * MIB
    assert found.created_ms > 0


@pytest.mark.engine
@pytest.mark.anyio
async def test_volumes_that_take_too_long_to_be_measured_come_without_sizes(engine_a: Engine, filled: Volume) -> None:
    streams = EngineStreams(docker_host=engine_a.docker_host, deadline_s=10)
    [found] = [v for v in await EngineStock(streams=streams, measuring_s=0).volumes() if v.name == filled.name]

    assert found.size_bytes == -1


@pytest.mark.engine
@pytest.mark.anyio
async def test_a_container_has_the_size_of_what_it_has_written_also_a_stopped_one(engine_a: Engine, image: str) -> None:
    script = f"head -c {MIB} /dev/zero > /file"
    engine_a.docker("run", "--name", NAME, image, "sh", "-c", script)
    try:
        stock = EngineStock(streams=EngineStreams(docker_host=engine_a.docker_host, deadline_s=10))
        written = engine_a.docker("inspect", "--format", "{{.Id}}", NAME).strip()
        sizes = {size.id: size.size_bytes for size in await stock.container_sizes()}
    finally:
        engine_a.docker("rm", NAME)

    assert MIB <= sizes[written] < 2 * MIB
