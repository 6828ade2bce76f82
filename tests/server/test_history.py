"""The commits of the branch and the services that each changed, with the real Git."""

import posixpath
import random

import pytest

from composia.core.service import META_FILE
from composia.errors import NotFound
from composia.plugins.source import SnapshotFile
from composia.plugins.testing.source_bench import Put
from composia.server import history
from composia.server.history import History
from composia.server.places import Places
from tests.server.followed import Followed, put, text
from tests.server.world import World

pytestmark = pytest.mark.anyio


async def told(followed: Followed, service: str = "", limit: int = 100) -> list[tuple[str, ...]]:
    """The services of each of the newest commits."""
    return [one.services for one in (await followed.repository.history.page(service, limit, "")).items]


async def ids(followed: Followed, service: str = "", limit: int = 100, after: str = "") -> tuple[list[str], str]:
    """The commits of a page, and the next one."""
    page = await followed.repository.history.page(service, limit, after)
    return [one.id for one in page.items], page.next


async def test_each_commit_is_told_with_the_services_whose_files_it_changed(followed: Followed) -> None:
    both = put("web", "db")
    await followed.push({**both, "README": text("1")})
    await followed.push({**both, "README": text("2")})
    await followed.push({**both, "web/conf/a": text("1"), "web/b": text("1")})
    await followed.push({**both, "db/conf/a": text("1")})
    assert await told(followed) == [("db", "web"), ("web",), (), ("db", "web")]


async def test_a_service_that_comes_goes_or_is_called_otherwise_was_changed(followed: Followed) -> None:
    web = put("web")
    await followed.push(put("db"))
    await followed.push({**put("db"), **web})
    await followed.push({**put("db"), **web, "web/composia-meta.yaml": text("name: shop\nnodes: [a]\n")})
    await followed.push({**put("db"), **{f"apps/{path}": file for path, file in put("web").items()}})
    await followed.push(put("db"))
    assert await told(followed) == [("web",), ("shop", "web"), ("shop", "web"), ("web",), ("db",)]


async def test_a_directory_that_moves_is_a_change_of_its_service(followed: Followed) -> None:
    await followed.push(put("web", "db"))
    await followed.push({**put("db"), **{f"apps/{path}": file for path, file in put("web").items()}})
    assert await told(followed) == [("web",), ("db", "web")]


async def test_a_directory_becomes_a_service_and_is_none_any_more(followed: Followed) -> None:
    files = put("web")
    meta = files.pop(f"web/{META_FILE}")
    await followed.push({**files, "x": text("1")})
    await followed.push({**files, f"web/{META_FILE}": meta})
    await followed.push({**files, "web/more": text("1")})
    assert await told(followed) == [("web",), ("web",), ()]


async def test_a_service_in_the_root_is_changed_by_everything(followed: Followed) -> None:
    root = {META_FILE: text("name: all\nnodes: [a]\n")}
    await followed.push({**root, "docs/a": text("1")})
    await followed.push({**root, "docs/a": text("2")})
    assert await told(followed) == [("all",), ("all",)]


async def test_the_commits_of_one_service_are_told_alone(followed: Followed) -> None:
    pushed = [
        await followed.push({**put("web", "db"), f"{name}/n": text(str(n))})
        for n, name in enumerate(["web", "db", "web"])
    ]
    assert await ids(followed, "web") == ([pushed[2], pushed[1], pushed[0]], "")
    assert await ids(followed, "nothing") == ([], "")


async def test_a_merge_changed_what_was_merged_and_is_one_commit(followed: Followed) -> None:
    first = await followed.push(put("web", "db"))
    side = followed.origin.commit({**put("web", "db"), "web/a": text("1"), "db/a": text("1")}, message="on a branch")
    merge = await followed.push({**put("web", "db"), "web/a": text("1"), "db/a": text("1")}, parents=(first, side))
    assert await ids(followed) == ([merge, first], "")
    assert await told(followed) == [("db", "web"), ("db", "web")]
    assert followed.repository.history.behind("web", first) == 1
    assert followed.repository.history.behind("web", side) is None


