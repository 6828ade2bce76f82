"""The contract of what a host has. Subclass it as `composia.plugins.testing.executor` says."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from composia.core.task import TaskKind
from composia.errors import Unavailable
from composia.plugins.testing.executor_bench import Behaviour, Bench, Contract, done, own, released


class StockContract(Contract):
    """Images, networks and volumes, which container has which, and how large containers are."""

    async def test_an_image_has_the_containers_made_from_it_running_or_not(self, bench: Bench) -> None:
        """One that is removed has it no more."""
        async with bench.opened() as executor:
            await released(executor, bench.work(behaviour=Behaviour.RUNS))
            [container] = (await own(executor, bench)).values()
            await done(executor, bench.work(TaskKind.STOP))
            [used] = [image for image in await executor.images() if container.image in image.tags]
            await done(executor, bench.work(TaskKind.DOWN))
            [unused] = [image for image in await executor.images() if container.image in image.tags]

        assert container.name in used.containers
        assert container.name not in unused.containers
        assert used.size_bytes > 0
        assert (used.id, used.tags, used.size_bytes) == (unused.id, unused.tags, unused.size_bytes)

    async def test_a_network_has_the_containers_on_it_and_the_project_it_is_of(self, bench: Bench) -> None:
        """Docker's own are of none."""
        async with bench.opened() as executor:
            await released(executor, bench.work(behaviour=Behaviour.RUNS))
            [container] = (await own(executor, bench)).values()
            networks = {network.name: network for network in await executor.networks()}
            await done(executor, bench.work(TaskKind.DOWN))
            left = {network.name for network in await executor.networks()}

        network = networks[f"{bench.project}_default"]
        assert (network.project, network.containers, network.builtin) == (bench.project, (container.name,), False)
        assert {name for name, one in networks.items() if one.builtin} == {"bridge", "host", "none"}
        assert networks["bridge"].project == ""
        assert list(networks) == sorted(networks)
        assert f"{bench.project}_default" not in left

    async def test_a_container_has_a_size_as_long_as_it_is_there_running_or_not(self, bench: Bench) -> None:
        """By its id, and each once."""
        async with bench.opened() as executor:
            await released(executor, bench.work(behaviour=Behaviour.RUNS))
            [container] = (await own(executor, bench)).values()
            await done(executor, bench.work(TaskKind.STOP))
            ids = [size.id for size in await executor.container_sizes()]
            [size] = [size.size_bytes for size in await executor.container_sizes() if size.id == container.id]
            await done(executor, bench.work(TaskKind.DOWN))
            left = {size.id for size in await executor.container_sizes()}

        assert size >= 0
        assert ids == sorted(set(ids))
        assert container.id not in left

    async def test_volumes_come_by_name(self, bench: Bench) -> None:
        """Each once."""
        async with bench.opened() as executor:
            names = [volume.name for volume in await executor.volumes()]

        assert names == sorted(set(names))


class HungStockContract(Contract):
    """For an executor with an engine that may hang: it has to give the fixture `hung`, as for HungContract."""

    @pytest.mark.parametrize("what", ["images", "networks", "volumes", "container_sizes"])
    async def test_an_engine_that_hangs_is_said(
        self, bench: Bench, hung: Callable[[], AbstractContextManager[None]], what: str
    ) -> None:
        """Within its deadline."""
        async with bench.opened() as executor:
            with hung(), pytest.raises(Unavailable, match="does not answer"):
                await getattr(executor, what)()
