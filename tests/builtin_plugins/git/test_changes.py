"""What differs between two trees, found in their bytes."""

import pytest
from dulwich.errors import ObjectFormatException
from dulwich.objects import ObjectID, Tree
from hypothesis import given
from hypothesis import strategies as st

from composia.builtin_plugins.git.changes import differing

MODES = (0o40000, 0o100644, 0o100755, 0o120000, 0o160000)
# few bytes, among them those that end a name or begin an entry, so that what differs looks alike
IDS = st.lists(st.sampled_from([b"\0", b"1", b" ", b"a", b"\n"]), min_size=20, max_size=20).map(b"".join)
NAMES = st.text("ab.", min_size=1, max_size=4).map(str.encode)
TREES = st.dictionaries(NAMES, st.tuples(st.sampled_from(MODES), IDS), max_size=12)


def tree(entries: dict[bytes, tuple[int, bytes]]) -> bytes:
    made = Tree()
    for name, (mode, object_id) in entries.items():
        made.add(name, mode, ObjectID(object_id.hex().encode()))
    return made.as_raw_string()


@given(old=TREES, new=TREES, shared=TREES)
def test_entries_differ_that_only_one_tree_has(
    old: dict[bytes, tuple[int, bytes]], new: dict[bytes, tuple[int, bytes]], shared: dict[bytes, tuple[int, bytes]]
) -> None:
    before, after = {**old, **shared}, {**new, **shared}
    gone, come = differing(tree(before), tree(after), 20)
    assert gone == {n: (m, i.hex()) for n, (m, i) in before.items() if after.get(n) != (m, i)}
    assert come == {n: (m, i.hex()) for n, (m, i) in after.items() if before.get(n) != (m, i)}


def test_trees_that_end_alike_but_in_other_entries_differ_in_these() -> None:
    object_id = b"3" * 20
    looks_like_an_entry = b"0123456789 100644 x "
    old = tree({b"a": (0o100644, looks_like_an_entry), b"b": (0o100644, object_id)})
    new = tree({b"x 100644 b": (0o100644, object_id)})
    assert old.endswith(new[1:])
    gone, come = differing(old, new, 20)
    assert (set(gone), set(come)) == ({b"a", b"b"}, {b"x 100644 b"})


def test_what_is_no_tree_is_said() -> None:
    with pytest.raises(ObjectFormatException):
        differing(b"", b"no tree", 20)
