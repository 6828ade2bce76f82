"""YAML as Compose reads it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.core.definition.document import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unreadable,
    parse_documents,
    read_documents,
    resolve,
)
from composia.core.problem import Problem, Severity


def plain(node: Node) -> object:
    """A value without its places."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, (_, value) in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return resolve(node)


def read(text: str | bytes) -> list[object]:
    """All documents of a text."""
    return [plain(root) for root in read_documents(text.encode() if isinstance(text, str) else text, "f.yaml")]


def refusal(text: str | bytes) -> Problem:
    """Why a text is not read."""
    with pytest.raises(Unreadable) as unreadable:
        read(text)
    return unreadable.value.problem


def error(message: str, line: int, column: int, hint: str = "") -> Problem:
    """An error in the file that `read` names."""
    return Problem(severity=Severity.ERROR, message=message, file="f.yaml", line=line, column=column, hint=hint)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        # each of these was put through `docker compose config` 2.26.1
        ("22:22", "22:22"),
        ("12:30:45", "12:30:45"),
        *((word, word) for word in ("no", "on", "yes", "off", "y", "n", "tRue", "5s", "1e", "0x", "0o_", "0o18", "_1")),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *((word, None) for word in ("", "~", "null", "Null", "NULL")),
        ("0755", 493),
        ("0o17", 15),
        ("0O17", 15),
        ("-017", -15),
        ("08", 8.0),
        ("09.5", 9.5),
        ("0X1F", 31),
        ("0x_f", 15),
        ("-0x10", -16),
        ("0b11", 3),
        ("0B11", 3),
        ("0b_1", 1),
        ("0b2", "0b2"),
        ("1_000", 1000),
        ("1__0", 10),
        ("0_", 0),
        ("+5", 5),
        ("1e3", 1000.0),
        ("12e03", 12000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("1_0.5", 10.5),
        ("12345678901234567890123", 12345678901234567890123.0),
        ("0xdeadbeefdeadbeefdeadbeef", "0xdeadbeefdeadbeefdeadbeef"),
        ("18446744073709551615", 18446744073709551615),
        ("'5'", "5"),
        ('"true"', "true"),
        ("'~'", "~"),
        ("!!str 5", "5"),
        ('!!int "5"', 5),
        ("!!int 0o17", 15),
        ("!foo 5", "5"),
        ("! 5", "5"),
        # what Compose does nothing with
        ("2024-01-01", "2024-01-01"),
        (".inf", ".inf"),
        ("1e999", "1e999"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_a_word_means_what_it_means_to_compose(written: str, means: object) -> None:
    (document,) = read(f"a: {written}\n")
    assert document == {"a": means}
    assert isinstance(document, dict)
    assert type(document["a"]) is type(means)


@given(st.text(alphabet="0123456789abcdefxobOXB_+-.eE~ ", max_size=80))
def test_every_word_means_something(word: str) -> None:
    value = resolve(Scalar(line=1, column=1, text=word, plain=True))
    assert value is None or isinstance(value, str | int | float | bool)


@given(st.one_of(st.binary(max_size=80), st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,?<\t\n ~0", max_size=40)))
def test_every_text_is_read_or_refused_with_a_place(text: bytes | str) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    try:
        documents, problems = parse_documents(content, "f.yaml")
    except Unreadable as unreadable:
        documents, problems = (), (unreadable.problem,)
    assert all(problem.message and problem.line and problem.column for problem in problems)
    assert all(isinstance(root, Node) for root in documents)


def test_every_key_and_value_has_its_place() -> None:
    (root,) = read_documents("# first\nservices:\n  web: {image: größe, x: [1,\n    2]}\n".encode(), "f.yaml")
    assert isinstance(root, Mapping)
    places: dict[str, tuple[int, ...]] = {}
    left = [root]
    while left:
        for name, (key, value) in left.pop().entries.items():
            places[name] = (key.line, key.column, value.line, value.column)
            if isinstance(value, Mapping):
                left.append(value)
            if isinstance(value, Sequence):
                places["items"] = tuple(at for item in value.items for at in (item.line, item.column))
    assert places == {
        "services": (2, 1, 3, 3),
        "web": (3, 3, 3, 8),
        "image": (3, 9, 3, 16),
        "x": (3, 23, 3, 26),
        "items": (3, 27, 4, 5),
    }


def test_a_byte_order_mark_and_windows_lines_are_read() -> None:
    assert read(b"\xef\xbb\xbfa: 1\r\nb:\r\n  - x\r\n") == [{"a": 1, "b": ["x"]}]
    assert read("a: 1\n".encode("utf-16")) == [{"a": 1}]


def test_several_documents_are_read_and_empty_ones_left_out() -> None:
    assert read("---\na: 1\n---\n---\nb: 2\n...\n") == [{"a": 1}, {"b": 2}]
    assert read("") == read("# nothing\n") == []


def test_merge_keys_stand_back_behind_the_mappings_own_and_earlier_ones() -> None:
    text = """
        one: &one {a: 1, b: 1}
        two: &two {b: 2, c: 2}
        after: {<<: *one, b: 3}
        before: {b: 3, <<: *one}
        list: {<<: [*one, *two]}
        chain: &chain {<<: *two, d: 4}
        deep: {<<: *chain}
        quoted: {"<<": 1}
        tagged: {!!merge <<: *one}
        both: {!!merge "<<": [*one], b: 3}
    """
    (document,) = read(text)
    assert document == {
        "one": {"a": 1, "b": 1},
        "two": {"b": 2, "c": 2},
        "after": {"a": 1, "b": 3},
        "before": {"b": 3, "a": 1},
        "list": {"a": 1, "b": 1, "c": 2},
        "chain": {"b": 2, "c": 2, "d": 4},
        "deep": {"b": 2, "c": 2, "d": 4},
        "quoted": {"<<": 1},
        "tagged": {"a": 1, "b": 1},
        "both": {"a": 1, "b": 3},
    }


def test_unknown_tags_are_accepted_on_every_kind_of_value() -> None:
    assert read("a: !reset null\nb: !override [1]\nc: !mine {d: 1}\n") == [{"a": "null", "b": [1], "c": {"d": 1}}]


def test_every_duplicate_key_is_named_with_both_lines_and_the_first_counts() -> None:
    documents, problems = parse_documents(b"a: 1\nb: {c: 1, c: 2}\na: 2\n<<: {}\n<<: {}\n'1': x\n1: y\n", "f.yaml")
    assert [plain(root) for root in documents] == [{"a": 1, "b": {"c": 1}, "1": "x"}]
    assert problems == tuple(
        error(f"key {key} is given twice, here and in line {first}", line, column, "keep one of them")
        for key, first, line, column in [("c", 2, 2, 11), ("a", 1, 3, 1), ("<<", 4, 5, 1), ("1", 6, 7, 1)]
    )
    assert refusal("a: 1\na: 2\n") == error("key a is given twice, here and in line 1", 2, 1, "keep one of them")


def test_a_key_that_takes_the_place_of_a_merged_one_counts_once() -> None:
    documents, problems = parse_documents(b"a: &a {b: 1}\nc: {<<: *a, b: 2, b: 3}\n", "f.yaml")
    assert [plain(root) for root in documents] == [{"a": {"b": 1}, "c": {"b": 2}}]
    assert [(problem.line, problem.column) for problem in problems] == [(2, 19)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a:\n\tb: 1\n", error("a tab indents this line", 2, 1, "indent with spaces")),
        ("a:\n  b: 1\n\tc: 2\n", error("a tab indents this line", 3, 1, "indent with spaces")),
        ("a:\n- \t'b'\n", error("a tab indents this line", 2, 3, "indent with spaces")),
        (
            "a: b: c\n",
            error(
                "mapping values are not allowed in this context",
                1,
                5,
                "put a text with a colon in quotes; keys of one mapping begin in one column",
            ),
        ),
        ("a: @b\n", error("found character that cannot start any token", 1, 4, "put the text in quotes")),
        ("a: 'b\nc: d\n", error("this quote is never closed", 1, 4, "end the text with the same quote")),
        ("a: 1\nb:c\nd: e\n", error("could not find expected ':'", 3, 1, "KEY: VALUE, with a space behind the colon")),
        ("a: [1\n", error("did not find expected ',' or ']'", 2, 1)),
        ("a: *b\n", error("no anchor &b ends before this alias", 1, 4)),
        ("a: &a {b: *a}\n", error("no anchor &a ends before this alias", 1, 11)),
        ("a: &x 1\n---\nb: *x\n", error("no anchor &x ends before this alias", 3, 4)),
        ("a: {<<: [1]}\n", error("<< takes a mapping or a list of mappings", 1, 5)),
        ("? [a]\n: 1\n", error("a key must be a text", 1, 3)),
        (b"a: 1\nb: gr\xf6\xdfe\n", error("no text in UTF-8: invalid trailing UTF-8 octet", 2, 7)),
        (b"a: 1\nb: \x01\n", error("no text in UTF-8: control characters are not allowed", 2, 4)),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(text: str | bytes, problem: Problem) -> None:
    assert refusal(text) == problem


def test_too_much_is_refused_before_it_is_read() -> None:
    assert "4 MiB" in refusal(b"#" * (MAX_BYTES + 1)).message
    assert "100 levels" in refusal("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)).message
    assert "100 levels" in refusal("[" * 100_000).message
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH)


def bomb(levels: int, width: int, text: str = "[{}]") -> str:
    """A few lines that stand for `width ** levels` values."""
    lines = ["x0: &x0 {a: 1}"]
    for level in range(1, levels + 1):
        inner = ", ".join([f"*x{level - 1}"] * width)
        lines.append(f"x{level}: &x{level} {text.format(inner)}")
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        bomb(9, 9),
        bomb(30, 2),
        "a: &a [" + "1," * 150_000 + "]\nb: [" + "*a," * 150_000 + "]",
        "a: &a {"
        + ", ".join(f"k{n}: 1" for n in range(2000))
        + "}\n"
        + "\n".join(f"m{n}: {{<<: *a}}" for n in range(2000)),
        "\n---\n".join([bomb(4, 9)] * 100),
    ],
    ids=[
        "nine levels of nine",
        "doublings",
        "a long list many times",
        "a large mapping merged often",
        "many documents",
    ],
)
def test_what_aliases_expand_to_is_bounded_before_it_costs_anything(text: str) -> None:
    begin = time.process_time()
    assert str(MAX_NODES) in refusal(text).message
    assert time.process_time() - begin < 10


def test_aliases_nest_no_deeper_than_brackets() -> None:
    chain = "x0: &x0 [1]\n" + "".join(f"x{n}: &x{n} [*x{n - 1}]\n" for n in range(1, MAX_DEPTH + 1))
    assert "100 levels" in refusal(chain).message


def test_aliases_within_bounds_are_shared_and_not_copied() -> None:
    (root,) = read_documents(bomb(4, 9).encode(), "f.yaml")
    assert isinstance(root, Mapping)
    last = root.get("x4")
    assert isinstance(last, Sequence)
    assert len({id(item) for item in last.items}) == 1
