"""A prune on a real engine: what goes, what stays, and what is said."""

import json
from collections.abc import Callable
from secrets import token_hex

import anyio
import anyio.to_thread
import pytest

from composia.core.step import StepName
from composia.core.task import PruneTarget, TaskKind
from composia.plugins.executor import Executor, Outcome
from composia.plugins.testing.executor_bench import Behaviour, Bench, Supervisor, done, released
from tests.e2e.executor.definitions import SLEEP, compose
from tests.e2e.lifetime import Run
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.registry import Registry
from tests.relay import Relay

pytestmark = [pytest.mark.engine, pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]


async def pruned(executor: Executor, bench: Bench, *targets: PruneTarget) -> list[str]:
    """What a prune says."""
    supervisor = Supervisor()
    assert await executor.run(bench.work(TaskKind.PRUNE, prune=targets), supervisor) == Outcome()
    return supervisor.lines


@pytest.fixture
def tagged(engine_a: Engine, registry: Registry) -> Callable[[], str]:
    """Brings an image onto the node that nothing uses."""

    def bring() -> str:
        tag = f"unused:{token_hex(8)}"
        registry.push(tag)
        engine_a.docker("pull", registry.name(tag))
        return registry.name(tag)

    return bring


async def test_dangling_images_go_and_those_with_a_name_stay(
    bench: Bench, engine_a: Engine, run: Run, tagged: Callable[[], str]
) -> None:
    dangling, named = engine_a.docker("commit", run(engine_a, "sleep")), tagged()
    async with bench.opened() as executor:
        said = await pruned(executor, bench, PruneTarget.DANGLING_IMAGES)

    assert [line.endswith(" MB") for line in said if line.startswith(f"plan: remove image {dangling}, ")] == [True]
    assert not any(named in line for line in said)
    images = engine_a.docker("images", "--all", "--quiet", "--no-trunc").split()
    assert dangling not in images
    assert engine_a.docker("image", "inspect", named, "--format", "{{.Id}}") in images


async def test_volumes_and_networks_stay_and_so_does_what_a_stopped_container_uses(
    bench: Bench, engine_a: Engine, run: Run, image: str, tagged: Callable[[], str]
) -> None:
    labels = f"--label=com.docker.compose.project={bench.project}"
    names = [f"{bench.project}-kept", f"{bench.project}-too"]
    engine_a.docker("volume", "create", labels, names[0])
    engine_a.docker("network", "create", labels, names[1])
    engine_a.docker("stop", run(engine_a, "sleep"))
    unused = tagged()
    async with bench.opened() as executor:
        said = await pruned(executor, bench, *PruneTarget)

    assert any(line.startswith(f"plan: remove image {unused}, ") for line in said)
    assert not any(image in line for line in said)
    found = [engine_a.docker(kind, "ls", "--format", "{{.Name}}").split() for kind in ("volume", "network")]
    assert names[0] in found[0]
    assert names[1] in found[1]
    assert engine_a.docker("image", "inspect", image, "--format", "{{.Id}}").startswith("sha256:")


async def test_the_build_cache_goes_when_that_is_ordered(bench: Bench, engine_a: Engine, image: str) -> None:
    engine_a.docker("pull", image)  # the builder itself asks this registry in vain
    work = bench.work()
    (work.directory / "compose.yaml").write_text(json.dumps({"services": {"web": {"build": ".", "command": SLEEP}}}))
    (work.directory / "page.txt").write_text(token_hex(8))
    (work.directory / "Dockerfile").write_text(f"FROM {image}\nCOPY page.txt /www/index.html\n")
    async with bench.opened() as executor:
        await released(executor, work)
        assert await done(executor, bench.work(TaskKind.DOWN)) == Outcome()
        said = await pruned(executor, bench, PruneTarget.UNUSED_IMAGES, PruneTarget.BUILD_CACHE)
        again = await pruned(executor, bench, PruneTarget.BUILD_CACHE)

    assert any(line.startswith(f"plan: remove image {bench.project}-web:latest, ") for line in said)
    assert any(line.startswith("plan: remove build cache, ") for line in said)
    assert not any(line.startswith("plan: ") for line in again)


async def test_an_image_that_a_deploy_is_about_to_use_stays(
    bench: Bench, slow_registry: Relay, tagged: Callable[[], str]
) -> None:
    here, outcomes = tagged(), list[Outcome]()
    work = bench.work(behaviour=Behaviour.RUNS)
    other = {"image": f"{slow_registry.address}/fixture:2", "command": SLEEP}
    (work.directory / "compose.yaml").write_text(compose(here, web={"command": SLEEP}, other=other))
    supervisor = Supervisor()
    async with bench.opened() as executor:

        async def run() -> None:
            outcomes.append(await executor.run(work, supervisor))

        async with anyio.create_task_group() as group:
            group.start_soon(run)
            assert await anyio.to_thread.run_sync(slow_registry.asked.wait, 30)
            assert supervisor.running is StepName.PULL
            said = await pruned(executor, bench, PruneTarget.UNUSED_IMAGES)
            slow_registry.let_go()

    assert f"{here} stays: a deploy needs it" in said
    assert [outcome.error for outcome in outcomes] == [None]
