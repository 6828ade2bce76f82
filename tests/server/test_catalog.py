"""The catalog: every definition found and read by itself, what concerns all of them, and nothing read twice."""

import asyncio
import hashlib
import os
from collections.abc import Mapping

import pytest

from composia.core.bundle import BundleEntry, EntryKind, bundle_digest
from composia.core.file import FileKind
from composia.core.problem import Problem, Severity
from composia.core.service import Catalog, Definition, Service
from composia.server import contents, finding
from composia.server.catalog import CatalogReader
from composia.server.finding import ServiceFinder
from tests.server.snapshots import SUBMODULE, Entry, link, service, snapshot

pytestmark = pytest.mark.anyio

Files = Mapping[str, str | bytes | Entry]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def read(files: Files) -> Catalog:
    return await CatalogReader().read(snapshot(files))


async def only(files: Files) -> Definition:
    """The one definition there."""
    (definition,) = (await read(files)).definitions
    return definition


async def problems(files: Files) -> dict[str, list[tuple[str, str]]]:
    """Where and what, by directory of the definition."""
    return {d.directory: [(p.where, p.message) for p in d.problems] for d in (await read(files)).definitions}


def error(file: str, message: str, hint: str) -> Problem:
    return Problem(severity=Severity.ERROR, message=message, file=file, hint=hint)


async def test_services_are_found_at_any_depth_and_sorted_by_name() -> None:
    catalog = await read({"README": "", "x/compose.yaml": "", **service("a/b/c", "web"), **service("z", "db")})
    assert catalog == Catalog(
        revision="r1",
        definitions=tuple(
            Definition(
                name=name,
                directory=directory,
                service=Service(
                    name=name, directory=directory, project=name, compose_files=("compose.yaml",), nodes=("a",)
                ),
                bundle=catalog.definitions[index].bundle,
            )
            for index, (name, directory) in enumerate([("db", "z"), ("web", "a/b/c")])
        ),
    )


async def test_a_service_may_be_the_whole_repository() -> None:
    files = {path.removeprefix("web/"): file for path, file in service("web").items()}
    definition = await only(files)
    assert (definition.name, definition.directory, definition.problems) == ("web", "", ())
    assert definition.service is not None


async def test_the_bundle_is_everything_below_the_directory_by_path_kind_and_content() -> None:
    more: Files = {
        "web/a/run": Entry(content=b"run", kind=FileKind.EXECUTABLE),
        "web/a/link": link("../compose.yaml"),
        "web/größe": "1",
        "web-other/file": "not of it",
        "web.yaml": "not of it",
    }
    files = {**service("web"), **more}
    kinds = {"a/run": EntryKind.EXECUTABLE, "a/link": EntryKind.LINK}
    entries = [
        BundleEntry(
            path=path.removeprefix("web/"),
            kind=kinds.get(path.removeprefix("web/"), EntryKind.FILE),
            sha256=hashlib.sha256(entry.content).hexdigest(),
            size=len(entry.content),
        )
        for path, entry in snapshot(files).entries.items()
        if path.startswith("web/")
    ]
    assert len(entries) == 5
    assert (await only(files)).bundle == bundle_digest(entries)


async def test_a_broken_service_hides_no_other() -> None:
    files = {
        **service("good"),
        **service("no-yaml"),
        "no-yaml/composia-meta.yaml": "\t",
        **service("wrong", nodes="3"),
        "bare/composia-meta.yaml": "name: bare\nnodes: [a]\n",
        **service("binary"),
        "binary/composia-meta.yaml": b"\xff\x00",
        **service("compose"),
        "compose/compose.yaml": "services: [",
    }
    catalog = await read(files)
    assert {d.name: (d.service is not None, [p.where for p in d.errors]) for d in catalog.definitions} == {
        "good": (True, []),
        "no-yaml": (False, ["no-yaml/composia-meta.yaml:1:1"]),
        "wrong": (False, ["wrong/composia-meta.yaml:2:8"]),
        "bare": (False, ["bare/composia-meta.yaml:1:1"]),
        "binary": (False, ["binary/composia-meta.yaml:1:1"]),
        "compose": (False, ["compose/compose.yaml:2:1"]),
    }


