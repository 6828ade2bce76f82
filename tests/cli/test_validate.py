"""`validate`: all that is wrong at once, and what Docker Compose on this machine says besides."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from composia.builtin_plugins.compose.config import ComposeConfig
from composia.cli import second_opinion
from composia.cli.local_compose import LocalCompose, Refusal, find_local_compose
from composia.cli.main import main
from composia.errors import TimedOut, Unavailable

SOUND = "services: {web: {image: x}}\n"
WRONG = 'services:\n  a:\n    image: x\n    prots: ["80:80"]\n  b: {image: x, ports: ["99999:80"]}\n'

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a service with a Compose file."""

    def write_one(name: str, compose: str) -> Path:
        service = tmp_path / "services" / name
        service.mkdir(parents=True)
        (service / "composia-meta.yaml").write_text(f"name: {name}\nnodes: [a]\n")
        (service / "compose.yaml").write_text(compose)
        return service.parent

    return write_one


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], LocalCompose]:
    """Puts a shell script in the place of Compose; it has to answer as that does."""

    def place(script: str, **limits: float) -> LocalCompose:
        file = tmp_path / "compose"
        file.write_text(f'#!/bin/sh\n[ "$1" = version ] && {{ echo 9.9; exit; }}\n{script}\n')
        file.chmod(0o755)
        compose = find_local_compose(ComposeConfig(compose=str(file), engine_deadline_s=60, **limits))  # type: ignore[arg-type]
        monkeypatch.setattr(second_opinion, "find_local_compose", lambda _config: compose)
        return compose

    return place


