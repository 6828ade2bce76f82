"""Of files that nobody wrote by hand: no false refusal, no exception, and a place for every problem."""

import string
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from composia.cli.local_compose import LocalCompose
from composia.core.definition.reading import Reading
from composia.core.problem import Problem, Severity
from composia.core.service import META_FILE
from tests.compose_files.mutations import BASES, OVERRIDE, directories
from tests.compose_files.table import Case, read

ASKED = 80
"""How many files Compose is asked about, at a tenth of a second for each of which we refuse."""

ON_PURPOSE = (
    "leaves the service directory",
    "there are no services",
    "values, each counted as often as aliases repeat it",
)
"""What we refuse and Compose accepts, as the list `ours` of the table says."""

WHOLE = ("the file is empty", "there are no services", "more than")
"""What concerns a file as a whole."""

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def refusals(reading: Reading) -> list[Problem]:
    return [
        problem
        for problem in reading.problems
        if problem.severity is Severity.ERROR and not any(words in problem.message for words in ON_PURPOSE)
    ]


def check(files: Mapping[str, bytes]) -> Reading:
    """Read twice, and look at every problem."""
    reading = read(files)
    assert read(files) == reading
    for problem in reading.problems:
        assert problem.file in files
        assert problem.message
        lines = files[problem.file].decode("utf-8-sig", "replace").splitlines()
        if problem.line:
            assert problem.line <= len(lines) + 1
            assert problem.column >= 1
        else:
            assert problem.message.startswith(WHOLE), problem
    assert (reading.service is None) is any(problem.severity is Severity.ERROR for problem in reading.problems)
    return reading


@settings(SLOW, max_examples=ASKED, derandomize=True)
@given(directories())
def test_what_we_refuse_is_refused_by_compose_too(compose: LocalCompose, files: dict[str, bytes]) -> None:
    problems = refusals(read(files))
    if problems:
        with TemporaryDirectory() as scratch:
            for name, content in files.items():
                file = Path(scratch, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            assert compose.refusal(Path(scratch), "case", ()), problems


@settings(SLOW, max_examples=300)
@given(directories())
def test_a_changed_file_is_read_the_same_each_time_and_every_problem_has_a_place(files: dict[str, bytes]) -> None:
    check(files)


@settings(SLOW, max_examples=200)
@given(
    st.sampled_from(BASES),
    st.sampled_from(["compose.yaml", OVERRIDE, META_FILE]),
    st.integers(0, 400),
    st.integers(0, 20),
    st.text(alphabet=f"{string.printable}é\u2028\ufeff\x00", max_size=6)
    | st.sampled_from(["---\n", "<<: ", "*a", "&a "]),
)
@example(BASES[0], META_FILE, 0, 20, "")
def test_a_damaged_text_is_read_the_same_each_time_and_every_problem_has_a_place(
    case: Case, name: str, at: int, cut: int, put: str
) -> None:
    files = dict(case.files)
    text = files.get(name, b"services: {}\n").decode()
    files[name] = (text[: at % (len(text) + 1)] + put + text[at % (len(text) + 1) + cut :]).encode()
    check(files)


@settings(SLOW, max_examples=100)
@given(st.binary(max_size=60), st.sampled_from(["compose.yaml", META_FILE]))
def test_any_bytes_are_read_the_same_each_time_and_every_problem_has_a_place(content: bytes, name: str) -> None:
    check(dict(BASES[0].files) | {name: content})
