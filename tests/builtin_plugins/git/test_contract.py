"""The source `git` under the contract of sources, by path and by http."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from composia.plugins.testing.source import BranchContract, SecretContract, SourceContract
from tests.builtin_plugins.git.bench import HttpBench, PathBench, TokenInUrlBench


class TestPath(SourceContract, BranchContract):
    """A repository on this machine."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> PathBench:
        return PathBench(tmp_path)


class TestHttp(SourceContract, BranchContract, SecretContract):
    """A repository behind a web server."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[HttpBench]:
        bench = HttpBench(tmp_path)
        yield bench
        bench.server.stop()


class TestTokenInUrl(SecretContract):
    """The token as part of the address."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[TokenInUrlBench]:
        bench = TokenInUrlBench(tmp_path)
        yield bench
        bench.server.stop()
