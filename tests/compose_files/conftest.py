"""Docker Compose, whose word is the truth about its own files. It needs no engine to give it."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from composia.builtin_plugins.compose.config import ComposeConfig
from composia.cli.local_compose import LocalCompose, find_local_compose
from composia.errors import Unavailable
from tests.compose_files.table import Case

AT_ONCE = 2

Asked = Callable[[Case], str]


@pytest.fixture(scope="session")
def compose(tmp_path_factory: pytest.TempPathFactory) -> LocalCompose:
    """The Compose of this machine, in an environment with nothing of the caller's in it."""
    try:
        return find_local_compose(ComposeConfig(home=str(tmp_path_factory.mktemp("home"))))
    except Unavailable as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def asked(
    compose: LocalCompose, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    """What Compose has against a case, empty when it accepts it. All that will be asked for is begun at once."""
    root = tmp_path_factory.mktemp("cases")

    def ask(case: Case, directory: Path) -> str:
        directory.mkdir()
        case.write(directory)
        return compose.refusal(directory, "case", case.compose_files)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers: dict[str, Future[str]] = {}
        for item in request.session.items:
            if not isinstance(item, pytest.Function) or "asked" not in item.fixturenames:
                continue
            case = item.callspec.params["case"]
            if isinstance(case, Case) and not case.unasked:
                answers[case.name] = pool.submit(ask, case, root / str(len(answers)))
        yield lambda case: answers[case.name].result()
        for answer in answers.values():
            answer.cancel()
