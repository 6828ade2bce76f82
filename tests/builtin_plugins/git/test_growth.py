"""What a sync does grows with the change and not with the repository. Counted are calls and objects, not seconds."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dulwich.object_store import DiskObjectStore

from composia.builtin_plugins import git
from composia.builtin_plugins.git.lane import Lane
from composia.clock import ManualClock
from composia.plugins import Context
from composia.plugins.source import Source
from composia.plugins.testing.source_files import synced
from composia.server.catalog import CatalogReader
from tests.builtin_plugins.git.grown import change, grow, path
from tests.builtin_plugins.git.http import GitHost, WebServer
from tests.builtin_plugins.git.repository import Repository
from tests.builtin_plugins.git.sshd import SshServer

pytestmark = pytest.mark.anyio

SPARE = 1.25
"""How much more may be done for something much larger: a tree of ten entries is not one of a hundred."""


@dataclass(kw_only=True)
class Work:
    """What was done with the clone."""

    calls: int = 0
    objects: int = 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Counts every call of a function while somebody works with a clone, and the objects that are read."""
    work = Work()
    in_lane, get_raw = Lane._work, DiskObjectStore.get_raw

    def count(_frame: Any, event: str, _argument: Any) -> None:
        work.calls += event in ("call", "c_call")

    def counted(lane: Lane, task: Callable[[Any], Any]) -> Any:
        sys.setprofile(count)
        try:
            return in_lane(lane, task)
        finally:
            sys.setprofile(None)

    def noted(store: DiskObjectStore, name: Any) -> Any:
        work.objects += 1
        return get_raw(store, name)

    monkeypatch.setattr(Lane, "_work", counted)
    monkeypatch.setattr(DiskObjectStore, "get_raw", noted)
    return work


@asynccontextmanager
async def by_http(root: Path, repository: Repository) -> AsyncIterator[Source]:
    with WebServer(GitHost(root)).running() as server:
        config = git.GitConfig(url=f"{server.url}/{repository.path.name}")
        source = await git.composia_source().open(config, Context(data=root / "data", clock=ManualClock()))
        yield source
        await source.close()


@asynccontextmanager
async def by_ssh(root: Path, repository: Repository) -> AsyncIterator[Source]:
    with SshServer(root / "ssh").running() as server:
        config = git.GitConfig(
            url=server.url(repository.path),
            ssh_key_file=str(server.key),
            known_hosts_file=str(server.known_hosts),
        )
        source = await git.composia_source().open(config, Context(data=root / "data", clock=ManualClock()))
        yield source
        await source.close()


async def of_a_change(work: Work, source: Source, repository: Repository) -> Work:
    """What a sync of one changed service takes, from the remote to the catalog. The first change is not measured."""
    reader = CatalogReader()
    for number in range(3):
        work.calls = work.objects = 0
        catalog = await reader.read(await source.snapshot((await synced(source, number)).head))
        assert all(definition.service for definition in catalog.definitions)
        change(repository, f"change {number}")
    assert len({definition.bundle for definition in catalog.definitions}) == len(catalog.definitions)
    return Work(calls=work.calls, objects=work.objects)


async def measure(work: Work, root: Path, by: Any, *, services: int, commits: int) -> Work:
    """The same in a repository of that size."""
    root.mkdir()  # noqa: ASYNC240 - nothing else runs yet
    repository = Repository(root / "services")
    grow(repository, services=services, commits=commits)
    async with by(root, repository) as source:
        return await of_a_change(work, source, repository)


async def test_one_changed_service_of_many_takes_as_much_as_one_of_few(work: Work, tmp_path: Path) -> None:
    few = await measure(work, tmp_path / "few", by_http, services=10, commits=1)
    many = await measure(work, tmp_path / "many", by_http, services=300, commits=1)
    assert 0 < many.objects <= few.objects + 2
    assert 0 < many.calls <= few.calls * SPARE


@pytest.mark.parametrize("by", [by_http, by_ssh])
async def test_one_more_commit_on_many_takes_as_much_as_one_on_few(work: Work, tmp_path: Path, by: Any) -> None:
    few = await measure(work, tmp_path / "few", by, services=10, commits=100)
    many = await measure(work, tmp_path / "many", by, services=10, commits=2000)
    assert 0 < many.objects <= few.objects + 2
    assert 0 < many.calls <= few.calls * SPARE


async def test_a_repository_of_ten_thousand_commits_is_followed_and_its_log_read(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "services")
    grow(repository, services=10, commits=10_000)
    async with by_http(tmp_path, repository) as source:
        head = (await synced(source)).head
        newest = await source.log("", 3)
        assert [commit.revision.message for commit in newest] == ["change 9999", "change 9998", "change 9997"]
        assert newest[0].revision.id == head == repository.head
        (first,) = await source.log(repository.git("rev-list", "--max-parents=0", "main"), 9)
        assert first.revision.message == "first"


async def test_a_thousand_services_are_read_and_of_a_change_one_alone(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "services")
    grow(repository, services=1000)
    reader = CatalogReader()
    async with by_http(tmp_path, repository) as source:
        before = await reader.read(await source.snapshot((await synced(source)).head))
        change(repository, "new")
        after = await reader.read(await source.snapshot((await synced(source)).head))
    assert len(before.definitions) == len(after.definitions) == 1000
    changed = [new.directory for old, new in zip(before.definitions, after.definitions, strict=True) if old != new]
    assert changed == [path(0).rpartition("/")[0]]
