"""Repositories as the origin of a source under test: by path, and by http with a token."""

import os
from pathlib import Path
from urllib.parse import quote

from composia.builtin_plugins import git
from composia.clock import ManualClock
from composia.plugins import Context
from composia.plugins.source import Source
from composia.plugins.testing.source_bench import BranchBench, Files, LockedBench
from tests.builtin_plugins.git.http import GitHost, WebServer
from tests.builtin_plugins.git.repository import Repository


class PathBench(BranchBench):
    """A repository on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root / "repositories"
        self.root.mkdir()
        self.data = root / "data"
        self.repository = Repository(self.root / "services")

    def config(self) -> git.GitConfig:
        """How the source is configured."""
        return git.GitConfig(url=str(self.repository.path))

    async def open(self) -> Source:
        context = Context(data=self.data, clock=ManualClock())
        return await git.composia_source().open(self.config(), context)

    def write(self, files: Files) -> None:
        self.repository.commit(files)

    def rewrite(self, files: Files) -> None:
        self.repository.commit(files, parents=(), message="anew")

    def leave(self) -> None:
        self.root.rename(self.root.with_suffix(".away"))

    def come_back(self) -> None:
        self.root.with_suffix(".away").rename(self.root)

    def make_ambiguous(self) -> str:
        return self.repository.commits_with_one_beginning(4)

    def branch(self, name: str) -> None:
        in_its_way = self.repository.git("for-each-ref", "--format=%(refname)", f"refs/heads/{name.partition('/')[0]}")
        for found in in_its_way.splitlines():
            self.repository.git("update-ref", "-d", found)
        self.repository.git("update-ref", f"refs/heads/{name}", "main")

    def tag(self, name: str) -> None:
        self.repository.git("tag", "-a", "-m", "a tag with a message", name, "main")

    def merge(self, files: Files) -> None:
        before = self.repository.head
        side = self.repository.commit(files, message="on a branch")
        self.repository.commit(files, parents=(before, side), message="merge")

    def remove_branch(self) -> None:
        self.repository.git("update-ref", "refs/heads/other", "main")
        self.repository.git("update-ref", "-d", "refs/heads/main")


class HttpBench(PathBench, LockedBench):
    """A repository behind a web server that asks for a token."""

    token = f"right/t@ken:{os.getpid()}"  # a test looks for its own in all processes
    wrong = "wrong-token"
    secrets = (token, quote(token, safe=""), wrong)

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.host = GitHost(self.root, credentials=f"composia:{self.token}")
        self.server = WebServer(self.host)
        self.server.start()
        self.token_file = root / "token"
        self.token_file.write_text(f"{self.token}\n")

    def config(self) -> git.GitConfig:
        return git.GitConfig(url=f"{self.server.url}/services", token_file=str(self.token_file), timeout_s=60)

    def leave(self) -> None:
        self.server.stop()

    def come_back(self) -> None:
        self.server.start()

    def lock_out(self) -> None:
        self.token_file.write_text(self.wrong)


class TokenInUrlBench(HttpBench):
    """The same, with the token where people put it."""

    def config(self) -> git.GitConfig:
        url = self.server.url.replace("://", f"://composia:{quote(self.token, safe='')}@")
        return git.GitConfig(url=f"{url}/services", timeout_s=60)

    def lock_out(self) -> None:
        self.host.credentials = "composia:another"


async def open_source(tmp_path: Path, config: git.GitConfig) -> Source:
    """A source with a data directory of its own."""
    return await git.composia_source().open(config, Context(data=tmp_path / "data", clock=ManualClock()))


async def trouble(tmp_path: Path, url: str, *, timeout_s: float = 5, **more: str) -> str:
    """What a sync says."""
    source = await open_source(tmp_path, git.GitConfig(url=url, timeout_s=timeout_s, **more))
    state = await source.sync(1)
    await source.close()
    assert (state.head, state.synced_ms) == ("", 0)
    return state.error
