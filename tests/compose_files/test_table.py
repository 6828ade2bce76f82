"""What we and Compose say of the files of the table: no false refusal, and few missed ones, each with its reason."""

import pytest

from composia.cli.local_compose import LocalCompose
from composia.core.problem import Problem, Severity
from tests.compose_files.conftest import Asked
from tests.compose_files.table import Case, Expected, Verdict, load, read

MADE_WITH = "2.26.1"
"""The version of Compose with which the table was made."""

CASES = {case.name: case for case in load()}


def params(*, asked: bool) -> list[object]:
    """The cases, all or those for Compose."""
    return [pytest.param(case, id=name) for name, case in CASES.items() if not (asked and case.unasked)]


@pytest.mark.parametrize("case", params(asked=False))
def test_we_say_what_is_wrong_with_a_file_and_where(case: Case) -> None:
    problems = read(case.files, case.links).problems

    def said(expected: Expected) -> list[Problem]:
        return [
            problem
            for problem in problems
            if (problem.severity, problem.where) == (expected.severity, expected.place)
            and expected.words in f"{problem.message} {problem.value} {problem.hint}"
        ]

    assert {expected.place: said(expected) for expected in case.expected if not said(expected)} == {}
    assert len(problems) == len(case.expected), problems


@pytest.mark.parametrize("case", params(asked=True))
def test_compose_has_the_last_word_on_a_file(case: Case, compose: LocalCompose, asked: Asked) -> None:
    refusal = asked(case)

    if not refusal and case.verdict is not Verdict.OURS:
        errors = [problem for problem in read(case.files, case.links).problems if problem.severity is Severity.ERROR]
        assert errors == [], f"Compose {compose.version} accepts it"
    if bool(refusal) is case.verdict.compose_accepts:
        differs = f"Compose {compose.version} {'refuses' if refusal else 'accepts'} it, {MADE_WITH} did not: {refusal}"
        assert not compose.version.startswith(MADE_WITH), differs
        pytest.skip(differs)


def test_the_table_has_more_than_a_hundred_files_of_each_kind() -> None:
    accepted = [case for case in CASES.values() if case.verdict.compose_accepts]

    assert len(accepted) > 100
    assert len(CASES) - len(accepted) > 100


@pytest.mark.parametrize("verdict", Verdict)
def test_a_case_says_what_its_list_promises(verdict: Verdict) -> None:
    promised = verdict in (Verdict.REFUSED, Verdict.OURS)

    assert [
        case.name
        for case in CASES.values()
        if case.verdict is verdict
        and any(expected.severity is Severity.ERROR for expected in case.expected) is not promised
    ] == []
