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


async def test_what_ended_is_forgotten_after_a_month(tmp_path: Path) -> None:
    clock = ManualClock()
    tokens = Tokens(tmp_path / "tokens.json", clock)
    kept, _ = await tokens.create(Role.VIEWER, node="", by="ada")
    gone, _ = await tokens.create(Role.VIEWER, node="", by="ada")
    expiring, _ = await tokens.create(Role.NODE, node="n1", by="ada", expires_ms=clock.now_ms() + 1)
    await tokens.revoke(gone.id)
    for days, ids in ((29, [kept.id, gone.id, expiring.id]), (2, [kept.id])):
        clock.advance(days * 86_400)
        ids.append((await tokens.create(Role.VIEWER, node="", by="ada"))[0].id)
        stored = [entry["info"]["id"] for entry in json.loads((tmp_path / "tokens.json").read_text())]
        assert [id_ for id_ in stored if id_ in ids] == ids
    assert gone.id not in stored
    assert expiring.id not in stored