async def test_a_service_inside_of_another_is_an_error_at_the_inner_one() -> None:
    files = {**service("out", "outer"), **service("out/deep/in", "inner"), **service("outside", "other")}
    message = "this service lies inside of another one, out"
    assert await problems(files) == {
        "out/deep/in": [("out/deep/in/composia-meta.yaml:1:7", message)],
        "out": [],
        "outside": [],
    }


async def test_a_name_that_is_given_twice_is_an_error_at_both() -> None:
    files = {**service("one", "web"), **service("two/deeper", "web"), **service("three", "db")}
    assert await problems(files) == {
        "one": [("one/composia-meta.yaml:1:7", "the name web is also given in two/deeper")],
        "two/deeper": [("two/deeper/composia-meta.yaml:1:7", "the name web is also given in one")],
        "three": [],
    }


async def test_the_name_of_a_directory_stands_in_for_one_that_cannot_be_read_and_takes_none_away() -> None:
    files = {**service("zoo/new", "web"), **service("old/web"), "old/web/composia-meta.yaml": "nodes: [a]\n"}
    catalog = await read(files)
    assert [(d.name, d.directory, len(d.errors)) for d in catalog.definitions] == [
        ("web", "zoo/new", 0),
        ("web", "old/web", 1),
    ]
    assert catalog.find("web") == catalog.definitions[0]


async def test_one_project_of_two_services_on_one_node_is_an_error_at_both() -> None:
    files = {
        **service("one", nodes="[a, b]", project_name="shop"),
        **service("two", nodes="[b, c]", project_name="shop"),
        **service("three", nodes="[c]", project_name="two"),
        **service("four", nodes="[d]", project_name="shop"),
    }
    assert await problems(files) == {
        "four": [],
        "one": [("one/composia-meta.yaml:1:7", "its Compose project shop is also that of two on b")],
        "three": [],
        "two": [("two/composia-meta.yaml:1:7", "its Compose project shop is also that of one on b")],
    }


