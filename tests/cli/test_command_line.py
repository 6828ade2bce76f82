"""The command line as a person meets it: quick, clear about mistakes, the same everywhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from composia.cli.main import COMMANDS, main

HEAVY = ("asyncio", "docker", "starlette", "hypercorn", "connectrpc", "dulwich", "apsw", "cryptography", "yaml")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\n"
        f"sys.argv[1:] = {arguments!r}\n"
        "import composia.__main__ as entry\n"
        "entry._leave = lambda code: None\n"
        "entry.main()\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "HEAVY []"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    result = run(command, "--help")

    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: main {command}")


def test_a_misspelt_command_is_a_usage_error_that_says_what_was_meant() -> None:
    result = run("stauts")

    assert result.exit_code == 2
    assert "No such command 'stauts'. did you mean status?" in result.output


@pytest.mark.parametrize("arguments", [["deploy"], ["deploy", "web", "--all"], ["deploy", "--all", "--changed"]])
def test_a_deploy_that_does_not_say_what_is_a_usage_error(arguments: list[str]) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert "say which services: names, or --all, or --changed" in result.output


def test_with_o_json_a_usage_error_is_an_object_too() -> None:
    result = run("deploy", "web", "--all", "-o", "json")

    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(result.stderr) == {
        "code": "invalid",
        "message": "say which services: names, or --all, or --changed",
        "where": "",
        "hint": "",
        "id": "",
    }


def test_without_a_login_a_command_says_how_to_log_in() -> None:
    result = run("status")

    assert result.exit_code == 1
    assert result.stderr == (
        "composia: no server is known\n  hint: composia login https://… --token-file F --ca-file F\n"
    )


def test_with_o_json_an_error_is_an_object_on_stderr_and_stdout_stays_empty() -> None:
    result = run("status", "-o", "json")

    assert result.stdout == ""
    assert json.loads(result.stderr) == {
        "code": "not_found",
        "message": "no server is known",
        "where": "",
        "hint": "composia login https://… --token-file F --ca-file F",
        "id": "",
    }


def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIA_SERVER", "http://127.0.0.1:9")
    monkeypatch.setenv("COMPOSIA_TOKEN", "cps_x")

    result = run("status")

    assert result.exit_code == 1
    assert "http://127.0.0.1:9" in result.stderr


def test_an_agent_without_what_it_needs_says_which_flag() -> None:
    result = run("agent", "--server", "https://composia.test", "--node", "a")

    assert (result.exit_code, "--token-file is missing" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--agent-data", "a"), "--agent-data and --agent-config go with --with-agent"),
        (("--with-agent", "Node A"), "'Node A' is no name for a node"),
    ],
)
def test_a_server_with_an_agent_that_cannot_be_says_why(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run("server", "--data", str(tmp_path / "data"), "--repo", str(tmp_path), *arguments)

    assert (result.exit_code, said in result.output) == (2, True)
    assert not (tmp_path / "data").exists()


def test_a_server_without_a_repository_says_which_flag(tmp_path: Path) -> None:
    result = run("server", "--data", str(tmp_path / "data"))

    assert result.exit_code == 2
    assert "no repository is given" in result.stderr
    assert "--repo PATH_OR_URL" in result.stderr


def test_validate_says_file_line_and_column_and_ends_with_1(tmp_path: Path) -> None:
    service = tmp_path / "web"
    service.mkdir()
    (service / "composia-meta.yaml").write_text("name: web\nnodez: [a]\nnodes: [a]\n")
    (service / "compose.yaml").write_text("services: {a: {image: x}}\n")

    text = run("validate", str(tmp_path))
    data = json.loads(run("validate", str(tmp_path), "-o", "json").stdout)

    assert text.exit_code == 1
    assert text.stdout.splitlines()[0] == "web/composia-meta.yaml:2:1: error: unknown key nodez"
    assert text.stdout.splitlines()[-1] == "1 service, 1 error, 0 warnings"
    assert [(s["name"], s["ok"], s["problems"][0]["line"]) for s in data["services"]] == [("web", False, 2)]


def test_validate_of_a_directory_without_services_is_an_error(tmp_path: Path) -> None:
    result = run("validate", str(tmp_path))

    assert result.exit_code == 1
    assert "no composia-meta.yaml below this directory" in result.stderr


def test_validate_of_what_is_no_directory_is_an_error(tmp_path: Path) -> None:
    result = run("validate", str(tmp_path / "gone"))

    assert result.exit_code == 2
    assert str(tmp_path / "gone") in result.stderr


@pytest.mark.parametrize("kind", ["server", "agent"])
def test_the_example_is_a_configuration_that_show_accepts(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(run("config", "example", kind).stdout)

    shown = run("config", "show", kind, "--config", str(file), "-o", "json")

    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["log"] == {"format": "console", "level": "info"}


def test_a_reader_that_has_seen_enough_ends_a_command_quietly() -> None:
    program = f"{sys.executable} -m composia config example | head -n 1"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=True, env=dict(os.environ))

    assert (done.stdout, done.stderr) == ("# composia server --config server.yaml\n", "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_makes_no_failure(closed: str, tmp_path: Path) -> None:
    program = f"exec {sys.executable} -m composia config example {closed}"
    assert subprocess.run(["sh", "-c", program], check=False, env=dict(os.environ)).returncode == 0
    (tmp_path / "compose.yaml").write_text("services: {web: {image: x}}\n")
    program = f"exec {sys.executable} -m composia init {tmp_path} {closed}"
    assert subprocess.run(["sh", "-c", program], check=False, env=dict(os.environ)).returncode == 0


def test_what_the_charset_of_the_output_lacks_is_an_escape_and_no_failure(tmp_path: Path) -> None:
    (tmp_path / "d\u0119mo").mkdir()
    (tmp_path / "d\u0119mo" / "compose.yaml").write_text("services: {web: {image: x}}\n")
    words = [sys.executable, "-m", "composia", "init", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": "latin-1"})

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"d\\u0119mo/composia-meta.yaml" in done.stdout
