"""Benches on real engines."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from composia.builtin_plugins.compose.config import ComposeConfig
from composia.builtin_plugins.compose.program import find
from composia.plugins.executor import Work
from composia.plugins.testing.executor_bench import Bench
from tests.e2e.executor.definitions import definitions
from tests.e2e.testbed.engine import Engine

RECORDER = Path(__file__).with_name("recorder.sh")
_numbers = itertools.count(1)


class Recorder:
    """A Compose that writes down how it is called."""

    def __init__(self, directory: Path) -> None:
        self.program = directory / "compose"
        self._record = directory / "calls"
        [compose] = find(ComposeConfig()).words
        text = RECORDER.read_text().replace("RECORD", str(self._record)).replace("COMPOSE", compose)
        self.program.write_text(text)
        self.program.chmod(0o755)

    def calls(self, verb: str) -> list[str]:
        """The words of the calls with that verb so far."""
        words = (line.split(" ", 4)[4] for line in self._lines("begin"))
        return [line for line in words if verb in line.split()]

    def overlaps(self) -> list[str]:
        """The calls that began while another one for the same project ran."""
        return self._lines("overlap")

    def _lines(self, what: str) -> list[str]:
        lines = self._record.read_text().splitlines() if self._record.exists() else []
        return [line for line in lines if line.startswith(f"{what} ")]


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    """Whatever a test does: no two calls for one project ever overlap."""
    recorder = Recorder(tmp_path)
    yield recorder
    assert recorder.overlaps() == []


@pytest.fixture
def make_bench(
    engine_a: Engine, image: str, recorder: Recorder, owned: Callable[[Engine, str], str], tmp_path: Path
) -> Callable[..., Bench]:
    """A bench on the first engine; settings go into the executor's configuration."""

    def coming_up(work: Work) -> bool:
        return (work.journal / "up" / "process").exists()

    def make(engine: Engine = engine_a, **settings: Any) -> Bench:
        project = owned(engine, f"bench-{next(_numbers)}")
        return Bench(
            plugin="composia.builtin_plugins.compose",
            config={"docker_host": engine.docker_host, "compose": str(recorder.program), **settings},
            root=tmp_path,
            project=project,
            definitions=definitions(image),
            coming_up=coming_up,
            ups=lambda: len(recorder.calls("up")),
        )

    return make


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


@pytest.fixture
def hung(engine_a: Engine) -> Callable[[], AbstractContextManager[None]]:
    """A context in which the engine accepts connections and does not answer."""

    @contextmanager
    def hang() -> Iterator[None]:
        engine_a.hang()
        try:
            yield
        finally:
            engine_a.resume()

    return hang
