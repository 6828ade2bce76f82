"""Revisions by name."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from dulwich.object_store import DiskObjectStore
from dulwich.repo import Repo

from composia.builtin_plugins.git.revisions import HINT, find_commit, read_revisions
from composia.errors import NotFound
from composia.plugins.testing.source_bench import Put
from tests.builtin_plugins.git.repository import Repository


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


def test_to_say_who_made_a_commit_no_other_object_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = Repository(tmp_path / "services")
    message = "Greet\n\nMore warmly."
    old, _ = [origin.commit({"web": Put(content=text)}, message=message) for text in (b"1", b"2")]
    read: list[bytes] = []
    get_raw = DiskObjectStore.get_raw

    def noted(store: DiskObjectStore, name: Any) -> Any:
        read.append(name)
        return get_raw(store, name)

    monkeypatch.setattr(DiskObjectStore, "get_raw", noted)
    with Repo(str(origin.path)) as repo:
        (found,) = read_revisions(repo, [old])
    assert found is not None
    assert (found.author, found.committed_ms, found.message) == ("Ada <ada@example.org>", 1_700_000_000_000, message)
    assert read == [old.encode()]