@pytest.mark.parametrize(
    ("path", "entry", "message", "hint"),
    [
        ("lib", SUBMODULE, "this is a submodule, which is not brought to nodes", "copy its files here"),
        (
            "big.bin",
            Entry(content=b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n"),
            "this is a Git LFS pointer and not the file",
            "commit the file itself",
        ),
        *(
            (path, link(target), f"this link leaves the service directory: {target}", "let it lead to a file inside, with .. only at its beginning")
            for path, target in [
                ("up", "../other"),
                ("up", ".."),
                ("abs", "/etc/passwd"),
                ("d/up", "../../other"),
                ("d/turn", "x/../../../y"),
                ("turn", "d/../../y"),
            ]
        ),
        *(
            (path, link(target), f".. stands in the middle of this link: {target}", "let it lead to a file inside, with .. only at its beginning")
            for path, target in [("dots", "d/../y"), ("d/dots", "../e/../y")]
        ),
        (os.fsdecode(b"caf\xe9"), Entry(content=b""), "the name of this file is not UTF-8", "rename it"),
        ("a" * 1025, Entry(content=b""), "this path has more than 1024 bytes", "shorten it"),
        ("ä" * 513, Entry(content=b""), "this path has more than 1024 bytes", "shorten it"),
        ("d/../x", Entry(content=b""), "this is no path inside of a directory", "remove it"),
    ],
)  # fmt: skip
async def test_what_no_bundle_can_hold_is_named(path: str, entry: Entry, message: str, hint: str) -> None:
    definition = await only({**service("web"), f"web/{path}": entry})
    shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    assert definition.problems == (error(f"web/{shown}", message, hint),)
    assert (definition.service, definition.bundle) == (None, "")


async def test_a_link_to_bytes_that_are_no_text_is_named() -> None:
    definition = await only({**service("web"), "web/odd": Entry(content=b"caf\xe9", kind=FileKind.LINK)})
    assert [p.message for p in definition.problems] == ["this link leaves the service directory: caf\\xe9"]


@pytest.mark.parametrize("target", ["compose.yaml", "../compose.yaml", "../e/f", "gone", "../d", ".."])
async def test_links_inside_of_the_directory_are_kept(target: str) -> None:
    definition = await only({**service("web"), "web/d/link": link(target)})
    assert definition.problems == ()
    assert definition.bundle


async def test_too_many_files_are_named_and_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MAX_PATHS", 3)
    files = snapshot({**service("web"), **{f"web/data/{n}": "1" for n in range(3)}, "web/more/x": "2"})
    (definition,) = (await CatalogReader().read(files)).definitions
    hint = "keep data out of Git; most are in data (3), . (2), more (1)"
    assert definition.problems == (error("web", "6 files, a service may have 3", hint),)
    assert {"web/data/0", "web/more/x"} & set(files.reads) == set()


async def test_more_than_a_bundle_can_hold_is_named_and_read_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MAX_CONTENT", 3 << 20)
    data: Files = {
        "web/data": bytes(2 << 20),
        "web/more": bytes(2 << 20),
        "web/yet-more": bytes(1 << 20),
        "web/z": link("gone"),
    }
    files = snapshot({**service("web"), **data})
    (definition,) = (await CatalogReader().read(files)).definitions
    message = "more than 3 MiB of files, which is the most that a service may have"
    hint = "keep data out of Git; the largest: data (2 MiB), more (2 MiB), compose.yaml (0 MiB)"
    assert definition.problems == (error("web", message, hint),)
    assert {"web/data", "web/more", "web/yet-more", "web/z"} & set(files.reads) == {"web/data", "web/more", "web/z"}


async def test_a_file_that_alone_is_too_large_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MAX_CONTENT", 3 << 20)
    definition = await only({**service("web"), "web/data": bytes(5 << 20)})
    message = "this file has 5 MiB, more than 3"
    assert definition.problems == (error("web/data", message, "keep data out of Git"),)
    assert (definition.service, definition.bundle) == (None, "")


async def test_a_directory_whose_name_is_no_text_is_shown_escaped() -> None:
    directory = os.fsdecode(b"caf\xe9")
    definition = await only(service(directory, "web"))
    assert definition.directory == "caf\\xe9"


async def test_a_misnamed_definition_is_a_warning_of_the_catalog() -> None:
    catalog = await read({"a/composia-meta.yml": "", "b/Composia-Meta.yaml": "", "c/composia.yaml": ""})
    hint = "rename it to composia-meta.yaml"
    assert catalog.definitions == ()
    assert catalog.problems == tuple(
        Problem(severity=Severity.WARNING, message="this is not read", file=file, hint=hint)
        for file in ("a/composia-meta.yml", "b/Composia-Meta.yaml")
    )


async def test_a_directory_in_the_place_of_a_definition_is_a_warning_of_the_catalog() -> None:
    reader = CatalogReader()
    files = {"a/composia-meta.yaml/compose.yaml": "services: {}", "composia-meta.yaml/x": "", **service("b")}
    first, second = await reader.read(snapshot(files)), await reader.read(snapshot(files | {"c": ""}))
    message, hint = "this is a directory, so there is no service here", "make it a file, or give it another name"
    assert [definition.name for definition in first.definitions] == ["b"]
    assert first.problems == tuple(
        Problem(severity=Severity.WARNING, message=message, file=file, hint=hint)
        for file in ("a/composia-meta.yaml", "composia-meta.yaml")
    )
    assert second.problems == first.problems


async def test_files_that_the_compose_files_draw_in_are_read_too() -> None:
    files = {**service("web"), "web/compose.yaml": "include: [inc/a.yaml]\n", "web/inc/a.yaml": "services: [\n"}
    assert await problems(files) == {
        "web": [("web/inc/a.yaml:2:1", "did not find expected node content")],
    }


async def test_a_section_that_a_plugin_owns_is_known() -> None:
    files = service("web", dns="{}")
    catalog = await CatalogReader(sections=("dns",)).read(snapshot(files))
    assert catalog.definitions[0].problems == ()


async def test_an_unchanged_service_is_not_read_again_and_a_changed_one_only_where_it_changed() -> None:
    reader = CatalogReader()
    files: dict[str, str | bytes | Entry] = {
        **service("same"),
        **service("changed"),
        "changed/data": "1",
        "changed/link": link("data"),
    }
    first = await reader.read(snapshot(files))
    other = snapshot({**files, "changed/data": "2", "README": "new"}, "r2")
    second = await reader.read(other)
    # what has to be parsed is read for that
    assert sorted(other.reads) == ["changed/compose.yaml", "changed/composia-meta.yaml", "changed/data"]
    assert second.definitions[1] == first.definitions[1]
    assert second.definitions[0].bundle != first.definitions[0].bundle
    assert second == await read_anew({**files, "changed/data": "2"}, "r2")


async def read_anew(files: Files, revision: str) -> Catalog:
    return await CatalogReader().read(snapshot(files, revision))


async def test_an_older_revision_in_between_makes_nothing_be_read_again() -> None:
    reader = CatalogReader()
    head, old = service("web"), service("web", auto_deploy="true")
    await reader.read(snapshot(head))
    await reader.read(snapshot(old))
    again = snapshot(head)
    await reader.read(again)
    assert again.reads == []


async def test_what_concerns_all_services_is_judged_anew_at_each_revision() -> None:
    reader = CatalogReader()
    assert (await reader.read(snapshot(service("one", "web")))).definitions[0].problems == ()
    both = await reader.read(snapshot({**service("one", "web"), **service("two", "web")}))
    assert [len(d.errors) for d in both.definitions] == [1, 1]
    assert (await reader.read(snapshot(service("one", "web")))).definitions[0].problems == ()


async def test_revisions_may_be_read_at_the_same_time() -> None:
    reader = CatalogReader()
    all_files = [{**service("web"), **{f"web/{n}": f"{n} {revision}" for n in range(30)}} for revision in range(4)]
    catalogs = await asyncio.gather(*(reader.read(snapshot(files)) for files in all_files))
    assert list(catalogs) == [await read(files) for files in all_files]


async def test_what_did_not_change_is_neither_listed_nor_read_again_however_much_there_is() -> None:
    reader = CatalogReader()
    files: dict[str, str | bytes | Entry] = {}
    for group in range(3):
        for number in range(40):
            files |= service(f"group-{group}/deeper/svc-{group}-{number}")
    await reader.read(snapshot(files))
    changed = snapshot({**files, "group-1/deeper/svc-1-7/compose.yaml": "services: {a: {image: y}}\n"}, "r2")
    await reader.read(changed)
    assert set(changed.reads) == {f"group-1/deeper/svc-1-7/{name}" for name in ("compose.yaml", "composia-meta.yaml")}
    entered = {path.rpartition("/")[0] for path in changed.listed}
    assert entered == {"", "group-1", "group-1/deeper", "group-1/deeper/svc-1-7"}


async def test_a_directory_that_moves_is_found_where_it_is_and_one_that_is_gone_is_gone() -> None:
    reader = CatalogReader()
    await reader.read(snapshot({**service("a/x", "x"), **service("b", "b")}))
    moved = {**service("c/d/x", "x"), "c/d/composia_meta.yml": ""}
    assert await reader.read(snapshot(moved, "r2")) == await read_anew(moved, "r2")


async def test_what_is_known_of_directories_is_forgotten_once_they_are_long_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finding, "TRIM_AT", 50)
    finder = ServiceFinder()
    for number in range(200):
        found = await finder.find(snapshot({**service("same"), **service(f"svc-{number}")}, f"r{number}"))
        assert [directory.path for directory in found.services] == ["same", f"svc-{number}"]
    assert len(finder._known) <= 50


async def test_what_a_directory_of_many_services_held_before_is_forgotten_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finding, "TRIM_AT", 50)
    finder = ServiceFinder()
    files: dict[str, str | bytes | Entry] = {}
    for number in range(20):
        files |= service(f"svc-{number}")
    for number in range(50):
        await finder.find(snapshot({**files, "README": str(number)}, f"r{number}"))
    assert sum(len(below.services) for below in finder._known.values()) <= 200


async def test_a_submodule_that_lies_in_no_service_is_a_warning_of_the_catalog() -> None:
    catalog = await read({**service("web"), "web/lib": SUBMODULE, "vendor/shop": SUBMODULE})
    assert [(p.severity, p.where, p.message) for p in catalog.problems] == [
        (Severity.WARNING, "vendor/shop", "this is a submodule; services in it are not read")
    ]
    assert [p.where for p in catalog.definitions[0].errors] == ["web/lib"]
