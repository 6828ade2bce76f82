"""Durations, sizes and the like: what Docker Compose 2.26 takes and refuses."""

import pytest

from composia.core.definition.quantities import (
    boolean_problem,
    duration_problem,
    number_problem,
    size_problem,
    whole_problem,
)

DURATIONS = ["1.5h", "-5s", "0", "1h30m", "500ms", "1us", "1µs", "1ns", ".5s", "5.s", "0s", "1m1h", "1d", "1w"]
SIZES = ["512", "512mb", "0.5g", "1 GB", "1Gi", "1GiB", "1 b", "0", "1T", "1P", "-1"]


@pytest.mark.parametrize("text", DURATIONS)
def test_a_duration_is_taken(text: str) -> None:
    assert duration_problem(text) == ("", "")


@pytest.mark.parametrize("text", ["5x", "", "1h 30m", "5S", "5 s", "1y", "s", "5s5", "1e3s", "30 seconds"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    assert duration_problem(text)[0] == "a duration"


def test_a_duration_without_a_unit_is_given_one() -> None:
    assert duration_problem("30") == ("a duration", "30s")


@pytest.mark.parametrize("text", SIZES)
def test_a_size_is_taken(text: str) -> None:
    assert size_problem(text) == ("", "")


@pytest.mark.parametrize("text", ["5x", "1e3", "", "5bb", "1.5.5m", "1kk", "+5", "0x10", "5 mb ", "10%", "lots"])
def test_what_is_no_size_is_refused(text: str) -> None:
    assert size_problem(text)[0] == "a size"


def test_numbers_and_booleans_are_told_from_other_texts() -> None:
    assert [whole_problem(text)[0] for text in ("5", "-5", "1_000", "", "many", "1.5")] == [""] * 4 + [
        "a whole number"
    ] * 2
    assert [number_problem(text)[0] for text in (".5", "1e3", "", "half")] == ["", "", "", "a number"]
    assert [boolean_problem(text)[0] for text in ("true", "Yes", "off", "", "maybe")] == [""] * 4 + ["true or false"]
