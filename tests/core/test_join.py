"""The one string that makes a host a node, and the names and fingerprints it leads to."""

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.core.join import JoinString, fingerprint, name_of_host, read_join_string
from composia.core.service import NAME
from composia.core.token import Token
from composia.errors import Invalid

TOKEN = str(Token(id="0123456789ab", secret="s" * 43))
JOIN = JoinString(url="https://composia.example.org:8443", ca_sha256="ab" * 32, secret=TOKEN)
DER = b"not really a certificate"
PEM = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(DER) + b"-----END CERTIFICATE-----\n"


@given(url=st.text(), ca_sha256=st.text())
def test_a_join_string_comes_back_as_it_was(url: str, ca_sha256: str) -> None:
    join = JoinString(url=url, ca_sha256=ca_sha256, secret=TOKEN)

    assert read_join_string(str(join)) == join


def test_a_join_string_is_one_word_that_says_what_it_is_and_shows_no_secret_by_chance() -> None:
    assert str(JOIN).startswith("cpj1_")
    assert str(JOIN).replace("-", "_").replace("_", "a").isalnum()
    assert TOKEN not in repr(JOIN)


def test_white_space_that_copying_brings_is_left_out() -> None:
    text = str(JOIN)

    assert read_join_string(f" {text[:30]}\n  {text[30:]}\r\n") == JOIN


@given(at=st.integers(min_value=0, max_value=len(str(JOIN)) - 1), letter=st.sampled_from("abzAZ059-_=+ö{"))
def test_a_damaged_join_string_is_refused(at: int, letter: str) -> None:
    text = str(JOIN)
    damaged = text[:at] + letter + text[at + 1 :]
    if _bytes(damaged) == _bytes(text):
        return  # the same string: base64 has room for some bits that mean nothing at its end

    with pytest.raises(Invalid, match="no join string, or not all of it"):
        read_join_string(damaged)


def _bytes(text: str) -> bytes | None:
    packed = text.removeprefix("cpj1_")
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None


def _packed(value: object) -> str:
    body = json.dumps(value).encode()
    return "cpj1_" + base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:4] + body).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cpj1_",
        TOKEN,
        str(JOIN)[:-1],
        str(JOIN)[:40],
        str(JOIN).removeprefix("cpj1_"),
        f"cpj2_{str(JOIN).removeprefix('cpj1_')}",
        _packed("text"),
        _packed({"url": 1, "ca": 2, "token": 3}),
        _packed(["https://a", "ab"]),
        _packed(["https://a", "ab", 5]),
        _packed(["https://a", "ab", "no token"]),
    ],
)
def test_what_is_no_join_string_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="no join string, or not all of it") as caught:
        read_join_string(text)

    assert caught.value.hint == "copy what `composia node join-token` prints"


def test_the_fingerprint_of_a_certificate_is_that_of_its_der_whatever_is_written_around_it() -> None:
    digest = hashlib.sha256(DER).hexdigest()

    assert fingerprint(PEM) == digest
    assert fingerprint(b"subject: me\n" + PEM.replace(b"\n", b"\r\n")) == digest


def test_the_fingerprint_of_several_certificates_is_of_all_so_that_none_can_be_slipped_in() -> None:
    assert fingerprint(PEM + PEM) == hashlib.sha256(DER + DER).hexdigest() != fingerprint(PEM)


@pytest.mark.parametrize("pem", [b"", b"<html>", PEM.replace(b"bm90", b"*+*+")])
def test_what_holds_no_certificate_has_no_fingerprint(pem: bytes) -> None:
    with pytest.raises(Invalid, match="no certificate"):
        fingerprint(pem)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("web-1", "web-1"),
        ("Web_1.example.org", "web_1"),
        ("Adas MacBook", "adas-macbook"),
        ("-a-", "a"),
        ("", "node"),
        ("ÄÖ", "node"),
    ],
)
def test_a_node_is_named_after_its_host(host: str, name: str) -> None:
    assert name_of_host(host) == name


@given(st.text())
def test_whatever_a_host_is_called_its_node_has_a_name(host: str) -> None:
    assert NAME.fullmatch(name_of_host(host))
