"""Variables are replaced as Compose does it, and what cannot be told here is said to be so."""

import pytest

from composia.core.definition.interpolation import Known, Replaced, Room, Variables, replace_variables

GIVEN = Variables(values={"A": "a", "EMPTY": "", "HIDDEN": None}, complete=True)
NOTHING = Variables()


def sure(text: str, *unset: str) -> Replaced:
    return Replaced(text=text, known=Known.SURE, unset=unset)


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("no variable", "no variable"),
        ("$A ${A} $$A $${A}", "a a $A ${A}"),
        ("$1 $ $. a$", "$1 $ $. a$"),
        ("$2y$05", "$2y$05"),
        ("${A:-b} ${EMPTY:-b} ${NONE:-b}", "a b b"),
        ("${A-b} ${EMPTY-b} ${NONE-b}", "a  b"),
        ("${A:+b} ${EMPTY:+b} ${NONE:+b}", "b  "),
        ("${A+b} ${EMPTY+b} ${NONE+b}", "b b "),
        ("${A:?no} ${A?no}${EMPTY?no}", "a a"),
        ("${NONE:-${EMPTY:-${A}}}", "a"),
        ("${NONE:-}", ""),
        ("${NONE:-a:b-c?d}", "a:b-c?d"),
        ("${A:-${NOT_USED}}", "a"),
    ],
)
def test_variables_are_replaced(text: str, replaced: str) -> None:
    assert replace_variables(text, GIVEN) == sure(replaced)


@pytest.mark.parametrize(
    ("text", "invalid"),
    [
        ("${A", "${A"),
        ("x${}y", "${}y"),
        ("${1X}", "${1X}"),
        ("${ A }", "${ A }"),
        ("${A.b}", "${A.b}"),
        ("${A:}", "${A:}"),
        ("${A:=b}", "${A:=b}"),
        ("${NONE:-${1}}", "${1}"),
        ("${NONE:-${A}", "${NONE:-${A}"),
    ],
)
def test_what_compose_cannot_read_is_told_from_its_dollar_on(text: str, invalid: str) -> None:
    assert replace_variables(text, GIVEN).invalid == invalid


@pytest.mark.parametrize("text", ["${NONE:-{}", "${NONE:-{a}", '${NONE:-{"a": 1}}', "${NONE:-a\nb}"])
def test_defaults_of_which_versions_differ_are_neither_refused_nor_known(text: str) -> None:
    assert replace_variables(text, GIVEN) == Replaced(text="", known=Known.UNKNOWN)


def test_a_variable_that_is_set_nowhere_is_named_once() -> None:
    done = replace_variables("$B ${C} ${B} ${D:?why} ${E:-${F}}", GIVEN)
    assert (done.known, done.unset) == (Known.UNKNOWN, ("B", "C", "D", "F"))


def test_a_default_is_assumed_where_the_node_may_set_the_variable() -> None:
    assert replace_variables("${X:-a}", NOTHING) == Replaced(text="a", known=Known.ASSUMED)
    assert replace_variables("${X:-a}", GIVEN) == sure("a")


@pytest.mark.parametrize("text", ["${HOME}", "$COMPOSE_PROJECT_NAME", "${HIDDEN}", "${HIDDEN:-a}", "${PATH:-a}"])
def test_what_only_the_node_knows_is_unknown_and_not_missing(text: str) -> None:
    assert replace_variables(text, GIVEN) == Replaced(text="", known=Known.UNKNOWN)


def test_defaults_may_be_nested_without_end() -> None:
    deep = "${A:-" * 5000 + "}" * 5000
    assert replace_variables(deep, NOTHING).invalid == ""


def test_what_finds_no_room_is_not_known() -> None:
    room = Room(4)
    assert [replace_variables("<$A>", Variables(values={"A": "abc"}), room) for _ in range(2)] == [
        sure("<abc>"),
        Replaced(text="<>", known=Known.UNKNOWN),
    ]
    assert room.is_full
