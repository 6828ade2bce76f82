"""The repository as people have it: what they push, move, rename, delete and mistype, with the real Git."""

import errno
import io
import posixpath
from pathlib import Path

import anyio
import pytest

from composia.agent.archive import Limits, unpack
from composia.core.file import FileKind
from composia.core.service import Catalog
from composia.errors import NotFound, NotPossible
from composia.plugins.queue import Page
from composia.plugins.testing.source_bench import Put
from tests.builtin_plugins.git import repository as origin
from tests.server.followed import Followed, put, to

pytestmark = pytest.mark.anyio


async def test_a_submodule_and_lfs_pointers_are_named_and_refused_and_the_other_services_are_fine(
    followed: Followed, tmp_path: Path
) -> None:
    library = origin.Repository(tmp_path / "library")
    library.commit(put("inner"))
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    followed.origin.commit({**put("web", "db", "blog"), "blog/video.mp4": Put(content=pointer)})
    followed.origin.git("reset", "-q", "--hard", "main")
    for directory in ("web/lib", "vendor/inner"):
        allow = ("-c", "protocol.file.allow=always")
        followed.origin.git(*allow, "submodule", "--quiet", "add", "--", str(library.path), directory)
    followed.origin.git("commit", "-q", "-m", "submodules")
    await followed.repository.sync()
    assert followed.problems == {
        "blog": [("blog/video.mp4", "this is a Git LFS pointer and not the file")],
        "db": [],
        "web": [("web/lib", "this is a submodule, which is not brought to nodes")],
    }
    head = followed.repository.head
    assert [definition.name for definition in head.definitions if definition.service] == ["db"]
    assert [(p.where, p.message) for p in head.problems] == [
        ("vendor/inner", "this is a submodule; services in it are not read")
    ]
    followed.origin.git("rm", "-q", "--cached", "web/lib")
    followed.origin.git("commit", "-q", "-m", "without one")
    await followed.repository.sync()
    assert [definition.name for definition in followed.repository.head.definitions if definition.service] == [
        "db",
        "web",
    ]


async def test_links_inside_of_a_service_arrive_as_links_and_those_out_of_it_are_refused(
    followed: Followed, tmp_path: Path
) -> None:
    inside = {
        "web/conf/real": Put(content=b"real"),
        "web/file": to("conf/real"),
        "web/directory": to("conf"),
        "web/conf/up": to("../compose.yaml"),
        "web/dangling": to("not-there"),
        "web/loop": to("loop"),
        "web/ping": to("conf/pong"),
        "web/conf/pong": to("../ping"),
    }
    outside = {"db/up": to("../web/compose.yaml"), "db/abs": to("/etc/passwd"), "db/turn": to("x/../../web")}
    await followed.push({**put("web", "db"), **inside, **outside})
    assert {name: [where for where, _ in found] for name, found in followed.problems.items()} == {
        "db": ["db/abs", "db/turn", "db/up"],
        "web": [],
    }
    reading = await followed.repository.at("")
    definition = reading.catalog.find("web")
    assert definition is not None
    assert definition.service is not None
    digest = await followed.repository.bundle(reading, definition.service)
    archive = b"".join([chunk async for chunk in followed.bundles.open(digest)])
    target = tmp_path / "unpacked"
    target.mkdir()
    unpack(io.BytesIO(archive), target, Limits())
    links = {path: put.content.decode() for path, put in inside.items() if put.kind is FileKind.LINK}
    assert {f"web/{path.relative_to(target)}": str(path.readlink()) for path in target.rglob("*") if path.is_symlink()} == links  # fmt: skip
    assert (target / "directory" / "real").read_text() == "real"


@pytest.mark.parametrize("target", ["compose.yaml", "conf/other", "/etc/compose.yaml", "../db/compose.yaml"])
async def test_a_compose_file_that_leads_nowhere_refuses_its_service_alone(followed: Followed, target: str) -> None:
    loop = {"web/compose.yaml": to(target), "web/conf/other": to("../compose.yaml")}
    await followed.push({**put("web", "db"), **loop})
    assert [definition.name for definition in followed.repository.head.definitions if definition.service] == ["db"]
    assert followed.problems["web"]


async def test_a_compose_file_may_be_a_link_to_one_beside_it(followed: Followed) -> None:
    files = put("web")
    files["web/real.yaml"] = files["web/compose.yaml"]
    await followed.push({**files, "web/compose.yaml": to("real.yaml")})
    assert followed.problems == {"web": []}


async def test_an_empty_repository_is_said_until_the_first_commit_comes(followed: Followed) -> None:
    state = await followed.repository.sync()
    assert state.error == "the repository is empty; push branch main"
    with pytest.raises(NotPossible) as refused:
        await followed.repository.at("")
    assert (refused.value.message, refused.value.hint) == ("the repository has not been read yet", state.error)
    assert await followed.repository.history.page("", 9, "") == Page(items=())
    await followed.push(put("web"))
    assert (followed.repository.state.error, followed.names) == ("", ["web"])


async def test_a_commit_without_any_service_is_a_repository_without_services(followed: Followed) -> None:
    await followed.push(put("web"))
    await followed.push({"README": Put(content=b"nothing yet")})
    assert (followed.repository.state.error, followed.names) == ("", [])


async def test_a_branch_that_was_force_pushed_is_followed_and_said(followed: Followed) -> None:
    old = await followed.push(put("web", "db"))
    new = await followed.push(put("web", "blog"), parents=())
    state = followed.repository.state
    assert (state.head, state.rewritten, followed.names) == (new, True, ["blog", "web"])
    before = await followed.repository.at(old)
    assert [definition.name for definition in before.catalog.definitions] == ["db", "web"]


