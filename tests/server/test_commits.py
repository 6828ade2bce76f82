"""The commit of a deployment's revision: what was deployed, and by whom it was made, is said wherever the deployment is."""

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import anyio
import pytest

from composia.builtin_plugins.directory.source import DirectorySource
from composia.core.deployment import Deployment, DeploymentState
from composia.core.revision import Revision
from composia.core.task import TaskKind, TaskState
from composia.errors import NotPossible
from composia.plugins.api import RetryRequest
from composia.plugins.queue import DeploymentFilter
from composia.plugins.watching import WatchEvent, WatchRequest, WatchTopic
from composia.server import commits, history
from composia.server.commits import Commits
from composia.server.history import History
from composia.server.places import Places
from tests.server.followed import Followed, put, text
from tests.server.world import World

pytestmark = pytest.mark.anyio

ADA = "Ada <ada@example.org>"


class Asked(DirectorySource):
    """A source that knows some revisions, and keeps what it was asked for."""

    def __init__(self, root: Path, *known: str) -> None:
        super().__init__(root, root)
        self.known = {name: Revision(id=name, author=ADA, message=f"{name}\n\nMore of it.") for name in known}
        self.asked: list[list[str]] = []

    async def revisions(self, names: Sequence[str]) -> tuple[Revision | None, ...]:
        """Those that it knows."""
        self.asked.append([*names])
        return tuple(self.known.get(name) for name in names)


def knowing(source: DirectorySource) -> Commits:
    """The commits of a source."""
    return Commits(source, History(source, Places()))


def deployed(service: str, revision: str) -> Deployment:
    """A deployment of a service."""
    return Deployment(
        id=f"{service} at {revision}",
        sequence=1,
        request_id=revision,
        kind=TaskKind.DEPLOY,
        service=service,
        revision=revision,
        batches=1,
        state=DeploymentState.SUCCEEDED,
    )


@pytest.fixture
def greeting(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which Ada has made every commit."""

    async def known(_: DirectorySource, names: Sequence[str]) -> tuple[Revision | None, ...]:
        return tuple(Revision(id=name, author=ADA, message="Greet") for name in names)

    monkeypatch.setattr(DirectorySource, "revisions", known)
    return world


async def told(world: World, cursor: str = "") -> WatchEvent:
    """The first event of a watch of work."""
    request = WatchRequest(topics=(WatchTopic.WORK,), cursor=cursor)
    async with aclosing(cast("Any", world.people.watch(request))) as events:
        with anyio.fail_after(60):
            return cast("WatchEvent", await anext(events))


async def test_a_commit_is_said_by_its_author_and_headline_however_old_it_is(followed: Followed) -> None:
    old = followed.origin.commit(put("web"), message="Greet\n\nMore warmly.")
    await followed.repository.sync()
    for number in range(3):
        await followed.push(put("web", f"s{number}"))
    found = await followed.repository.commits.find(["", old, old])
    assert {name: (said.id, said.author, said.message) for name, said in found.items()} == {old: (old, ADA, "Greet")}


async def test_it_is_the_last_one_that_changed_the_service_as_far_as_that_is_known(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = await followed.push(put("web"))
    api = await followed.push(put("web", "api"))
    await followed.push({**put("web", "api"), "README.md": text("Read me.")})
    head = await followed.push({**put("web", "api"), "README.md": text("Read me too.")})
    asked = [
        deployed("web", api),
        deployed("api", api),
        deployed("web", head),
        deployed("gone", head),
        deployed("web", "f" * 40),
    ]

    async def names() -> list[str]:
        found = await followed.repository.commits.of(asked)
        return [found[one.id].id if one.id in found else "" for one in asked]

    assert await names() == [web, api, web, head, ""]
    monkeypatch.setattr(history, "KEPT", 1)
    assert await names() == [api, api, web, head, ""]


async def test_of_a_history_that_is_gone_there_is_none_and_that_is_no_error(followed: Followed) -> None:
    head = await followed.push(put("web"))
    assert (await followed.repository.commits.find(["f" * 40, "dir-0123456789ab", head])).keys() == {head}


async def test_all_that_is_not_known_is_asked_for_at_once_and_what_is_known_never_again(tmp_path: Path) -> None:
    source = Asked(tmp_path, "a", "b")
    known = knowing(source)
    for _ in range(2):
        assert (await known.find(["a", "", "b", "a", "gone"])).keys() == {"a", "b"}
    await known.find([])
    assert source.asked == [["a", "b", "gone"], ["gone"]]


async def test_only_so_many_are_remembered_and_those_that_are_asked_for_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "KEPT", 2)
    source = Asked(tmp_path, "a", "b", "c")
    known = knowing(source)
    for name in ("a", "b", "a", "c", "a", "b"):
        await known.find([name])
    assert source.asked == [["a"], ["b"], ["c"], ["b"]]


@pytest.mark.parametrize("error", [NotPossible("the clone is damaged"), OSError("no such disk")])
async def test_deployments_are_shown_though_the_repository_cannot_be_read(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fail(_: DirectorySource, __: Sequence[str]) -> tuple[Revision | None, ...]:
        raise error

    async with world.agent("a"):
        await world.commit("web", "a")
        monkeypatch.setattr(DirectorySource, "revisions", fail)
        await world.people.deploy(world.request("web"))
    page = await world.people.list_deployments(DeploymentFilter(), 10, "")
    assert [(view.deployment.service, view.commit) for view in page.items] == [("web", None)]


async def test_every_answer_about_a_deployment_says_its_commit(greeting: World) -> None:
    world = greeting
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        (begun,) = (await world.people.deploy(world.request("web"))).deployments
        await agent.finish(await agent.hear_run(), TaskState.FAILED)
    name = begun.deployment.id
    (again,) = (await world.people.retry(RetryRequest(request_id="again", deployment=name))).deployments
    views = [begun, again, await world.people.get_deployment(name)]
    views += [
        await steer(again.deployment.id) for steer in (world.people.pause_deployment, world.people.resume_deployment)
    ]
    views += [await world.people.cancel_deployment(again.deployment.id)]
    views += (await world.people.list_deployments(DeploymentFilter(), 10, "")).items
    said = Revision(id=begun.deployment.revision, author=ADA, message="Greet")
    assert [view.commit for view in views] == [said] * 8


async def test_who_watches_work_hears_of_its_commits_with_the_snapshot_and_with_what_is_new(greeting: World) -> None:
    world = greeting
    async with world.agent("a"):
        await world.commit("web", "a")
        (web,) = (await world.people.deploy(world.request("web"))).deployments
        snapshot = await told(world)
        await world.commit("api", "a")
        (api,) = (await world.people.deploy(world.request("api"))).deployments
        news = await told(world, snapshot.cursor)
    assert [(one.deployment, one.commit.id) for one in snapshot.commits] == [
        (web.deployment.id, web.deployment.revision)
    ]
    assert (api.deployment.id, api.deployment.revision) in {(one.deployment, one.commit.id) for one in news.commits}
    assert web.deployment.revision != api.deployment.revision
