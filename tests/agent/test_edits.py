"""What a container makes of the files that it is given keeps nobody waiting."""

import os
from pathlib import Path

import pytest

from composia.agent.edits import Edits
from composia.agent.tree import Tree
from tests.agent.test_observer import FILES, make_workspace
from tests.agent.test_workspace import Node


def test_a_file_of_a_size_that_none_of_ours_has_is_edited_and_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Node(tmp_path)
    node.sync(FILES)
    read: list[str] = []
    whole = Tree.read

    def counted(tree: Tree, path: str) -> object:
        read.append(path)
        return whole(tree, path)

    monkeypatch.setattr(Tree, "read", counted)
    os.truncate(node.root / "a", 1 << 30)

    assert Edits(node.records, node.workspaces).look() == (make_workspace("a"),)
    assert read == ["d/b", "p"]
