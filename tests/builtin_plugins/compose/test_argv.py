from pathlib import Path

import pytest

from composia.builtin_plugins.compose import argv
from composia.builtin_plugins.compose.argv import Words

PROJECT = argv.Project(name="lab-web", directory=Path("/srv/web"), files=("compose.yaml", "prod.yaml"))
HEAD = "--progress plain --ansi never -p lab-web"
FILES = "--project-directory /srv/web -f compose.yaml -f prod.yaml"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (argv.config(PROJECT), f"{HEAD} {FILES} config --format json"),
        (argv.pull(PROJECT, ["web", "db"]), f"{HEAD} {FILES} pull web db"),
        (argv.build(PROJECT, ["web"], pull=False), f"{HEAD} {FILES} build web"),
        (argv.build(PROJECT, ["web"], pull=True), f"{HEAD} {FILES} build --pull web"),
        (argv.up(PROJECT), f"{HEAD} {FILES} up -d --remove-orphans --no-build --pull never"),
        (
            argv.recreate(PROJECT, ["web"]),
            f"{HEAD} {FILES} up -d --force-recreate --no-deps --no-build --pull never web",
        ),
        (argv.stop("lab-web"), f"{HEAD} stop"),
        (argv.start("lab-web"), f"{HEAD} start"),
        (argv.restart("lab-web"), f"{HEAD} restart"),
        (argv.down("lab-web", volumes=False), f"{HEAD} down --remove-orphans"),
        (argv.down("lab-web", volumes=True), f"{HEAD} down --remove-orphans --volumes"),
    ],
)
def test_each_call_is_one_line_that_a_person_could_type(words: Words, line: str) -> None:
    assert " ".join(words) == line
