"""The authenticator `tokens` under its contract."""

import json
from pathlib import Path

import pytest

from composia.builtin_plugins.tokens.store import Tokens
from composia.clock import ManualClock
from composia.core.principal import Principal, Role, TokenInfo
from composia.core.token import Token
from composia.errors import Invalid
from composia.plugins.testing.auth import Reopen, TokenContract, bearer

pytestmark = pytest.mark.anyio


class TestTokens(TokenContract):
    @pytest.fixture
    def authenticator(self, tmp_path: Path, clock: ManualClock) -> Tokens:
        return Tokens(tmp_path / "auth" / "tokens.json", clock)

    @pytest.fixture
    def reopened(self, tmp_path: Path, clock: ManualClock) -> Reopen:
        async def open_again() -> Tokens:
            return Tokens(tmp_path / "auth" / "tokens.json", clock)

        return open_again


def test_a_file_that_is_broken_stops_the_start_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    file.write_text("[{]")

    with pytest.raises(Invalid) as caught:
        Tokens(file, ManualClock())

    assert caught.value.where == str(file)


async def test_a_file_from_before_tokens_could_expire_is_read_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    token = Token(id="1" * 12, secret="s" * 43)
    info = {"id": token.id, "role": "node", "node": "n1", "created_ms": 5, "created_by": "ada"}
    file.write_text(json.dumps([{"info": info, "digest": token.digest}]))

    tokens = Tokens(file, ManualClock())

    assert await tokens.tokens() == (TokenInfo(id=token.id, role=Role.NODE, node="n1", created_ms=5, created_by="ada"),)
    assert await tokens.authenticate(bearer(str(token))) == Principal(
        id="node:n1", role=Role.NODE, credential=token.id, node="n1"
    )


async def test_what_ended_is_forgotten_after_a_month_but_a_credential_whose_clock_was_wrong_is_good_again(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    tokens = Tokens(tmp_path / "tokens.json", clock)
    soon_ms = clock.now_ms() + 1
    gone, _ = await tokens.create(Role.VIEWER, node="", by="ada")
    joiner, _ = await tokens.create(Role.JOINER, node="", by="ada", expires_ms=soon_ms, uses=1)
    node, secret = await tokens.create(Role.NODE, node="n1", by="ada", expires_ms=soon_ms)
    await tokens.revoke(gone.id)

    stored = []
    for days in (29, 2):
        clock.advance(days * 86_400)
        await tokens.create(Role.VIEWER, node="", by="ada")
        stored.append([entry["info"]["id"] for entry in json.loads((tmp_path / "tokens.json").read_text())])
    clock.set_wall(-31 * 86_400)

    assert stored[0][:3] == [gone.id, joiner.id, node.id]
    assert stored[1][:1] == [node.id]
    assert joiner.id not in stored[1]
    assert await tokens.authenticate(bearer(secret)) is not None
