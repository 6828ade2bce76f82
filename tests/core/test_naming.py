"""Names that are made: always names, and never one that is taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.core.naming import as_name, as_project, free_name
from composia.core.service import NAME


@pytest.mark.parametrize(
    ("text", "name", "project"),
    [
        ("web", "web", "web"),
        ("My App", "my-app", "myapp"),
        ("a.b", "a-b", "ab"),
        ("_x_", "x", "x_"),
        ("-", "", ""),
        ("Ünï", "n", "n"),
        ("a  b", "a-b", "ab"),
        ("日本", "", ""),
    ],
)
def test_a_text_as_a_name_and_as_compose_makes_a_project_of_it(text: str, name: str, project: str) -> None:
    assert (as_name(text), as_project(text)) == (name, project)


@pytest.mark.parametrize(
    ("path", "taken", "name"),
    [
        ("apps/web", set(), "web"),
        ("apps/web", {"web"}, "apps-web"),
        ("home/apps/web", {"web", "apps-web"}, "home-apps-web"),
        ("apps/web", {"web", "apps-web"}, "web-2"),
        ("web", {"web", "web-2"}, "web-3"),
        ("日本", set(), "service"),
        ("日本", {"service"}, "service-2"),
    ],
)
def test_a_name_is_the_directorys_then_with_those_above_then_with_a_number(
    path: str, taken: set[str], name: str
) -> None:
    assert free_name(path, taken) == name


@given(st.text(), st.sets(st.from_regex(r"[a-c]{1,2}(-[a-c2-4])?", fullmatch=True)))
def test_a_made_name_is_free_and_a_name(path: str, taken: set[str]) -> None:
    name = free_name(path, taken)

    assert NAME.fullmatch(name)
    assert name not in taken
