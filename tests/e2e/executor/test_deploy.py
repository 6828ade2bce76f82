"""What a deploy does on a real engine, beside the contract."""

import json
import secrets
from collections.abc import Callable
from dataclasses import replace

import anyio
import pytest

from composia.core.container import Container, ContainerState
from composia.core.release import Release
from composia.core.task import TaskKind
from composia.errors import Conflict, Invalid, NotPossible, TimedOut, TooLarge
from composia.plugins.executor import Outcome, Work
from composia.plugins.testing.executor_bench import Behaviour, Bench, Supervisor, done
from tests.e2e.executor.conftest import Recorder
from tests.e2e.executor.definitions import SLEEP, compose
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.registry import Registry

pytestmark = [pytest.mark.engine, pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]


def given(bench: Bench, text: str, *, last: Release | None = None, kind: TaskKind = TaskKind.DEPLOY) -> Work:
    """Work on this Compose file."""
    work = bench.work(kind, last=last)
    (work.directory / "compose.yaml").write_text(text)
    return work


async def ran(bench: Bench, work: Work, supervisor: Supervisor | None = None) -> Outcome:
    async with bench.opened() as executor:
        return await executor.run(work, supervisor or Supervisor())


async def deployed(bench: Bench, work: Work) -> Release:
    outcome = await ran(bench, work)
    assert outcome.error is None
    assert outcome.release is not None
    return outcome.release


async def containers(bench: Bench) -> dict[str, Container]:
    async with bench.opened() as executor:
        return {c.service: c for c in await executor.inventory() if c.project == bench.project}


def by_hand(engine: Engine, work: Work, *words: str) -> str:
    """What a person does in the service directory."""
    file = str(work.directory / "compose.yaml")
    return engine.docker("compose", "-p", work.project, "-f", file, *words)


async def test_a_project_that_runs_already_is_adopted_and_can_be_taken_back(
    bench: Bench, engine_a: Engine, image: str
) -> None:
    (bench.root / "service").mkdir()
    (bench.root / "service" / "web.env").write_text("A=b\n")
    work = given(bench, compose(image, web={"command": SLEEP, "env_file": ["web.env"]}))
    by_hand(engine_a, work, "up", "-d")
    before = await containers(bench)

    supervisor = Supervisor()
    outcome = await ran(bench, work, supervisor)
    assert outcome.error is None
    assert "plan: web: adopt, no release of it is known" in supervisor.lines
    assert await containers(bench) == before

    by_hand(engine_a, work, "up", "-d")
    assert await containers(bench) == before


async def test_when_nothing_has_changed_compose_is_only_asked_to_render(
    bench: Bench, recorder: Recorder, image: str
) -> None:
    text = compose(image, web={"command": SLEEP})
    release = await deployed(bench, given(bench, text))
    before = len(recorder.calls("-p"))
    await deployed(bench, given(bench, text, last=release))

    assert [call.split()[-3:] for call in recorder.calls("-p")[before:]] == [["config", "--format", "json"]]


async def test_a_container_whose_mounted_file_changed_is_recreated_and_no_other(
    bench: Bench, recorder: Recorder, image: str
) -> None:
    text = compose(
        image,
        web={"command": SLEEP, "volumes": ["./page.txt:/page.txt"], "depends_on": ["db"]},
        db={"command": SLEEP},
    )
    release = await deployed(bench, given(bench, text))
    before, ups = await containers(bench), bench.ups()
    work = given(bench, text, last=release)
    (work.directory / "page.txt").write_text("another page\n")
    await deployed(bench, work)

    after = await containers(bench)
    assert (after["db"] == before["db"], after["web"].id == before["web"].id) == (True, False)
    assert [call.partition(" up ")[2] for call in recorder.calls("up")[ups:]] == [
        "-d --force-recreate --no-deps --no-build --pull never web"
    ]


