"""A data directory says in which form its data is."""

from pathlib import Path

import pytest

from composia.data_format import check_format
from composia.errors import Invalid, NotPossible


def test_a_directory_without_a_mark_gets_one_and_is_taken_again(tmp_path: Path) -> None:
    check_format(tmp_path, 3)
    check_format(tmp_path, 3)

    assert (tmp_path / "format").read_text() == "3\n"


def test_older_data_is_taken(tmp_path: Path) -> None:
    (tmp_path / "format").write_text("1\n")

    check_format(tmp_path, 3)


def test_newer_data_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "format").write_text("4\n")

    with pytest.raises(NotPossible) as refused:
        check_format(tmp_path, 3)

    assert str(refused.value) == (
        f"{tmp_path}: the data was written by a newer Composia (format 4, this one knows up to 3)"
    )
    assert refused.value.hint == "use that version or a newer one"
    assert [path.name for path in tmp_path.iterdir()] == ["format"]


@pytest.mark.parametrize("content", [b"", b"x", b"-1", b"\xff\x00", b"9" * 5000, "²".encode()])
def test_a_mark_that_is_none_is_refused_with_its_place(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "format").write_bytes(content)

    with pytest.raises(Invalid) as refused:
        check_format(tmp_path, 3)

    assert str(refused.value) == f"{tmp_path / 'format'}: no format of data is named there"
