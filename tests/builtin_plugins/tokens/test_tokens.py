"""The authenticator `tokens` under its contract."""

from pathlib import Path

import pytest

from composia.builtin_plugins.tokens.store import Tokens
from composia.clock import ManualClock
from composia.errors import Invalid
from composia.plugins.testing.auth import Reopen, TokenContract


class TestTokens(TokenContract):
    @pytest.fixture
    def authenticator(self, tmp_path: Path) -> Tokens:
        return Tokens(tmp_path / "auth" / "tokens.json", ManualClock())

    @pytest.fixture
    def reopened(self, tmp_path: Path) -> Reopen:
        async def open_again() -> Tokens:
            return Tokens(tmp_path / "auth" / "tokens.json", ManualClock())

        return open_again


def test_a_file_that_is_broken_stops_the_start_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    file.write_text("[{]")

    with pytest.raises(Invalid) as caught:
        Tokens(file, ManualClock())

    assert caught.value.where == str(file)
