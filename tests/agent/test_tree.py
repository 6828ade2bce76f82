"""What is done to a path at which something else lies than a moment ago."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from composia.agent.tree import Tree
from composia.core.bundle import MAX_CONTENT


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Path]:
    """A pipe that can be written into, since somebody reads from it."""
    os.mkfifo(tmp_path / "pipe", 0o640)
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    yield tmp_path / "pipe"
    os.close(reader)


def test_what_is_no_regular_file_any_more_is_not_read_nor_copied(pipe: Path) -> None:
    tree = Tree(pipe.parent)

    with pytest.raises(OSError, match="Not a regular file") as caught, tree.read("pipe"):
        pass
    assert caught.value.filename == "pipe"
    with pytest.raises(OSError, match="Not a regular file"):
        tree.copy("pipe", "beside")

    assert list(pipe.parent.iterdir()) == [pipe]


def test_what_is_no_regular_file_any_more_is_not_written_into(pipe: Path) -> None:
    with pytest.raises(OSError, match="Not a regular file"):
        Tree(pipe.parent).write("pipe", io.BytesIO(b"new"), executable=True)

    assert pipe.stat().st_mode & 0o777 == 0o640


def test_a_file_that_has_become_larger_than_any_bundle_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    os.truncate(tmp_path / "a", MAX_CONTENT + 1)

    with pytest.raises(OSError, match="File too large"):
        Tree(tmp_path).copy("a", "beside")

    assert list(tmp_path.iterdir()) == [tmp_path / "a"]
