"""How two texts differ: what is shown, and that it is the whole of it."""

from hypothesis import given
from hypothesis import strategies as st

from composia.core.difference import AROUND, difference, lines_of
from composia.core.file import Hunk, LineKind

LINES = st.lists(st.sampled_from(["a", "b", "c", "", "  a", "a\r", "\u2028", "\x0b"]), max_size=40)
TEXTS = st.tuples(LINES, st.booleans()).map(lambda pair: "\n".join(pair[0]) + ("\n" if pair[1] and pair[0] else ""))


def applied(hunks: tuple[Hunk, ...], old: list[str]) -> list[str]:
    """The lines that come of the old ones by the hunks; they have to fit."""
    new: list[str] = []
    at = 0
    for hunk in hunks:
        begin = max(hunk.old_line - 1, 0)
        new += old[at:begin]
        at = begin
        if hunk.new_line:
            assert hunk.new_line == len(new) + 1
        for kind, line in zip(hunk.kinds, hunk.lines, strict=True):
            if kind is not LineKind.ADDED:
                assert old[at] == line
                at += 1
            if kind is not LineKind.REMOVED:
                new.append(line)
    return new + old[at:]


def numbered(count: int, **changed: str) -> str:
    """Lines 1 to `count`, some of them others."""
    return "".join(f"{changed.get(f'l{n}', n)}\n" for n in range(1, count + 1))


def shown(hunk: Hunk) -> str:
    signs = {LineKind.KEPT: " ", LineKind.ADDED: "+", LineKind.REMOVED: "-"}
    return " ".join(signs[kind] + line for kind, line in zip(hunk.kinds, hunk.lines, strict=True))


@given(old=TEXTS, new=TEXTS)
def test_the_hunks_make_the_new_text_of_the_old_one(old: str, new: str) -> None:
    before, after = lines_of(old, new)
    hunks = difference(old, new)
    assert applied(hunks, before) == after
    assert bool(hunks) == (old != new)


@given(old=TEXTS, new=TEXTS)
def test_hunks_begin_and_end_with_a_few_lines_that_are_in_both_and_do_not_touch(old: str, new: str) -> None:
    end = 0
    for hunk in difference(old, new):
        kept = [kind is LineKind.KEPT for kind in hunk.kinds]
        assert not all(kept)
        assert kept.index(False) <= AROUND
        assert kept[::-1].index(False) <= AROUND
        assert end == 0 or hunk.old_line > end
        end = hunk.old_line + sum(kind is not LineKind.ADDED for kind in hunk.kinds)


def test_changes_that_are_near_are_one_hunk_and_others_are_two() -> None:
    (near,) = difference(numbered(30), numbered(30, l10="x", l17="y"))
    far = difference(numbered(30), numbered(30, l10="x", l18="y"))
    assert shown(near) == " 7  8  9 -10 +x  11  12  13  14  15  16 -17 +y  18  19  20"
    assert [shown(hunk) for hunk in far] == [" 7  8  9 -10 +x  11  12  13", " 15  16  17 -18 +y  19  20  21"]
    assert [(hunk.old_line, hunk.new_line) for hunk in far] == [(7, 7), (15, 15)]


def test_a_file_that_is_new_or_gone_has_no_line_on_the_other_side() -> None:
    (new,) = difference("", "a\nb\n")
    (gone,) = difference("a\nb\n", "")
    assert (new.old_line, new.new_line, shown(new)) == (0, 1, "+a +b")
    assert (gone.old_line, gone.new_line, shown(gone)) == (1, 0, "-a -b")


def test_a_newline_at_the_end_that_only_one_text_has_is_an_empty_line_of_it() -> None:
    (added,) = difference("a", "a\n")
    (removed,) = difference("a\n", "a")
    assert (shown(added), shown(removed)) == (" a +", " a -")
    assert difference("a\nb", "a\nb") == ()


def test_only_a_newline_ends_a_line() -> None:
    (hunk,) = difference("a\u2028b\x0bc\r\n", "a\u2028b\x0bc\n")
    assert hunk.lines == ("a\u2028b\x0bc\r", "a\u2028b\x0bc")
