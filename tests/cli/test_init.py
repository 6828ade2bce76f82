"""`init`: definitions for Compose files that lie there already, and nothing of anybody overwritten."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from composia.builtin_plugins.compose.config import ComposeConfig
from composia.cli.local_compose import find_local_compose
from composia.cli.main import main

SOUND = "services: {web: {image: x}}\n"
META = "composia-meta.yaml"

Lay = Callable[[dict[str, str]], Path]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Writes files below a directory named `apps`."""

    def lay_down(files: dict[str, str]) -> Path:
        for name, text in files.items():
            file = tmp_path / "apps" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return tmp_path / "apps"

    return lay_down


def init(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ("init", str(path), *arguments))


def told(path: Path, *arguments: str) -> dict[str, Any]:
    result = init(path, *arguments, "-o", "json")
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = json.loads(result.stdout)
    return data


def names(path: Path, *arguments: str) -> dict[str, tuple[str, str]]:
    """The name and the project of each definition that is written."""
    return {one["directory"]: (one["name"], one["project"]) for one in told(path, *arguments)["written"]}


def reasons(path: Path) -> dict[str, str]:
    return {one["directory"]: one["reason"] for one in told(path)["skipped"]}


def everything(root: Path) -> dict[str, str]:
    return {str(file.relative_to(root)): file.read_text() for file in root.rglob("*") if file.is_file()}


def test_each_compose_file_gets_a_definition_and_all_of_it_is_told(lay: Lay) -> None:
    root = lay({"web/compose.yaml": SOUND, "Data Base/docker-compose.yml": "services: {db: {imag: x, image: x}}\n"})

    result = init(root, "--node", "node-a", "--node", "node-b")

    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "wrote Data Base/composia-meta.yaml: data-base, project database",
            "Data Base/docker-compose.yml:1:17: error: unknown key services.db.imag",
            "  hint: did you mean image?",
            "wrote web/composia-meta.yaml: web",
            "2 written, 0 skipped; 1 error, 0 warnings",
        ],
    )
    assert (root / "web" / META).read_text() == "name: web\nnodes: [node-a, node-b]\n"
    assert (root / "Data Base" / META).read_text() == (
        "name: data-base\nproject_name: database\nnodes: [node-a, node-b]\n"
    )


def test_what_init_writes_is_valid(lay: Lay) -> None:
    odd = ("web", "a/web", "b/web", "b/a/web", "Ünï Cödé", "123", "1e3", "_x_", "日本", "-", "a.b", "true", "x" * 80)
    root = lay({f"{directory}/compose.yaml": SOUND for directory in odd})

    assert len(names(root)) == len(odd)
    validated = CliRunner().invoke(main, ("validate", str(root)))
    assert (validated.exit_code, validated.stdout) == (0, f"{len(odd)} services, 0 errors, 0 warnings\n")


def test_a_directory_itself_may_be_the_service(lay: Lay) -> None:
    root = lay({"compose.yaml": SOUND})

    assert names(root, "--node", "a") == {".": ("apps", "apps")}
    assert (root / META).read_text() == "name: apps\nnodes: [a]\n"


def test_names_are_unique_in_the_whole_repository_and_the_one_that_lies_higher_has_the_short_one(lay: Lay) -> None:
    root = lay(
        {
            "other/x/composia-meta.yaml": "name: db\nproject_name: cache\nnodes: [a]\n",
            ".git/config": "",
            "stacks/a/web/compose.yaml": SOUND,
            "stacks/db/compose.yaml": SOUND,
            "stacks/web/compose.yaml": SOUND,
            "stacks/cache/compose.yaml": SOUND,
        }
    )

    assert names(root / "stacks") == {
        "cache": ("cache", "stacks-cache"),
        "db": ("stacks-db", "db"),
        "web": ("web", "web"),
        "a/web": ("a-web", "a-web"),
    }


PROJECTS = {
    "plain": {"compose.yaml": SOUND},
    "My.App 2": {"compose.yaml": SOUND},
    "__odd-": {"compose.yaml": SOUND},
    "said": {"compose.yaml": f"name: other\n{SOUND}"},
    "last": {"compose.yaml": f"name: first\n{SOUND}", "compose.override.yaml": "name: second\n"},
    "documents": {"compose.yaml": f"name: one\n{SOUND}---\nname: two\n"},
    "variable": {"compose.yaml": f"name: said\n{SOUND}", ".env": "COMPOSE_PROJECT_NAME=from-env\n"},
    "default": {"compose.yaml": f"name: ${{P:-foo}}\n{SOUND}"},
    "set": {"compose.yaml": f"name: ${{P:-foo}}-$Q\n{SOUND}", ".env": "P=of\nQ=env\n"},
    "files": {"a.yaml": SOUND, "compose.yaml": SOUND, "b.yaml": "name: b\n", ".env": "COMPOSE_FILE=a.yaml:b.yaml\n"},
}