async def test_a_container_that_somebody_changed_is_set_right(bench: Bench, engine_a: Engine, image: str) -> None:
    text = compose(image, web={"command": SLEEP})
    release = await deployed(bench, given(bench, text))
    work = given(bench, compose(image, web={"command": SLEEP, "environment": {"BY": "hand"}}))
    by_hand(engine_a, work, "up", "-d")

    supervisor = Supervisor()
    assert (await ran(bench, given(bench, text, last=release), supervisor)).error is None
    assert "plan: web: recreate, it was changed outside of Composia" in supervisor.lines
    assert (await containers(bench))["web"].config_hash == release.containers[0].config_hash


async def test_a_service_that_left_the_files_goes_and_a_one_off_container_stays(
    bench: Bench, engine_a: Engine, image: str
) -> None:
    both = compose(image, web={"command": SLEEP}, db={"command": SLEEP})
    work = given(bench, both)
    release = await deployed(bench, work)
    by_hand(engine_a, work, "run", "-d", "--name", f"{bench.project}-by-hand", "web", "fixture", "sleep")
    async with bench.opened() as executor:
        outcome = await done(executor, given(bench, compose(image, web={"command": SLEEP}), last=release))
        names = [c.name for c in await executor.inventory() if c.project == bench.project]
    assert names == [f"{bench.project}-by-hand", f"{bench.project}-web-1"]
    assert outcome.seen is not None


async def test_what_was_started_or_restarted_has_been_seen(bench: Bench, image: str) -> None:
    release = await deployed(bench, given(bench, compose(image, web={"command": SLEEP, "ports": ["127.0.0.1::80"]})))
    async with bench.opened() as executor:
        for kind in (TaskKind.RESTART, TaskKind.STOP, TaskKind.START):
            outcome = await done(executor, bench.work(kind, last=release))
            assert (outcome.seen is None) is (kind is TaskKind.STOP)


async def test_images_are_built_on_the_node_and_a_change_of_the_sources_recreates(
    bench: Bench, engine_a: Engine, image: str
) -> None:
    engine_a.docker("pull", image)  # the builder itself asks this registry in vain
    text = json.dumps({"services": {"web": {"build": ".", "command": SLEEP}}})
    work = given(bench, text)
    (work.directory / "Dockerfile").write_text(f"FROM {image}\nCOPY page.txt /www/index.html\n")
    release = await deployed(bench, work)
    before = await containers(bench)
    assert (await deployed(bench, given(bench, text, last=release))).containers == release.containers
    assert await containers(bench) == before

    work, supervisor = given(bench, text, last=release), Supervisor()
    (work.directory / "page.txt").write_text("another page\n")
    outcome = await ran(bench, work, supervisor)

    assert outcome.error is None
    assert f"plan: web: recreate, image {bench.project}-web is another one now" in supervisor.lines
    assert (await containers(bench))["web"].image_id != before["web"].image_id


async def test_a_moved_tag_is_followed_where_that_is_ordered(bench: Bench, registry: Registry) -> None:
    tag = f"followed:{secrets.token_hex(8)}"  # an engine that is kept up knows those of earlier runs
    first = registry.push(tag, f"first {tag}")
    text = compose(registry.name(tag), web={"command": SLEEP})
    release = await deployed(bench, given(bench, text))
    second = registry.push(tag, f"second {tag}")
    kept = await deployed(bench, given(bench, text, last=release))
    work = given(bench, text, last=kept)
    moved = await deployed(bench, replace(work, order=replace(work.order, pull=True)))

    assert [made.containers[0].image_digest for made in (release, kept, moved)] == [first, first, second]
    assert (await containers(bench))["web"].image_id == moved.containers[0].image_id


@pytest.mark.parametrize(("kind", "hint"), [("networks", "docker network create"), ("volumes", "docker volume create")])
async def test_what_is_external_and_missing_is_named_before_anything_changes(
    bench: Bench, recorder: Recorder, image: str, kind: str, hint: str
) -> None:
    used = ["shared"] if kind == "networks" else ["shared:/data"]
    document = json.loads(compose(image, web={"command": SLEEP, kind: used}))
    document[kind] = {"shared": {"external": True, "name": "not-there"}}
    outcome = await ran(bench, given(bench, json.dumps(document)))

    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.where) == (NotPossible.code, f"{kind.removesuffix('s')} not-there")
    assert outcome.error.hint == f"{hint} not-there"
    assert (outcome.release, bench.ups(), await containers(bench)) == (None, 0, {})


