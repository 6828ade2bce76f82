"""What is missing is installed from the machine's own mirror, or named with an instruction."""

import os
from pathlib import Path

import pytest

from tests.e2e.testbed import apt, install
from tests.e2e.testbed.daemon import TestbedFailed


def write(etc: Path, name: str, text: str) -> None:
    path = etc / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_source_of_the_newer_release_keeps_the_machines_mirror_and_options(tmp_path: Path) -> None:
    write(
        tmp_path,
        "sources.list",
        "deb cdrom:[Debian GNU/Linux 12.1.0 _Bookworm_ - Official amd64 NETINST]/ bookworm main\n"
        "# deb http://old.example/debian bookworm main\n"
        "deb-src http://mirror.example/debian bookworm main\n"
        "deb http://security.example/debian bookworm-security main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm contrib main\n",
    )
    expected = "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian trixie main\n"
    assert apt.newer_source(tmp_path, "bookworm") == ("sources.list", expected)


def test_a_stanza_of_the_newer_release_keeps_the_machines_mirror_and_key(tmp_path: Path) -> None:
    write(tmp_path, "sources.list.d/a.list", "deb http://other.example/apt stable main\n")
    write(
        tmp_path,
        "sources.list.d/debian.sources",
        "Types: deb\nURIs: http://security.example\nSuites: bookworm-security\nComponents: main\n\n"
        "Types: deb deb-src\n# a remark\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\n"
        "Components: main contrib\nSigned-By: /k.gpg\n",
    )
    expected = "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\nSigned-By: /k.gpg\n"
    assert apt.newer_source(tmp_path, "bookworm") == ("debian.sources", expected)


def test_a_machine_without_a_debian_source_is_told_so(tmp_path: Path) -> None:
    write(tmp_path, "sources.list.d/other.list", "deb http://other.example/apt stable main\n")
    with pytest.raises(TestbedFailed, match="no source of Debian bookworm main"):
        apt.newer_source(tmp_path, "bookworm")


def test_what_is_missing_is_named_with_its_purpose_to_who_may_not_install(monkeypatch: pytest.MonkeyPatch) -> None:
    need = install.Need(package="engine", why="it runs containers", is_there=lambda: False)
    monkeypatch.setattr(install, "NEEDS", (need,))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(TestbedFailed) as failed:
        install.install()
    assert str(failed.value) == (
        "not on this machine: engine (it runs containers); as root on Debian it would be installed"
    )
