"""Tokens as text."""

import hashlib
import secrets

import pytest

from composia.core.token import ID_BYTES, SECRET_BYTES, NewCredential, Token, read_token


def test_a_token_comes_back_as_it_was_and_does_not_show_its_secret() -> None:
    token = Token(id=secrets.token_hex(ID_BYTES), secret=secrets.token_urlsafe(SECRET_BYTES))

    assert read_token(str(token)) == token
    assert token.secret not in repr(token)
    assert NewCredential(id=token.id, digest=token.digest).well_formed


def test_of_a_token_only_the_digest_of_its_secret_need_be_known() -> None:
    assert Token(id="0" * 12, secret="s" * 43).digest == hashlib.sha256(b"s" * 43).hexdigest()


@pytest.mark.parametrize("text", ["", "cps_", f"cps_{'0' * 12}_{'s' * 42}", f"cps_{'0' * 11}_{'s' * 43}", "abc"])
def test_what_is_no_token_is_none(text: str) -> None:
    assert read_token(text) is None


@pytest.mark.parametrize(("id_", "digest"), [("0" * 11, "0" * 64), ("g" * 12, "0" * 64), ("0" * 12, "0" * 63 + "G")])
def test_a_credential_has_an_id_and_a_digest_in_hex(id_: str, digest: str) -> None:
    assert not NewCredential(id=id_, digest=digest).well_formed
