"""A repository made by the real Git, as people make theirs."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from composia.plugins.testing.source_bench import Files
from tests.builtin_plugins.directory.bench import put_files

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_DATE": "1700000000 +0000",
}


class Repository:
    """A repository with a work tree and the branch `main`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, stdin: bytes | None = None) -> str:
        """What Git prints."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=ENVIRONMENT, input=stdin, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def commit(self, files: Files, *, parents: tuple[str, ...] | None = None, message: str = "change") -> str:
        """Make these all the files of `main`, on its head unless `parents` are given; returns the commit."""
        for found in self.path.iterdir():
            if found.name != ".git":
                shutil.rmtree(found) if found.is_dir() and not found.is_symlink() else found.unlink()
        put_files(self.path, files)
        self.git("add", "-A", "--force")
        if parents is None:
            parents = (self.head,) if self.head else ()
        above = [word for parent in parents for word in ("-p", parent)]
        commit = self.git("commit-tree", "-m", message, *above, self.git("write-tree"))
        self.git("update-ref", "refs/heads/main", commit)
        return commit

    @property
    def head(self) -> str:
        """The commit of `main`; empty before the first."""
        return self.git("for-each-ref", "--format=%(objectname)", "refs/heads/main")

    def commits_with_one_beginning(self, letters: int) -> str:
        """Make two commits whose names begin alike, on branches of their own; returns how."""
        tree = self.git("rev-parse", "main^{tree}")
        seen: dict[str, bytes] = {}
        number = 0
        while True:
            body = f"tree {tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\n{number}\n".encode()
            name = hashlib.sha1(f"commit {len(body)}\0".encode() + body).hexdigest()
            other = seen.setdefault(name[:letters], body)
            if other != body:
                for branch, content in (("one", other), ("two", body)):
                    commit = self.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=content)
                    self.git("update-ref", f"refs/heads/alike-{branch}", commit)
                return name[:letters]
            number += 1
