"""What is a slip of the hand, and what may be a word that we do not know."""

import pytest

from composia.core.suggest import misspelt, nearest

KNOWN = (
    "ports",
    "image",
    "cpus",
    "gpus",
    "post_start",
    "healthcheck",
    "env_file",
    "enable_ipv6",
    "aliases",
    "restart",
    "dns",
)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("port", "ports"),
        ("prots", "ports"),
        ("Image", "image"),
        ("imgae", "image"),
        ("imag", "image"),
        ("health_check", "healthcheck"),
        ("healthchek", "healthcheck"),
        ("helthchek", "healthcheck"),
        ("env-file", "env_file"),
        ("envFile", "env_file"),
        ("alias", "aliases"),
        ("cpu", "cpus"),
    ],
)
def test_a_slip_of_the_hand_is_found(word: str, meant: str) -> None:
    assert misspelt(word, KNOWN) == meant


@pytest.mark.parametrize("word", ["pre_start", "enable_ipv4", "tpus", "dna_x", "models", "", "x", "startup"])
def test_a_word_that_may_be_new_is_none(word: str) -> None:
    assert misspelt(word, KNOWN) == ""


def test_letters_in_another_order_are_more_likely_than_one_too_many() -> None:
    assert nearest("stauts", ["stats", "status"]) == "did you mean status?"
    assert nearest("stast", ["stats", "status"]) == "did you mean stats?"


def test_a_very_long_word_costs_little() -> None:
    assert misspelt("p" * 1_000_000, KNOWN) == ""