async def test_a_container_name_that_another_project_has_is_refused_before_anything_changes(
    bench: Bench, make_bench: Callable[..., Bench], image: str
) -> None:
    name = f"{bench.project}-proxy"
    text = compose(image, web={"command": SLEEP, "container_name": name})
    await deployed(bench, given(bench, text))
    outcome = await ran(bench, replace(given(bench, text), project=f"{bench.project}-other"))

    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.where) == (Conflict.code, "service web")
    assert outcome.error.message == f"the container name {name} is taken by a container of project {bench.project}"


async def test_a_port_that_two_of_one_project_want_is_named_with_who_has_it(bench: Bench, image: str) -> None:
    ports = {"command": SLEEP, "ports": ["8099:80"]}
    outcome = await ran(bench, given(bench, compose(image, a=ports, b=ports)))

    assert outcome.error is not None
    first, second = f"{bench.project}-a-1", f"{bench.project}-b-1"
    told = f"port 0.0.0.0:8099 of this node is taken by container {{}} of project {bench.project}"
    assert outcome.error.code == Conflict.code
    assert (outcome.error.where, outcome.error.message) in (
        (f"container {first}", told.format(second)),
        (f"container {second}", told.format(first)),
    )


async def test_a_dependency_that_does_not_become_healthy_is_blamed(bench: Bench, image: str) -> None:
    sick = {
        "command": ["sh", "-c", "echo cannot work; fixture sleep"],
        "healthcheck": {"test": ["CMD-SHELL", "echo no answer; false"], "interval": "0.5s", "retries": 1},
    }
    text = compose(image, db=sick, web={"command": SLEEP, "depends_on": {"db": {"condition": "service_healthy"}}})
    outcome = await ran(bench, given(bench, text))

    assert outcome.error is not None
    assert outcome.error.where == f"container {bench.project}-db-1"
    assert outcome.error.message == (
        f"dependency failed to start: container {bench.project}-db-1 is unhealthy: "
        "it is unhealthy, its healthcheck says: no answer; its last lines:\n  cannot work"
    )


async def test_a_release_tells_what_each_container_really_got_when_up_failed(bench: Bench, image: str) -> None:
    mounting = {"command": SLEEP, "volumes": ["./page.txt:/page.txt"]}
    good = compose(image, web=mounting, zoo={"command": SLEEP})
    first = await deployed(bench, given(bench, good))
    work = given(bench, compose(image, web=mounting, zoo={"command": ["/no/such/program"]}), last=first)
    (work.directory / "page.txt").write_text("another page\n")
    outcome = await ran(bench, work)
    assert outcome.error is not None
    assert outcome.release is not None
    before = await containers(bench)
    assert outcome.release.containers[0] == first.containers[0]

    supervisor = Supervisor()
    assert (await ran(bench, given(bench, good, last=outcome.release), supervisor)).error is None
    assert "plan: web: remount, the content of mounted files changed" in supervisor.lines
    assert (await containers(bench))["web"].id != before["web"].id


