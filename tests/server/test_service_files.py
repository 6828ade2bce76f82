"""What people read of the repository: the files of a service at a revision, with the real Git."""

from pathlib import Path

import pytest

from composia.core.file import FileEntry, FileKind
from composia.errors import Invalid, NotFound, NotPossible, TooLarge
from composia.plugins.testing.source_bench import Put
from composia.server import service_files
from composia.server.service_files import list_files, read_file
from tests.server.followed import Followed, put, text, to

pytestmark = pytest.mark.anyio


async def test_the_files_of_a_service_are_listed_with_what_they_are(followed: Followed) -> None:
    more = {
        "apps/web/run.sh": Put(content=b"#!/bin/sh\n", kind=FileKind.EXECUTABLE),
        "apps/web/conf/a": text("a"),
        "apps/web/link": to("conf/a"),
    }
    head = await followed.push({**put("apps/web", "db"), **more})
    found = await list_files(followed.repository, "web", "")
    assert (found.revision, found.directory) == (head, "apps/web")
    assert found.files == (
        FileEntry(path="compose.yaml", kind=FileKind.FILE),
        FileEntry(path="composia-meta.yaml", kind=FileKind.FILE),
        FileEntry(path="conf", kind=FileKind.DIRECTORY),
        FileEntry(path="conf/a", kind=FileKind.FILE),
        FileEntry(path="link", kind=FileKind.LINK),
        FileEntry(path="run.sh", kind=FileKind.EXECUTABLE),
    )


async def test_a_service_is_found_by_its_name_wherever_it_lay_at_the_revision(followed: Followed) -> None:
    old = await followed.push({**put("web"), "web/old": text("1")})
    await followed.push({f"apps/{path}": file for path, file in put("web").items()})
    elsewhere = await list_files(followed.repository, "web", old[:10])
    assert (elsewhere.revision, elsewhere.directory) == (old, "web")
    assert "old" in [file.path for file in elsewhere.files]
    assert (await list_files(followed.repository, "web", "")).directory == "apps/web"


async def test_a_service_that_is_gone_can_still_be_read_where_it_was(followed: Followed) -> None:
    old = await followed.push(put("web", "db"))
    await followed.push(put("db"))
    assert (await list_files(followed.repository, "web", old)).directory == "web"
    with pytest.raises(NotFound):
        await list_files(followed.repository, "web", "")


async def test_a_service_is_not_taken_for_another_one_that_lay_in_its_place(followed: Followed) -> None:
    swapped = {"web/composia-meta.yaml": text("name: db\n"), "db/composia-meta.yaml": text("name: web\n")}
    old = await followed.push({**put("web", "db"), **swapped})
    await followed.push(put("web", "db"))
    assert (await list_files(followed.repository, "web", old)).directory == "db"
    assert (await list_files(followed.repository, "db", old)).directory == "web"


async def test_a_directory_that_is_called_like_a_definition_in_its_place_does_not_hide_a_service(
    followed: Followed,
) -> None:
    moved = {f"apps/{path}": file for path, file in put("web").items()}
    old = await followed.push({**moved, "web/composia-meta.yaml/a": text("a"), **put("db")})
    await followed.push(put("web"))
    assert (await list_files(followed.repository, "web", old)).directory == "apps/web"
    await followed.push(put("db"))
    assert (await list_files(followed.repository, "web", old)).directory == "apps/web"


async def test_a_service_in_the_root_is_the_whole_repository(followed: Followed) -> None:
    await followed.push({"composia-meta.yaml": text("name: web\nnodes: [a]\n"), "conf/a": text("a")})
    found = await list_files(followed.repository, "web", "")
    assert (found.directory, [file.path for file in found.files]) == ("", ["composia-meta.yaml", "conf", "conf/a"])
    assert (await read_file(followed.repository, "web", "", "conf/a")).data == b"a"


async def test_a_broken_definition_is_read_with_its_problems_at_the_head_alone(followed: Followed) -> None:
    broken = {"web/composia-meta.yaml": text("name: web\nnods: [a]\n"), "web/compose.yaml": text("services: [\n")}
    old = await followed.push(broken)
    head = await followed.push({**broken, "web/more": text("1")})
    meta = await read_file(followed.repository, "web", "", "composia-meta.yaml")
    compose = await read_file(followed.repository, "web", head, "compose.yaml")
    before = await read_file(followed.repository, "web", old, "composia-meta.yaml")
    assert meta.data == before.data == b"name: web\nnods: [a]\n"
    assert {problem.file for problem in meta.problems} == {"web/composia-meta.yaml"}
    assert 2 in [problem.line for problem in meta.problems]
    assert {problem.file for problem in compose.problems} == {"web/compose.yaml"}
    assert before.problems == ()