@pytest.mark.parametrize("directory", PROJECTS)
def test_the_project_is_the_one_that_compose_itself_makes_there(directory: str, lay: Lay, tmp_path: Path) -> None:
    root = lay({f"{directory}/{name}": text for name, text in PROJECTS[directory].items()})
    compose = find_local_compose(ComposeConfig(home=str(tmp_path), engine_deadline_s=60))
    rendered = subprocess.run(
        [*compose.program.words, "config", "--format", "json"],
        cwd=root / directory,
        env=dict(compose.program.environment),
        capture_output=True,
        check=True,
    )

    ((_, project),) = names(root).values()
    assert project == json.loads(rendered.stdout)["name"]


def test_the_files_that_compose_is_told_to_take_are_named(lay: Lay) -> None:
    root = lay({f"web/{name}": text for name, text in PROJECTS["files"].items()})

    init(root, "--node", "a")

    assert (root / "web" / META).read_text() == (
        'name: web\nproject_name: b\ncompose_files: ["a.yaml", "b.yaml"]\nnodes: [a]\n'
    )


def test_a_project_is_given_to_one_service_only_and_one_that_cannot_be_told_is_said(lay: Lay) -> None:
    root = lay({"a/compose.yaml": f"name: x\n{SOUND}", "b/compose.yaml": f"name: x\n{SOUND}"})
    lay({"c/compose.yaml": f"name: ${{X:?of the host}}\n{SOUND}"})

    assert {one["directory"]: (one["project"], one["note"]) for one in told(root)["written"]} == {
        "a": ("x", ""),
        "b": ("b", "its project is b, since x is that of another service already"),
        "c": ("c", "its project is c, since what Compose calls it depends on more than these files"),
    }


def test_what_is_skipped_is_said_with_its_reason(lay: Lay) -> None:
    root = lay(
        {
            "has/compose.yaml": SOUND,
            "has/composia-meta.yaml": "name: mine\nnodes: [a]\n",
            "has/below/compose.yaml": SOUND,
            "web/compose.yaml": SOUND,
            "web/more/compose.yaml": SOUND,
            "outer/compose.yaml": SOUND,
            "outer/inner/composia-meta.yaml": "name: inner\nnodes: [a]\n",
            "override/compose.override.yaml": SOUND,
            "prod/docker-compose.prod.yml": SOUND,
            ".git/compose.yaml": SOUND,
            ".hidden/compose.yaml": SOUND,
            "web2/node_modules/x/compose.yaml": SOUND,
        }
    )

    hint = "write a composia-meta.yaml that names it in compose_files"
    assert reasons(root) == {
        "has": "has a composia-meta.yaml",
        "has/below": "lies inside of the service in has",
        "web/more": "lies inside of the service in web",
        "outer": "a service lies inside of it, in outer/inner",
        "outer/inner": "has a composia-meta.yaml",
        "override": f"Compose does not look for compose.override.yaml; {hint}",
        "prod": f"Compose does not look for docker-compose.prod.yml; {hint}",
    }
    assert (root / "web" / META).exists()


def test_a_directory_inside_of_a_service_has_none_of_its_own(lay: Lay) -> None:
    root = lay({".git/config": "", META: "name: a\nnodes: [a]\n", "web/compose.yaml": SOUND})

    assert reasons(root / "web") == {".": f"lies inside of the service in {root}"}


def test_nothing_is_ever_overwritten_and_a_second_time_does_nothing(lay: Lay) -> None:
    root = lay({"has/compose.yaml": SOUND, f"has/{META}": "broken: [", "web/compose.yaml": SOUND})
    (root / "link").mkdir()
    (root / "link" / "compose.yaml").write_text(SOUND)
    (root / "link" / META).symlink_to("nowhere")

    init(root)
    before = everything(root)
    again = told(root, "--node", "b")

    assert before[f"has/{META}"] == "broken: ["
    assert not (root / "link" / "nowhere").exists()
    assert again["written"] == []
    assert everything(root) == before


def test_a_dry_run_writes_nothing_and_says_the_same(lay: Lay) -> None:
    root = lay({"web/compose.yaml": SOUND, "broken/compose.yaml": "a: ["})
    before = everything(root)

    dry = told(root, "--dry-run")
    assert everything(root) == before
    assert told(root) == dry | {"dry_run": False}


def test_what_cannot_be_written_stops_no_other(lay: Lay) -> None:
    root = lay({"a/compose.yaml": SOUND, f"a/{META}/x": "", "b/compose.yaml": SOUND})

    result = init(root)

    assert result.exit_code == 1
    assert f"skipped a: {root / 'a' / META}: " in result.stdout
    assert (root / "b" / META).exists()


def test_a_directory_without_compose_files_is_an_error(tmp_path: Path) -> None:
    result = init(tmp_path)

    assert (result.exit_code, result.stderr) == (
        1,
        f"composia: {tmp_path}: no Compose file below this directory\n  hint: add compose.yaml\n",
    )


def test_a_node_that_is_no_name_is_a_usage_error(tmp_path: Path) -> None:
    result = init(tmp_path, "--node", "Node A")

    assert (result.exit_code, "'Node A' is no name of a node" in result.stderr) == (2, True)
