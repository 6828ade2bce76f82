from pathlib import Path

import pytest

from composia.builtin_plugins.compose import program
from composia.builtin_plugins.compose.config import ComposeConfig
from composia.errors import NotPossible


def executable(file: Path) -> Path:
    file.parent.mkdir(parents=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


@pytest.fixture(autouse=True)
def no_plugins_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PLUGINS", ())


def test_the_plugin_of_the_user_is_called_without_the_docker_cli(tmp_path: Path) -> None:
    plugin = executable(tmp_path / ".docker" / "cli-plugins" / "docker-compose")

    assert program.find(ComposeConfig(home=str(tmp_path))).words == (str(plugin),)


def test_the_plugin_in_the_configured_docker_directory_comes_first(tmp_path: Path) -> None:
    executable(tmp_path / ".docker" / "cli-plugins" / "docker-compose")
    plugin = executable(tmp_path / "login" / "cli-plugins" / "docker-compose")
    config = ComposeConfig(home=str(tmp_path), docker_config=str(tmp_path / "login"))

    assert program.find(config).words == (str(plugin),)


def test_without_a_plugin_in_sight_the_docker_cli_is_asked(tmp_path: Path) -> None:
    docker = executable(tmp_path / "bin" / "docker")

    assert program.find(ComposeConfig(home=str(tmp_path), path=str(docker.parent))).words == (str(docker), "compose")


def test_a_configured_program_is_taken_as_it_is(tmp_path: Path) -> None:
    assert program.find(ComposeConfig(compose="/opt/compose", home=str(tmp_path))).words == ("/opt/compose",)


def test_a_host_without_compose_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotPossible) as raised:
        program.find(ComposeConfig(home=str(tmp_path), path=str(tmp_path)))

    assert (raised.value.message, raised.value.hint) == (
        "there is no Docker Compose on this node",
        "install Docker's Compose plugin, 2.19 or newer",
    )


def test_children_get_this_environment_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIA_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    config = ComposeConfig(compose="c", path="/bin", home="/home/a", docker_config="/etc/login")

    assert dict(program.find(config).environment) == {
        "PATH": "/bin",
        "HOME": "/home/a",
        "DOCKER_HOST": "unix:///var/run/docker.sock",
        "DOCKER_CONFIG": "/etc/login",
    }