async def test_a_link_is_read_as_where_it_leads(followed: Followed) -> None:
    await followed.push({**put("web"), "web/link": to("compose.yaml")})
    found = await read_file(followed.repository, "web", "", "link")
    assert (found.kind, found.data) == (FileKind.LINK, b"compose.yaml")


async def test_bytes_that_are_no_text_are_read_as_they_are(followed: Followed) -> None:
    await followed.push({**put("web"), "web/bytes": Put(content=bytes(range(256)))})
    assert (await read_file(followed.repository, "web", "", "bytes")).data == bytes(range(256))


async def test_a_file_may_be_as_large_as_the_limit_and_no_larger(followed: Followed) -> None:
    full = Put(content=b"x" * service_files.MOST)
    await followed.push({**put("web"), "web/full": full, "web/over": Put(content=full.content + b"x")})
    assert len((await read_file(followed.repository, "web", "", "full")).data) == service_files.MOST
    with pytest.raises(TooLarge) as refused:
        await read_file(followed.repository, "web", "", "over")
    assert (refused.value.message, refused.value.where) == (
        "this file is larger than 1 MiB, so it is not shown",
        "web/over",
    )


async def test_what_is_not_there_is_said_with_what_may_be_meant(followed: Followed) -> None:
    head = await followed.push({**put("web", "db"), "web/conf/a": text("a")})
    where = f"revision {head[:12]}"
    for question, message, place, hint in (
        (list_files(followed.repository, "wep", ""), "no service named wep", where, "did you mean web?"),
        (read_file(followed.repository, "wep", "", "x"), "no service named wep", where, "did you mean web?"),
        (
            read_file(followed.repository, "web", "", "compose.yml"),
            "no file compose.yml",
            f"web at {where}",
            "did you mean compose.yaml?",
        ),
        (read_file(followed.repository, "web", "", "conf/a/b"), "no file conf/a/b", f"web at {where}", "did you mean conf/a?"),
        (
            list_files(followed.repository, "web", "no-such"),
            "no revision 'no-such'",
            "",
            "a branch, a tag, or a commit that was pushed; see `composia repo log`",
        ),
    ):  # fmt: skip
        with pytest.raises(NotFound) as refused:
            await question
        assert (refused.value.message, refused.value.where, refused.value.hint) == (message, place, hint)


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../db/compose.yaml", "conf/../../db/compose.yaml", ".."])
async def test_a_path_that_leaves_the_service_is_refused(followed: Followed, path: str) -> None:
    await followed.push({**put("web", "db"), "web/conf/a": text("a")})
    with pytest.raises(Invalid):
        await read_file(followed.repository, "web", "", path)


async def test_a_directory_and_a_submodule_have_no_content(followed: Followed, tmp_path: Path) -> None:
    await followed.push({**put("web"), "web/conf/a": text("a")})
    with pytest.raises(Invalid, match="this is a directory"):
        await read_file(followed.repository, "web", "", "conf")
    library = tmp_path / "library"
    followed.origin.git("init", "-q", str(library))
    followed.origin.git("-C", str(library), "commit", "-q", "--allow-empty", "-m", "first")
    followed.origin.git("reset", "-q", "--hard", "main")
    followed.origin.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "--", str(library), "web/lib"
    )
    followed.origin.git("commit", "-q", "-m", "a submodule")
    await followed.repository.sync()
    listed = await list_files(followed.repository, "web", "")
    assert FileEntry(path="lib", kind=FileKind.SUBMODULE) in listed.files
    with pytest.raises(NotPossible):
        await read_file(followed.repository, "web", "", "lib")


async def test_before_the_first_sync_nothing_can_be_read_and_it_is_said_why(followed: Followed) -> None:
    with pytest.raises(NotPossible, match="the repository has not been read yet"):
        await list_files(followed.repository, "web", "")


async def test_a_definition_that_is_a_link_has_the_name_that_its_service_has(followed: Followed) -> None:
    files = {"web/real.yaml": text("name: shop\nnodes: [a]\n"), "web/composia-meta.yaml": to("real.yaml")}
    old = await followed.push({**files, "web/compose.yaml": put("web")["web/compose.yaml"]})
    assert followed.names == ["shop"]
    assert (await list_files(followed.repository, "shop", "")).directory == "web"
    await followed.push({**files, "web/more": text("1")})
    assert (await list_files(followed.repository, "shop", old)).directory == "web"
