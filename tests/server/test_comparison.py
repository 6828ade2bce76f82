"""How a service's files differ between two revisions, with the real Git."""

import pytest

from composia.core.file import ChangeKind, FileChange, FileKind, LineKind
from composia.errors import Invalid, NotFound
from composia.plugins.testing.source_bench import Put
from composia.server import comparison
from composia.server.comparison import compare
from tests.server.followed import Followed, put, text, to

pytestmark = pytest.mark.anyio

SIGNS = {LineKind.KEPT: " ", LineKind.ADDED: "+", LineKind.REMOVED: "-"}


async def changes(followed: Followed, older: str, newer: str = "") -> dict[str, FileChange]:
    """What differs of `web`, by path."""
    found = await compare(followed.repository, "web", older, newer)
    return {change.path: change for change in found.files}


def lines(change: FileChange) -> list[str]:
    return [SIGNS[kind] + line for hunk in change.hunks for kind, line in zip(hunk.kinds, hunk.lines, strict=True)]


async def test_each_file_that_differs_is_named_with_its_lines_and_how_many(followed: Followed) -> None:
    before = {"web/a": text("1\n2\n3\n"), "web/gone": text("x\ny\n"), "web/same": text("s")}
    old = await followed.push({**put("web", "db"), **before})
    after = {"web/a": text("1\n2b\n3\n4\n"), "web/conf/new": text("n\n"), "web/same": text("s"), "db/x": text("x")}
    new = await followed.push({**put("web", "db"), **after})
    found = await compare(followed.repository, "web", old[:10], "")
    assert (found.older, found.newer) == (old, new)
    assert [(c.path, c.kind, c.added, c.removed, c.note) for c in found.files] == [
        ("a", ChangeKind.CHANGED, 2, 1, ""),
        ("conf/new", ChangeKind.ADDED, 1, 0, ""),
        ("gone", ChangeKind.REMOVED, 0, 2, ""),
    ]
    assert [lines(change) for change in found.files] == [[" 1", "-2", "+2b", " 3", "+4"], ["+n"], ["-x", "-y"]]


async def test_the_commits_between_are_those_that_changed_the_service(followed: Followed) -> None:
    old = await followed.push(put("web"))
    one = await followed.push({**put("web"), "web/a": text("1")})
    await followed.push({**put("web", "db"), "web/a": text("1")})
    two = await followed.push({**put("web", "db"), "web/a": text("2")})
    found = await compare(followed.repository, "web", old, "")
    back = await compare(followed.repository, "web", two, old)
    assert ([(commit.id, commit.services) for commit in found.commits], found.more_commits) == (
        [(two, ("web",)), (one, ("web",))],
        False,
    )
    assert (back.commits, back.more_commits) == ((), True)


async def test_the_same_files_do_not_differ(followed: Followed) -> None:
    old = await followed.push(put("web"))
    await followed.push(put("web", "db"))
    assert await changes(followed, old) == {}


async def test_a_service_that_moved_is_compared_with_itself(followed: Followed) -> None:
    old = await followed.push({**put("web"), "web/a": text("1\n")})
    moved = {f"apps/shop/{path[4:]}": file for path, file in put("web").items()}
    await followed.push({**moved, "apps/shop/a": text("2\n")})
    assert {path: lines(change) for path, change in (await changes(followed, old)).items()} == {"a": ["-1", "+2"]}


async def test_a_service_that_was_not_there_yet_is_all_new_and_one_that_is_gone_all_removed(followed: Followed) -> None:
    nothing = await followed.push(put("db"))
    there = await followed.push(put("web"))
    gone = await followed.push(put("db"))
    for older, newer, kind in (
        (nothing, there, ChangeKind.ADDED),
        ("", there, ChangeKind.ADDED),
        (there, gone, ChangeKind.REMOVED),
    ):
        found = await changes(followed, older, newer)
        assert {path: change.kind for path, change in found.items()} == {
            "compose.yaml": kind,
            "composia-meta.yaml": kind,
        }


async def test_a_service_that_neither_revision_has_is_not_found(followed: Followed) -> None:
    old = await followed.push(put("web"))
    with pytest.raises(NotFound) as refused:
        await compare(followed.repository, "wep", old, "")
    assert (refused.value.message, refused.value.hint) == ("no service named wep", "did you mean web?")
    with pytest.raises(Invalid):
        await compare(followed.repository, "", old, "")


async def test_what_has_no_lines_to_show_says_why(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "SIDE", 1000)
    monkeypatch.setattr(comparison, "LINES", 100)
    before = {
        "bytes": Put(content=b"\xff\xfe"),
        "nul": text("a\0b"),
        "large": text("x" * 1000),
        "long": text("x\n" * 100),
        "mode": text("m"),
        "back": Put(content=b"m", kind=FileKind.EXECUTABLE),
        "to-link": text("a"),
        "from-link": to("nul"),
    }
    after = {
        "bytes": Put(content=b"\xff\xfd"),
        "nul": text("a\0c"),
        "large": text("x" * 1001),
        "long": text("x\n" * 99),
        "mode": Put(content=b"m", kind=FileKind.EXECUTABLE),
        "back": text("m"),
        "to-link": to("nul"),
        "from-link": text("a"),
        "empty": text(""),
    }
    old = await followed.push({**put("web"), **{f"web/{path}": file for path, file in before.items()}})
    await followed.push({**put("web"), **{f"web/{path}": file for path, file in after.items()}})
    found = await changes(followed, old)
    assert {path: change.note for path, change in found.items()} == {
        "bytes": "this is no text",
        "nul": "this is no text",
        "large": "larger than 0 KiB",
        "long": "more than 100 lines",
        "mode": "it is executable now",
        "back": "it is executable no more",
        "to-link": "a link was put in its place",
        "from-link": "a file was put in the place of a link",
        "empty": "it is empty",
    }
    assert not any(change.hunks for change in found.values())


async def test_a_link_differs_by_where_it_leads(followed: Followed) -> None:
    old = await followed.push({**put("web"), "web/link": to("a")})
    await followed.push({**put("web"), "web/link": to("b")})
    assert lines((await changes(followed, old))["link"]) == ["-a", "+b"]


async def test_a_file_that_became_executable_and_changed_shows_its_lines(followed: Followed) -> None:
    old = await followed.push({**put("web"), "web/run": text("a\n")})
    await followed.push({**put("web"), "web/run": Put(content=b"b\n", kind=FileKind.EXECUTABLE)})
    assert lines((await changes(followed, old))["run"]) == ["-a", "+b"]


async def test_lines_are_shown_up_to_a_limit_of_all_files_together(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await followed.push(put("web"))
    await followed.push({**put("web"), **{f"web/{name}": text(f"{name * 500}\n") for name in "abc"}})
    monkeypatch.setattr(comparison, "ALL", 1000)
    found = await changes(followed, old)
    assert [(path, len(change.hunks), change.note) for path, change in found.items()] == [
        ("a", 1, ""),
        ("b", 1, ""),
        ("c", 0, "not compared: the files are more than 0 MiB together"),
    ]