async def test_the_agents_environment_does_not_reach_a_service(
    bench: Bench, engine_a: Engine, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSIA_TOKEN", "leaked")
    work = given(
        bench,
        compose(image, web={"command": SLEEP, "environment": {"COMPOSIA_TOKEN": None, "B": "<${COMPOSIA_TOKEN}>"}}),
    )
    supervisor = Supervisor()
    assert (await ran(bench, work, supervisor)).error is None

    made = engine_a.docker("inspect", f"{bench.project}-web-1", "--format", "{{json .Config.Env}}")
    assert {line for line in json.loads(made) if not line.startswith("PATH=")} == {"COMPOSIA_TOKEN", "B=<>"}
    warning = 'warning: The "COMPOSIA_TOKEN" variable is not set. Defaulting to a blank string.'
    assert warning in supervisor.lines


async def test_no_secret_of_the_node_reaches_the_output_or_an_error(bench: Bench, image: str) -> None:
    work = given(bench, compose(image, web={"command": SLEEP, "env_file": ["web.env"]}))
    (work.directory / "web.env").write_text("DB_PASSWORD=correct-horse\n")
    await deployed(bench, work)
    assert "correct-horse" not in work.output.read_text()
    rendered = work.journal / "render" / "stdout"
    assert "correct-horse" in rendered.read_text()
    assert rendered.stat().st_mode & 0o777 == 0o600

    broken, supervisor = bench.work(), Supervisor()
    (broken.directory / "web.env").write_text('A=1\nDB_PASSWORD="correct-horse\n')
    outcome = await ran(bench, broken, supervisor)

    assert outcome.error is not None
    for said in (repr(outcome), broken.output.read_text(), *supervisor.lines):
        assert "correct-horse" not in said


async def test_an_alias_bomb_is_ended(make_bench: Callable[..., Bench], image: str) -> None:
    bench = make_bench(config_deadline_s=4.0, stop_grace_s=0.5, config_memory_mib=1100)
    levels = [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'l'] * 9)}]" for n in range(9)]
    with anyio.fail_after(60):
        outcome = await ran(bench, given(bench, "\n".join([*levels, compose(image, web={})[1:-1]])))

    assert outcome.error is not None
    assert outcome.error.code in (TimedOut.code, TooLarge.code)


async def test_a_panic_of_compose_is_no_stack_trace(bench: Bench, image: str) -> None:
    work = given(bench, compose(image, web={"extends": {"file": "compose.yaml"}}))
    outcome = await ran(bench, work)

    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.message) == (Invalid.code, "Compose itself crashed over these files")
    assert "goroutine" not in work.output.read_text()


async def test_volumes_go_only_when_that_is_ordered_and_the_directory_may_be_gone(
    bench: Bench, engine_a: Engine, image: str
) -> None:
    document = json.loads(compose(image, web={"command": SLEEP, "volumes": ["data:/data"]}))
    text = json.dumps(document | {"volumes": {"data": {}}})
    volume = ("volume", "ls", "--quiet", "--filter", f"name={bench.project}_data")
    await deployed(bench, given(bench, text))
    assert await ran(bench, bench.work(TaskKind.DOWN)) == Outcome()
    assert engine_a.docker(*volume) == f"{bench.project}_data"

    await deployed(bench, given(bench, text))
    work = bench.work(TaskKind.DOWN)
    for file in work.directory.iterdir():
        file.unlink()
    work.directory.rmdir()
    assert await ran(bench, replace(work, order=replace(work.order, remove_volumes=True))) == Outcome()

    assert engine_a.docker(*volume) == ""
    assert await containers(bench) == {}


async def test_what_is_gone_stays_gone_when_it_is_taken_down_twice(bench: Bench) -> None:
    assert await ran(bench, bench.work(TaskKind.DOWN, Behaviour.RUNS)) == Outcome()


async def test_a_container_that_was_killed_is_seen_at_once(bench: Bench, engine_a: Engine, image: str) -> None:
    await deployed(bench, given(bench, compose(image, web={"command": SLEEP})))
    async with bench.opened() as executor:
        before = {c.name: c for c in await executor.inventory()}[f"{bench.project}-web-1"]
        engine_a.docker("kill", before.name)
        after = {c.name: c for c in await executor.inventory()}[before.name]

    assert (before.state, after) == (
        ContainerState.RUNNING,
        replace(before, state=ContainerState.EXITED, exit_code=137, ended_ms=after.ended_ms),
    )
    assert after.ended_ms > after.started_ms


async def test_a_container_that_was_restarted_shows_it(bench: Bench, engine_a: Engine, image: str) -> None:
    await deployed(bench, given(bench, compose(image, web={"command": SLEEP})))
    async with bench.opened() as executor:
        before = {c.name: c for c in await executor.inventory()}[f"{bench.project}-web-1"]
        engine_a.docker("restart", before.name)
        after = {c.name: c for c in await executor.inventory()}[before.name]

    assert after.started_ms > before.started_ms
