"""Docker Compose, whose word is the truth about its own files. It needs no engine to give it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from composia.builtin_plugins.compose.config import ComposeConfig
from composia.cli.local_compose import LocalCompose, find_local_compose
from composia.errors import Unavailable
from tests.compose_files.table import Case

Asked = Callable[[Case], str]


@pytest.fixture(scope="session")
def compose(tmp_path_factory: pytest.TempPathFactory) -> LocalCompose:
    """The Compose of this machine, in an environment with nothing of the caller's in it."""
    try:
        return find_local_compose(ComposeConfig(home=str(tmp_path_factory.mktemp("home")), engine_deadline_s=60))
    except Unavailable as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))


@pytest.fixture
def asked(compose: LocalCompose, tmp_path: Path) -> Asked:
    """What Compose has against a case, empty when it accepts it."""

    def ask(case: Case) -> str:
        directory = tmp_path / "case"
        directory.mkdir()
        case.write(directory)
        refusal = compose.refusal(directory, "case", case.compose_files)
        return refusal.message if refusal else ""

    return ask