async def test_pages_follow_one_another_though_the_branch_moves_on(followed: Followed) -> None:
    pushed = [
        await followed.push({**put("web", "db"), f"{'web' if n % 2 else 'db'}/n": text(str(n))}) for n in range(6)
    ]
    first, key = await ids(followed, limit=2)
    of_web, key_of_web = await ids(followed, "web", limit=2)
    await followed.push({**put("web", "db"), "web/n": text("newer")})
    second, key = await ids(followed, limit=2, after=key)
    third, end = await ids(followed, limit=2, after=key)
    rest_of_web, end_of_web = await ids(followed, "web", limit=9, after=key_of_web)
    assert [*first, *second, *third] == pushed[::-1]
    assert [*of_web, *rest_of_web] == [pushed[n] for n in (5, 4, 3, 2, 1, 0)]
    assert (end, end_of_web) == ("", "")


async def test_a_page_of_what_is_no_longer_on_the_branch_goes_on_there(followed: Followed) -> None:
    old = [await followed.push({**put("web"), "web/n": text(str(n))}) for n in range(3)]
    await followed.push(put("db"), parents=())
    assert await ids(followed, after=old[2]) == ([old[1], old[0]], "")
    assert [one.services for one in (await followed.repository.history.page("web", 9, old[2])).items] == [("web",)] * 2


async def test_a_list_goes_on_after_a_commit_that_there_is(followed: Followed) -> None:
    await followed.push(put("web"))
    with pytest.raises(NotFound):
        await followed.repository.history.page("", 9, "f" * 40)


async def test_what_would_take_too_long_to_find_is_left_to_the_next_page(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "KEPT", 1)
    monkeypatch.setattr(history, "PATIENCE", 2)
    monkeypatch.setattr(history, "AT_ONCE", 1)
    first = followed.origin.commit(put("web"))
    for n in range(8):
        followed.origin.commit({**put("web"), "README": text(str(n))})
    await followed.repository.sync()
    found: list[str] = []
    pages, after = 0, ""
    while True:
        page, after = await ids(followed, "web", after=after)
        found += page
        pages += 1
        if not after:
            break
    assert found == [first]
    assert pages > 2


