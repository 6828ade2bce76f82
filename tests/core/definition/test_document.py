"""YAML is read as Compose reads it, with places, and within bounds."""

from typing import Any

import pytest

from composia.core.definition.document import (
    MAX_BYTES,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unreadable,
    read_documents,
    resolve,
)
from composia.core.problem import Problem, Severity


def plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key: plain(value) for key, (_, value) in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return resolve(node)


def read(text: str) -> Any:
    (document,) = read_documents(text.encode(), "f.yaml")
    return plain(document)


def refused(content: bytes) -> Problem:
    with pytest.raises(Unreadable) as caught:
        read_documents(content, "f.yaml")
    return caught.value.problem


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("22:22", "22:22"),
        ("12:30:45", "12:30:45"),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("'true'", "true"),
        ("0755", 493),
        ("0o17", 15),
        ("0x10", 16),
        ("-7", -7),
        ("1_000", 1000),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("~", None),
        ("", None),
        ('""', ""),
        ("2024-01-01", "2024-01-01"),
        ("!reset null", "null"),
        ("!custom text", "text"),
        ("$$x", "$$x"),
    ],
)
def test_a_value_means_what_compose_takes_it_for(written: str, meant: object) -> None:
    assert read(f"k: {written}\n") == {"k": meant}


def test_merge_keys_fill_in_what_a_mapping_does_not_say_itself() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\n"

    assert read(text)["c"] == {"x": 3, "y": 1, "z": 2}


def test_a_key_may_stand_before_or_behind_the_merge_that_also_has_it() -> None:
    assert read("a: &a {x: 1}\nb: {x: 2, <<: *a}\nc: {<<: *a, x: 2}\n") == {
        "a": {"x": 1},
        "b": {"x": 2},
        "c": {"x": 2},
    }


def test_every_value_knows_its_line_and_column() -> None:
    (document,) = read_documents(b"a:\n  - b: 1\n", "f.yaml")
    assert isinstance(document, Mapping)
    items = document.get("a")
    assert isinstance(items, Sequence)
    inner = items.items[0]
    assert isinstance(inner, Mapping)
    value = inner.get("b")
    assert value is not None

    assert (value.line, value.column) == (2, 8)


def test_several_documents_a_byte_order_mark_and_carriage_returns_are_fine() -> None:
    documents = read_documents(b"\xef\xbb\xbfa: 1\r\n---\r\nb: 2\r\n", "f.yaml")

    assert [plain(document) for document in documents] == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("content", [b"", b"\n# nothing\n", b"---\n---\n"])
def test_a_file_without_content_has_no_document(content: bytes) -> None:
    assert read_documents(content, "f.yaml") == ()


def test_a_duplicate_key_is_refused_with_both_lines() -> None:
    assert refused(b"a: 1\nb: 2\na: 3\n") == Problem(
        severity=Severity.ERROR,
        message="a stands here and in line 1",
        file="f.yaml",
        line=3,
        column=1,
        hint="keep one",
    )


def test_a_tab_that_indents_is_named_as_such() -> None:
    problem = refused(b"a:\n\tb: 1\n")

    assert (problem.message, problem.line) == ("a tab indents here, YAML wants spaces", 2)


def test_an_alias_bomb_is_refused_before_anything_expands_it() -> None:
    bomb = b"a: &a [" + b"x," * 9 + b"]\n"
    for name, before in zip("bcdefghi", "abcdefgh", strict=True):
        bomb += f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n".encode()

    assert refused(bomb).message == "aliases expand this to more than 500000 values"


def test_nesting_is_bounded() -> None:
    assert refused(b"[" * 100_000).message == "nested deeper than 100 levels"


def test_size_is_bounded() -> None:
    assert refused(b"#" * (MAX_BYTES + 1)).message == "more than 4 MiB of YAML"


def test_an_alias_to_what_contains_it_is_refused() -> None:
    assert refused(b"a: &a [*a]\n").message == "no anchor &a stands before this alias"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a: [1\n", b"a: 'b\n", b"? {a: 1}\n: 2\n", b"a: \x07\n"])
def test_what_is_no_yaml_is_refused_with_its_file(content: bytes) -> None:
    assert refused(content).file == "f.yaml"
