"""The checks of the matrix find what they are there for."""

from tests.e2e.matrix.checks import calls_side_by_side, misses, names_that_come_back


def test_calls_of_one_project_one_after_the_other_are_fine_and_so_are_those_of_two_projects() -> None:
    calls = [
        ("begin", "1", "up", "web"),
        ("begin", "2", "up", "db"),
        ("end", "1", "up", "web"),
        ("begin", "3", "up", "web"),
        ("end", "2", "up", "db"),
    ]
    assert calls_side_by_side(calls) == []


def test_a_call_beside_another_one_of_its_project_is_found() -> None:
    calls = [("begin", "1", "pull", "web"), ("begin", "2", "up", "web"), ("end", "1", "pull", "web")]
    assert calls_side_by_side(calls) == ["up of web beside pull"]


def test_a_container_that_is_at_work_after_another_one_has_begun_is_found() -> None:
    assert names_that_come_back(["a", "a", "a", "b", "b", "c"]) == []
    assert names_that_come_back(["a", "b", "a", "b", "b"]) == ["a", "b"]


def test_a_byte_that_is_missing_doubled_or_another_one_is_found() -> None:
    assert not misses(b"line 1\nline 2\nand more", b"line 1\nline 2\n", may_be_cut_off=False)
    for shown in (b"line 1\nline 2", b"line 1\nline 1\nline 2\n", b"line 1\nline 3\n", b""):
        assert misses(shown, b"line 1\nline 2\n", may_be_cut_off=False)
    assert not misses(b"line 1\nli", b"line 1\nline 2\n", may_be_cut_off=True)
    assert misses(b"line 1\nlie", b"line 1\nline 2\n", may_be_cut_off=True)
