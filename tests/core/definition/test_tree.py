"""Paths inside a service directory."""

import pytest

from composia.core.definition.tree import Tree, inside


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("a", "a"),
        ("./a", "a"),
        ("a/../b", "b"),
        (".", "."),
        ("a//b/", "a/b"),
        ("..a", "..a"),
        ("..", None),
        ("../a", None),
        ("a/../../b", None),
        ("/a", None),
        ("~/a", None),
    ],
)
def test_a_path_is_inside_or_not(path: str, normal: str | None) -> None:
    assert inside(path) == normal


def test_links_are_followed_wherever_they_stand_in_a_path() -> None:
    tree = Tree(
        files=frozenset({"real/file", "top"}),
        links={
            "dir": "real",
            "real/up": "..",
            "real/back": "../dir/file",
            "loop": "loop",
            "a": "b",
            "b": "a",
            "out": "../x",
            "absolute": "/top",
        },
    )
    assert tree.file("dir/file") == "real/file"
    assert tree.file("real/back") == "real/file"
    assert tree.file("dir/up/dir/up/top") == "top"
    for nothing in ("real", "dir", "loop", "a", "out", "absolute", "out/../top", "gone", "real/../../top"):
        assert tree.file(nothing) is None, nothing
    assert [path for path in (".", "real", "dir", "dir/up", "top", "gone", "loop", "out") if tree.has(path)] == [
        ".",
        "real",
        "dir",
        "dir/up",
        "top",
    ]