async def test_a_line_that_remembers_enough_goes_on_in_another(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed = [followed.origin.commit({**put("web"), "web/n": text(str(n))}) for n in range(9)]
    monkeypatch.setattr(history, "KEPT", 2)
    monkeypatch.setattr(history, "MOST", 3)
    monkeypatch.setattr(history, "AT_ONCE", 2)
    await followed.repository.sync()
    assert await ids(followed, "web") == (pushed[::-1], "")
    assert await told(followed) == [("web",)] * 9


async def test_how_far_behind_a_revision_is_counts_the_commits_of_the_service_alone(followed: Followed) -> None:
    behind = followed.repository.history.behind
    one = await followed.push(put("web", "db"))
    two = await followed.push({**put("web", "db"), "web/n": text("1")})
    three = await followed.push({**put("web", "db"), "web/n": text("2"), "README": text("1")})
    assert [behind("web", revision) for revision in (one, two, three, "", "f" * 40)] == [2, 1, 0, None, None]
    assert [behind("db", revision) for revision in (one, two, three)] == [0, 0, 0]


async def test_how_far_behind_is_known_of_the_newest_commits_alone(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "KEPT", 3)
    pushed = [await followed.push({**put("web"), "web/n": text(str(n))}) for n in range(6)]
    await ids(followed)  # which reads on
    assert [followed.repository.history.behind("web", one) for one in pushed] == [None, None, None, 2, 1, 0]


async def test_a_branch_that_went_back_or_was_rewritten_is_followed(followed: Followed) -> None:
    behind = followed.repository.history.behind
    one = await followed.push(put("web"))
    two = await followed.push({**put("web"), "web/n": text("1")})
    followed.origin.git("update-ref", "refs/heads/main", one)
    await followed.repository.sync()
    assert (behind("web", one), behind("web", two)) == (0, None)
    anew = await followed.push({**put("web"), "web/n": text("2")}, parents=())
    assert (behind("web", one), behind("web", anew)) == (None, 0)
    assert await ids(followed) == ([anew], "")


async def test_commits_between_two_revisions_are_those_of_the_service(followed: Followed) -> None:
    one = await followed.push(put("web", "db"))
    pushed = [
        await followed.push({**put("web", "db"), "web/n": text(str(n // 2)), "db/n": text(str(n))}) for n in range(6)
    ]
    since = followed.repository.history.since
    of_web = await since(one, pushed[5], "web", 9)
    assert ([commit.id for commit in of_web.commits], of_web.more) == ([pushed[4], pushed[2], pushed[0]], False)
    assert of_web.commits[0].services == ("db", "web")
    some = await since(one, pushed[5], "web", 2)
    assert ([commit.id for commit in some.commits], some.more) == ([pushed[4], pushed[2]], True)
    everything = await since("", pushed[2], "web", 9)
    assert ([commit.id for commit in everything.commits], everything.more) == ([pushed[2], pushed[0], one], False)
    assert await since(pushed[5], pushed[5], "web", 9) == history.Since(commits=(), more=False)
    assert await since(pushed[5], one, "web", 9) == history.Since(commits=(), more=True)


SEEDS = (1, 2, 3)
NAMES = ("web", "db", "shop")


@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_commits_change_it_is_what_a_look_at_all_files_finds(followed: Followed, seed: int) -> None:
    dice = random.Random(seed)
    files: dict[str, Put] = {}
    for number in range(30):
        for _ in range(dice.randint(1, 3)):
            directory = dice.choice(["", "web", "db", "apps/web", "apps/db", "apps"])
            path = posixpath.join(directory, dice.choice([META_FILE, META_FILE, "compose.yaml", "conf/a"]))
            if dice.random() < 0.3:
                files.pop(path, None)
            else:
                files[path] = text(f"name: {dice.choice(NAMES)}\n" if path.endswith(META_FILE) else f"{number}\n")
        followed.origin.commit({**files, "README": text(str(number))})
        if dice.random() < 0.3:
            await followed.repository.sync()
    await followed.repository.sync()
    commits = [commit.revision.id for commit in await followed.source.log("", 100)]
    expected = [await looked_at(followed, one, before) for one, before in zip(commits, [*commits[1:], ""], strict=True)]
    assert await told(followed) == expected
    anew = History(followed.source, Places())
    names = {d.directory: d.name for d in followed.repository.head.definitions}
    await anew.follow(commits[0], names)
    assert [one.services for one in (await anew.page("", 100, "")).items] == expected
    for number, revision in enumerate(commits):
        for name in NAMES:
            count = sum(name in services for services in expected[:number])
            assert followed.repository.history.behind(name, revision) == anew.behind(name, revision) == count


async def looked_at(followed: Followed, revision: str, before: str) -> tuple[str, ...]:
    """The services whose files differ, found by looking at everything."""
    found: set[str] = set()
    sides: list[dict[str, SnapshotFile]] = []
    names: list[dict[str, str]] = []
    for one in (revision, before):
        reading = await followed.repository.at(one) if one else None
        listed = await reading.snapshot.below(await reading.snapshot.find("")) if reading else ()
        sides.append({file.path: file for file in listed})
        names.append({d.directory: d.name for d in reading.catalog.definitions} if reading else {})
    for path in sides[0].keys() | sides[1].keys():
        if sides[0].get(path) != sides[1].get(path):
            for directories in names:
                found |= {name for place, name in directories.items() if not place or path.startswith(f"{place}/")}
    return tuple(sorted(found))


async def test_a_directory_without_history_has_one_all_the_same(world: World) -> None:
    await world.commit("web", "a")
    one = world.plane.repository.state.head
    await world.commit("db", "a")
    await world.commit("web", "a", image="other")
    two = world.plane.repository.state.head
    await world.commit("web", "a")  # as it was before the last change; that revision is now the newest one alone
    page = await world.plane.repository.history.page("", 9, "")
    assert [commit.services for commit in page.items] == [("web",), ("db", "web"), ("web",)]
    assert page.next == ""
    assert world.plane.repository.history.behind("web", two) == 1
    assert world.plane.repository.history.behind("web", one) == 2
    assert world.plane.repository.history.behind("db", one) == 1


async def test_status_says_how_many_commits_an_instance_is_behind_at_each_new_head(world: World) -> None:
    await world.commit("web", "a")
    await world.commit("db", "a")
    async with world.agent("a") as agent:
        await world.people.deploy(world.request("web"))
        await agent.finish(await agent.hear_run())
        behind = [await behind_of_web(world)]
        number = world.plane.board.number
        await world.commit("web", "a", image="other")
        behind.append(await behind_of_web(world))
        told = world.plane.board.since(number)
        await world.commit("db", "a", image="other")
        behind.append(await behind_of_web(world))
        await world.commit("web", "a", image="third")
        behind.append(await behind_of_web(world))
        await world.people.deploy(world.request("web"))
        await agent.finish(await agent.hear_run())
        behind.append(await behind_of_web(world))
    assert behind == [0, 1, 1, 2, 0]
    assert [instance.behind for row in told.services if row.name == "web" for instance in row.instances] == [1]


async def behind_of_web(world: World) -> int | None:
    report = await world.people.get_status(["web"])
    return report.services[0].instances[0].behind
