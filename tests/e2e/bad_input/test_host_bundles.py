"""Services that are too much to be brought to a host: refused where they are read, before any host hears of them."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.fleet import COMMAND, Fleet

MIB = 1 << 20
FILES = {"composia-meta.yaml": "name: web\nnodes: [node-a]\n", "compose.yaml": "services: {main: {image: busybox}}\n"}


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(directory=tmp_path)
    try:
        yield fleet
    finally:
        fleet.end()


def commit_many(repo: Path, count: int) -> None:
    """A commit with so many files of one content beside the definition, which no work tree ever holds."""
    told = (
        b"blob\nmark :1\ndata 1\nx\ncommit refs/heads/main\ncommitter Ada <a@example.org> 1700000000 +0000\ndata 1\nx"
    )
    for name, text in FILES.items():
        told += b"M 100644 inline web/%s\ndata %d\n%s\n" % (name.encode(), len(text), text.encode())
    told += b"".join(b"M 100644 :1 web/modules/%d/%d\n" % (n // 500, n) for n in range(count))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repo, input=told, check=True)


def test_a_service_of_fifty_thousand_files_is_refused_with_the_limit_and_where_they_lie(fleet: Fleet) -> None:
    commit_many(fleet.repo, 50_000)
    fleet.start_server()
    fleet.cli("repo", "sync")

    shown = fleet.ask("service", "show", "web")
    refused = fleet.run("deploy", "web")

    message = "50002 files, a service may have 20000"
    hint = "keep data out of Git; most are in modules (50000), . (2)"
    assert [(p["file"], p["message"], p["hint"]) for p in shown["problems"]] == [("web", message, hint)]
    assert refused.returncode == 2
    assert refused.stderr == f"composia: web: service web cannot be deployed: {message}\n  hint: {hint}\n"
    assert not (fleet.server_data / "bundles").exists()


def test_a_service_of_more_than_a_gibibyte_is_refused_with_the_largest_files(tmp_path: Path) -> None:
    directory = tmp_path / "web"
    directory.mkdir()
    for name, text in FILES.items():
        (directory / name).write_text(text)
    for name, size in (("disk-0.img", 300), ("disk-1.img", 400), ("disk-2.img", 500)):
        with (directory / name).open("wb") as file:
            os.truncate(file.fileno(), size * MIB)

    words = [*COMMAND, "validate", str(tmp_path)]
    validated = subprocess.run(words, capture_output=True, text=True, check=False)

    assert validated.returncode == 1
    assert validated.stdout.splitlines()[:2] == [
        "web: error: more than 512 MiB of files, which is the most that a service may have",
        "  hint: keep data out of Git; the largest: disk-1.img (400 MiB), disk-0.img (300 MiB), compose.yaml (0 MiB)",
    ]
