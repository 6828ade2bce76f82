"""The command line as a person meets it: quick, clear about mistakes, the same everywhere."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from composia.cli.main import COMMANDS, main
from composia.cli.profile import Profile, load_profile, save_profile
from composia.errors import NotFound

HEAVY = ("asyncio", "docker", "starlette", "hypercorn", "connectrpc", "dulwich", "apsw", "cryptography", "yaml")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture(autouse=True)
def no_login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("COMPOSIA_SERVER", "COMPOSIA_TOKEN", "COMPOSIA_CA"):
        monkeypatch.delenv(name, raising=False)


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
    assert text.stdout.splitlines()[-1] == "1 services, 1 errors, 0 warnings"
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


def test_a_login_is_kept_for_its_owner_alone_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = Profile(server="https://composia.test", token="cps_1", ca="PEM")
    path = save_profile(stored)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_profile() == stored
    monkeypatch.setenv("COMPOSIA_TOKEN", "cps_2")
    assert load_profile() == Profile(server="https://composia.test", token="cps_2", ca="PEM")


def test_a_stored_token_is_never_sent_to_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    save_profile(Profile(server="https://composia.test", token="cps_1", ca="PEM"))
    monkeypatch.setenv("COMPOSIA_SERVER", "https://elsewhere.test")

    with pytest.raises(NotFound, match=r"no token for https://elsewhere\.test is known"):
        load_profile()


def test_a_reader_that_has_seen_enough_ends_a_command_quietly() -> None:
    program = f"{sys.executable} -m composia config example | head -n 1"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=True, env=dict(os.environ))

    assert (done.stdout, done.stderr) == ("# composia server --config server.yaml\n", "")
