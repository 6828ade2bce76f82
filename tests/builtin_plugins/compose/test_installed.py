"""Whether there is a Compose that can be called, looked at again each time, with programs that only say a version."""

import os
from pathlib import Path

import pytest

from composia.builtin_plugins.compose import program
from composia.builtin_plugins.compose.config import ComposeConfig
from composia.builtin_plugins.compose.installed import Installed
from composia.errors import ComposiaError, NotPossible, TimedOut

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

INSTALL = "install Docker's Compose plugin, 2.19 or newer"


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A docker CLI that has no Compose."""
    monkeypatch.setattr(program, "PLUGINS", (str(tmp_path / "plugins"),))
    return put(tmp_path / "bin" / "docker", "exit 1")


def put(file: Path, script: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(f"#!/bin/sh\n{script}\n")
    new.chmod(0o755)
    new.replace(file)
    return file


def installed(docker: Path, **settings: object) -> Installed:
    return Installed(ComposeConfig(path=f"{docker.parent}:{os.defpath}", home="/nowhere", **settings))  # type: ignore[arg-type]


async def refused(compose: Installed) -> ComposiaError:
    with pytest.raises(ComposiaError) as caught:
        await compose.program()
    return caught.value


async def test_a_docker_without_compose_is_named_with_what_to_install(docker: Path) -> None:
    error = await refused(installed(docker))

    assert (type(error), str(error), error.hint) == (
        NotPossible,
        f"{docker}: there is no Docker Compose on this node",
        INSTALL,
    )


@pytest.mark.parametrize(("version", "old"), [("1.29.2", True), ("v2.18.1", True), ("2.19.0", False), ("dev", False)])
async def test_one_that_is_too_old_is_named_with_its_version(
    docker: Path, tmp_path: Path, version: str, old: bool
) -> None:
    plugin = put(tmp_path / "plugins" / "docker-compose", f"echo {version}")
    compose = installed(docker)
    if old:
        error = await refused(compose)
        told = f"{plugin}: Docker Compose {version} on this node is too old"
        assert (type(error), str(error), error.hint) == (NotPossible, told, INSTALL)
    else:
        assert (await compose.program()).words == (str(plugin),)
    assert await compose.version() == version


async def test_one_that_is_installed_or_replaced_meanwhile_is_seen_and_asked_once(docker: Path, tmp_path: Path) -> None:
    compose = installed(docker)
    await refused(compose)
    for version in ("2.10.0", "2.26.1"):
        put(tmp_path / "plugins" / "docker-compose", f"echo asked >>{tmp_path}/asked; echo {version}")
        assert [await compose.version() for _ in range(3)] == [version] * 3

    assert (tmp_path / "asked").read_text() == "asked\n" * 2
    assert (await compose.program()).words == (str(tmp_path / "plugins" / "docker-compose"),)


async def test_a_configured_one_that_is_not_there_is_named(docker: Path) -> None:
    error = await refused(installed(docker, compose="/no/such"))

    assert (type(error), str(error), error.hint) == (
        NotPossible,
        "/no/such: Docker Compose cannot be called: no such file or directory",
        INSTALL,
    )


async def test_one_that_does_not_answer_is_left(docker: Path, tmp_path: Path) -> None:
    put(tmp_path / "plugins" / "docker-compose", "exec sleep 100")

    assert type(await refused(installed(docker, engine_deadline_s=0.2))) is TimedOut
