"""Revisions by name."""

import subprocess
from pathlib import Path

import pytest
from dulwich.repo import Repo

from composia.builtin_plugins.git.revisions import HINT, find_commit
from composia.errors import NotFound


@pytest.mark.parametrize(
    ("revision", "hint"),
    [
        ("mian", "did you mean main?"),
        ("v1.O", "did you mean v1.0?"),
        ("xyzzy", HINT),
        ("a b\x00", HINT),
        ("../../main", HINT),
        ("☃" * 1000, HINT),
    ],
)
def test_a_revision_that_does_not_exist_is_told_with_the_nearest_branch_or_tag(
    tmp_path: Path, revision: str, hint: str
) -> None:
    script = "git init -q -b main . && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x && git tag v1.0 && git pack-refs --all"
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True)
    with Repo(str(tmp_path)) as repo, pytest.raises(NotFound) as refused:
        find_commit(repo, revision)
    assert (refused.value.message, refused.value.hint) == (f"no revision {revision[:80]!r}", hint)
