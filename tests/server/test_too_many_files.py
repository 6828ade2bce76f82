"""A commit that makes more files of a few objects than anybody can list: it is refused, and all else goes on, with the real Git."""

import pytest

from composia.builtin_plugins.git import revisions
from composia.clock import ManualClock
from composia.core.service import META_FILE
from composia.errors import TooLarge
from composia.server import finding, places
from composia.server.comparison import compare
from composia.server.repository import Repository
from composia.server.service_files import list_files
from tests.builtin_plugins.git.bomb import commit_bomb
from tests.server.followed import Followed, put, text

pytestmark = pytest.mark.anyio

MOST = 3_000


@pytest.fixture(autouse=True)
def lower_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each walk ends early, for the sake of the time that the tests take: without an end it would be there no less."""
    monkeypatch.setattr(finding, "MOST_PATHS", MOST)
    monkeypatch.setattr(places, "MOST_PATHS", MOST)
    monkeypatch.setattr(revisions, "MOST_CHANGED", MOST)


async def test_a_head_that_nobody_can_list_leaves_the_last_one(followed: Followed) -> None:
    good = await followed.push(put("web", "db"))
    bomb = commit_bomb(followed.origin, "web", "x")

    state = await followed.repository.sync()

    assert state.head == good
    assert state.error == (
        f"commit {bomb[:12]} cannot be read: more than 3000 paths, most of them in web; keep data out of Git"
    )
    assert followed.names == ["db", "web"]
    assert await followed.repository.sync() == state


async def test_it_does_so_after_a_restart_too(followed: Followed) -> None:
    good = await followed.push(put("web", "db"))
    commit_bomb(followed.origin, "web", "x")
    refused = await followed.repository.sync()
    again = Repository(followed.source, followed.queue, followed.bundles, ManualClock())
    await again.load()

    assert await again.sync() == refused
    assert (await again.at("")).catalog.revision == good


async def test_the_next_head_is_taken_and_has_a_history(followed: Followed) -> None:
    await followed.push(put("web", "db"))
    for content in ("x", "y"):
        commit_bomb(followed.origin, "web", content)
        await followed.repository.sync()

    head = await followed.push({**put("web", "db"), "db/more": text("1")})

    assert (followed.repository.state.head, followed.repository.state.error) == (head, "")
    log = await followed.repository.history.page("", 9, "")
    assert [commit.services for commit in log.items] == [("db", "web"), ("web",), ("web",), ("db", "web")]


async def test_of_a_commit_that_changed_too_much_to_be_told_the_services_are_those_that_it_may_have_changed(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "MOST_CHANGED", 1)
    monkeypatch.setattr(revisions, "SOME", 1)
    await followed.push(put("apps/web", "apps/db", "other"))
    await followed.push({**put("apps/web", "apps/db", "other"), "apps/web/more": text("1")})

    log = await followed.repository.history.page("", 9, "")

    assert [commit.services for commit in log.items] == [("db", "web"), ("db", "other", "web")]


async def test_of_such_a_revision_people_are_told_so(followed: Followed) -> None:
    head = await followed.push(put("web", "db"))
    bomb = commit_bomb(followed.origin, "web", "x")
    await followed.repository.sync()

    with pytest.raises(TooLarge, match="more than 40000 paths, most of them in web/many"):
        await list_files(followed.repository, "web", bomb)
    with pytest.raises(TooLarge, match="more than 40000 paths"):
        await compare(followed.repository, "web", head, bomb)
    with pytest.raises(TooLarge, match="more than 3000 paths"):
        await followed.repository.at(bomb)
    with pytest.raises(TooLarge, match="more than 3000 paths"):
        await list_files(followed.repository, "gone", bomb)
    assert [file.path for file in (await list_files(followed.repository, "db", bomb)).files] == [
        "compose.yaml",
        META_FILE,
    ]


async def test_directories_that_are_known_are_not_named_without_end_either(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST", 15)
    good = await followed.push(put(*(f"a/{number}" for number in range(10))))
    tree = followed.origin.git("rev-parse", "main:a")
    root = followed.origin.git("mktree", stdin=f"040000 tree {tree}\ta\n040000 tree {tree}\tb\n".encode())
    commit = followed.origin.git("commit-tree", "-m", "twice", "-p", "main", root)
    followed.origin.git("update-ref", "refs/heads/main", commit)

    state = await followed.repository.sync()

    assert state.head == good
    assert "more than 15 services, submodules and misnamed definitions" in state.error