async def test_a_branch_that_was_renamed_or_deleted_is_said_and_its_services_stay(followed: Followed) -> None:
    head = await followed.push(put("web"))
    followed.origin.git("branch", "-q", "-m", "main", "trunk")
    state = await followed.repository.sync()
    assert state.error == "there is no branch main; known: trunk"
    assert (state.head, followed.names) == (head, ["web"])
    followed.origin.git("branch", "-q", "-m", "trunk", "mein")
    assert (await followed.repository.sync()).error == "there is no branch main; did you mean mein?"
    followed.origin.git("branch", "-q", "-m", "mein", "main")
    assert (await followed.repository.sync()).error == ""


async def test_a_repository_that_was_never_reached_says_why_to_whoever_needs_it(tmp_path: Path) -> None:
    followed = Followed(tmp_path)
    (tmp_path / "services").rename(tmp_path / "elsewhere")
    await followed.open()
    await followed.repository.sync()
    with pytest.raises(NotPossible) as refused:
        await followed.repository.at("")
    assert refused.value.where == str(tmp_path / "services")
    assert refused.value.hint == "there is no Git repository; check url"
    await followed.source.close()


async def test_a_revision_that_nobody_has_pushed_is_one_error_with_a_hint(followed: Followed) -> None:
    await followed.push(put("web"))
    hint = "a branch, a tag, or a commit that was pushed; see `composia repo log`"
    for revision in ("f" * 40, "abcdef1", "no-such-thing"):
        with pytest.raises(NotFound) as refused:
            await followed.repository.at(revision)
        assert revision in refused.value.message
        assert refused.value.hint == hint


async def test_an_ambiguous_revision_is_refused_with_the_ones_that_it_may_be(followed: Followed) -> None:
    await followed.push(put("web"))
    beginning = followed.origin.commits_with_one_beginning(5)
    await followed.repository.sync()
    names = sorted(followed.origin.git("rev-parse", f"refs/heads/alike-{branch}")[:12] for branch in ("one", "two"))
    with pytest.raises(NotFound) as refused:
        await followed.repository.at(beginning)
    assert refused.value.message == f"revision {beginning} is ambiguous"
    assert refused.value.hint == f"give more of its letters: {' or '.join(names)}"
    assert (await followed.repository.at(names[0])).catalog.revision.startswith(names[0])


async def test_a_revision_of_another_branch_can_be_read_and_moves_nothing(followed: Followed) -> None:
    head = await followed.push(put("web"))
    tree = followed.origin.git("rev-parse", "main^{tree}")
    other = followed.origin.git("commit-tree", "-m", "other", tree)
    followed.origin.git("update-ref", "refs/heads/feature/x", other)
    await followed.repository.sync()
    for revision in ("feature/x", other, other[:10]):
        assert (await followed.repository.at(revision)).catalog.revision == other
    assert followed.repository.state.head == head


async def test_a_service_that_moves_to_another_directory_is_the_same_bundle(followed: Followed) -> None:
    await followed.push(put("web"))
    before = followed.repository.head.find("web")
    moved = {posixpath.join("apps", path): file for path, file in put("web").items()}
    await followed.push(moved)
    after = followed.repository.head.find("web")
    assert before is not None
    assert after is not None
    assert (before.directory, after.directory, before.bundle) == ("web", "apps/web", after.bundle)


async def test_a_head_that_could_not_be_acted_on_is_new_with_the_next_sync_and_after_a_restart(
    followed: Followed,
) -> None:
    acted: list[str] = []
    fails = True

    async def act(catalog: Catalog) -> None:
        acted.append(catalog.revision)
        if fails:
            raise OSError(errno.ENOSPC, "No space left on device")

    followed.repository.on_new_head = act
    head = await followed.push(put("web"))
    assert (await followed.repository.sync()).head == head, "whoever only wants the news gets them"
    assert await followed.queue.repository() is None
    fails = False
    for _ in range(2):
        await followed.repository.sync()

    assert acted == [head] * 3
    saved = await followed.queue.repository()
    assert saved is not None
    assert saved.head == head


async def test_one_head_is_acted_on_after_the_other(followed: Followed) -> None:
    acted: list[str] = []
    begun, let_go = anyio.Event(), anyio.Event()

    async def act(catalog: Catalog) -> None:
        if not begun.is_set():
            begun.set()
            await let_go.wait()
        acted.append(catalog.revision)

    followed.repository.on_new_head = act
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(followed.push, put("web"))
        await begun.wait()
        first = followed.repository.head.revision
        tasks.start_soon(followed.push, put("web", "db"))
        while (second := followed.repository.head.revision) == first:  # noqa: ASYNC110 - a head rings no bell
            await anyio.sleep(0.01)
        await anyio.wait_all_tasks_blocked()
        let_go.set()

    assert acted == [first, second]
    saved = await followed.queue.repository()
    assert saved is not None
    assert saved.head == second


async def test_what_belongs_to_no_service_is_said_of_the_repository_as_long_as_it_is_there(followed: Followed) -> None:
    await followed.push({**put("web"), "old/composia-meta.yml": Put(content=b"")})
    with_it = followed.repository.state
    again = await followed.repository.sync()
    await followed.push(put("web"))

    assert [(problem.where, problem.message) for problem in with_it.problems] == [
        ("old/composia-meta.yml", "this is not read")
    ]
    assert again.problems == with_it.problems
    assert followed.repository.state.problems == ()