@pytest.fixture
def no_compose(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Compose."""

    def find(_config: ComposeConfig) -> LocalCompose:
        raise Unavailable("there is no Docker Compose on this host", hint="install it")

    monkeypatch.setattr(second_opinion, "find_local_compose", find)


def validate(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ("validate", str(path), *arguments))


@pytest.mark.usefixtures("no_compose")
def test_everything_that_is_wrong_is_said_at_once_with_place_value_and_what_would_be_right(write: Write) -> None:
    write("good", SOUND)
    result = validate(write("web", WRONG))

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "web/compose.yaml:4:5: error: unknown key services.a.prots",
        "  hint: did you mean ports?",
        "web/compose.yaml:5:25: error: services.b.ports[0]: 99999 is above 65535",
        "  value: 99999:80",
        "  hint: [ADDRESS:][HOST:]CONTAINER[/PROTOCOL], such as 8080:80",
        "2 services, 2 errors, 0 warnings",
    ]
    assert result.stderr == ""


@pytest.mark.usefixtures("no_compose")
def test_json_has_a_stable_shape(write: Write) -> None:
    data = json.loads(validate(write("web", 'version: "3"\nservices: {web: {image: x}}\n'), "-o", "json").stdout)

    (problem,) = data["services"][0].pop("problems")
    assert data == {
        "services": [{"name": "web", "directory": "web", "ok": True}],
        "problems": [],
        "compose": None,
    }
    assert problem.keys() == {"severity", "file", "line", "column", "message", "value", "hint", "on_node"}
    assert (problem["severity"], problem["file"], problem["line"]) == ("warning", "web/compose.yaml", 1)


@pytest.mark.usefixtures("no_compose")
def test_warnings_alone_are_no_failure_and_a_misnamed_file_is_one_of_them(write: Write) -> None:
    root = write("web", "services: {web: {image: x, env_file: .env}}\n")
    (root / "db").mkdir()
    (root / "db" / "composia-meta.yml").write_text("name: db\n")

    result = validate(root)

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "1 service, 0 errors, 2 warnings"
    assert "db/composia-meta.yml: warning: this is not read" in result.stdout


def test_where_compose_refuses_what_seems_right_it_is_said_with_its_version(
    write: Write, program: Callable[[str], LocalCompose]
) -> None:
    program('echo "service \\"web\\" refers to $PWD/odd: invalid compose project" >&2; exit 15')

    result = validate(write("web", SOUND))
    data = json.loads(validate(write("db", WRONG), "-o", "json").stdout)

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        'web/compose.yaml: error: docker compose (9.9) refuses: service "web" refers to odd: invalid compose project',
        "  hint: another version of Compose on the node may not; --compose no leaves it out",
        "1 service, 1 error, 0 warnings",
    ]
    assert result.stderr == "Docker Compose 9.9 was asked about 1 of them\n"
    assert data["compose"] == {"version": "9.9", "asked": 1}
    assert {service["name"]: len(service["problems"]) for service in data["services"]} == {"db": 2, "web": 1}


def test_what_only_the_schema_of_this_machines_compose_refuses_is_a_warning_unless_one_insists(
    write: Write, program: Callable[[str], LocalCompose]
) -> None:
    program('echo "validating $PWD/compose.yaml: services.web Additional property models is not allowed" >&2; exit 15')
    root = write("web", SOUND)

    unbidden, insisting = validate(root), validate(root, "--compose", "yes")

    said = "docker compose (9.9) refuses: compose.yaml: services.web Additional property models is not allowed"
    assert unbidden.exit_code == 0
    assert unbidden.stdout.splitlines() == [
        f"web/compose.yaml: warning: {said}",
        "  hint: that is the Compose of this machine, which the node's may be newer than; --compose yes insists",
        "1 service, 0 errors, 1 warning",
    ]
    assert insisting.exit_code == 1
    assert insisting.stdout.splitlines()[0] == f"web/compose.yaml: error: {said}"


def test_compose_is_not_asked_about_what_is_wrong_anyway_nor_about_what_only_the_node_has(
    write: Write, program: Callable[[str], LocalCompose], tmp_path: Path
) -> None:
    program(f'echo "$@" >>{tmp_path}/asked')
    write("wrong", WRONG)
    write("needy", "services: {web: {image: x, env_file: .env}}\n")
    write("remote", "include: ['https://git.example.org/x.git']\nservices: {web: {image: x}}\n")
    root = write("web", SOUND)

    assert json.loads(validate(root, "-o", "json").stdout)["compose"]["asked"] == 1
    (asked,) = (tmp_path / "asked").read_text().splitlines()
    assert f"-p web --project-directory {root / 'web'} -f compose.yaml config" in asked


def test_compose_is_not_asked_by_no_nor_unbidden_about_very_many(
    write: Write, program: Callable[[str], LocalCompose], monkeypatch: pytest.MonkeyPatch
) -> None:
    program("exit 15")
    monkeypatch.setattr(second_opinion, "MOST", 1)
    write("a", SOUND)
    root = write("b", SOUND)

    assert validate(root, "--compose", "no").exit_code == 0
    unbidden = validate(root)
    assert (unbidden.exit_code, unbidden.stderr) == (
        0,
        "Docker Compose was not asked about 2 services, which takes long; --compose yes does\n",
    )
    assert validate(root, "--compose", "yes").exit_code == 1


@pytest.mark.usefixtures("no_compose")
def test_who_insists_on_compose_is_told_that_there_is_none(write: Write) -> None:
    root = write("web", SOUND)

    assert validate(root).exit_code == 0
    insisting = validate(root, "--compose", "yes")
    assert (insisting.exit_code, insisting.stderr) == (
        1,
        "composia: there is no Docker Compose on this host\n  hint: install it\n",
    )


def test_a_compose_that_comes_to_no_end_is_ended_with_all_that_it_began(
    write: Write, program: Callable[..., LocalCompose], tmp_path: Path
) -> None:
    compose = program(f"sleep 3600 & echo $! >{tmp_path}/child; wait", config_deadline_s=3.0)
    root = write("web", SOUND)

    with pytest.raises(TimedOut, match="config did not end within 3 s"):
        compose.refusal(root / "web", "web", ("compose.yaml",))

    child = int((tmp_path / "child").read_text())
    while _runs(child):
        time.sleep(0.01)
    assert "did not end within 3 s" in validate(root).stdout


def test_compose_has_no_more_memory_than_on_a_node(write: Write, program: Callable[..., LocalCompose]) -> None:
    compose = program('echo "limit $(ulimit -v)" >&2; exit 1', config_memory_mib=1500)

    assert compose.refusal(write("web", SOUND), "web", ()) == Refusal(message=f"limit {1500 * 1024}")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
