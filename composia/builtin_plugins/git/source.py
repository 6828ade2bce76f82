"""A Git repository as the source of definitions."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread
from dulwich.errors import NotGitRepository
from dulwich.graph import can_fast_forward
from dulwich.objects import Commit, ObjectID, Tag
from dulwich.objectspec import AmbiguousShortId, scan_for_short_id
from dulwich.refs import Ref
from dulwich.repo import Repo

from composia.builtin_plugins.git.remote import UNREACHABLE, Remote
from composia.builtin_plugins.git.snapshot import GitSnapshot, list_files, read_blob
from composia.core.revision import RepositoryState, Revision
from composia.errors import Invalid, NotFound
from composia.plugins.source import Snapshot

Result = TypeVar("Result")


class GitSource:
    """A bare clone. All of it is touched by one thread at a time, for dulwich is not made for more."""

    def __init__(self, remote: Remote, branch: str, data: Path) -> None:
        self._remote = remote
        self._branch = branch
        self._ref = Ref(b"refs/heads/" + branch.encode())
        self._path = data / "clone.git"
        self._repo: Repo | None = None
        self._one_at_a_time = anyio.CapacityLimiter(1)

    async def sync(self, now_ms: int) -> RepositoryState:
        """Compare the remote's branches and tags with the clone's, and fetch what moved."""
        return await self._run(lambda repo: self._sync(repo, now_ms))

    async def resolve(self, revision: str) -> str:
        """The full name of a commit."""
        return await self._run(lambda repo: self._resolve(repo, revision).decode())

    async def snapshot(self, revision: str) -> Snapshot:
        """The files of a commit."""
        commit = await self.resolve(revision)
        files = await self._run(lambda repo: list_files(repo, commit.encode()))
        return GitSnapshot(commit, files, self._read)

    async def log(self, revision: str, limit: int) -> tuple[Revision, ...]:
        """Commits, newest first."""
        commit = await self.resolve(revision)
        return await self._run(
            lambda repo: tuple(
                _as_revision(entry.commit) for entry in repo.get_walker([ObjectID(commit.encode())], max_entries=limit)
            )
        )

    async def close(self) -> None:
        """Close the clone."""
        if self._repo is not None:
            await anyio.to_thread.run_sync(self._repo.close, limiter=self._one_at_a_time)
            self._repo = None

    async def _read(self, object_id: str) -> bytes:
        return await self._run(lambda repo: read_blob(repo, object_id))

    async def _run(self, work: Callable[[Repo], Result]) -> Result:
        return await anyio.to_thread.run_sync(lambda: work(self._open()), limiter=self._one_at_a_time)

    def _open(self) -> Repo:
        if self._repo is None:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                self._repo = Repo(str(self._path))
            except NotGitRepository:
                self._repo = Repo.init_bare(str(self._path))
        return self._repo

    def _sync(self, repo: Repo, now_ms: int) -> RepositoryState:
        old = self._head(repo)
        state = RepositoryState(location=self._remote.location, branch=self._branch, head=old.decode(), tried_ms=now_ms)
        try:
            there = self._remote.refs()
            missing = sorted({sha for sha in there.values() if sha not in repo.object_store})
            if missing:
                self._remote.fetch(repo, missing)
        except (*UNREACHABLE, Invalid) as error:
            return _failed(state, self._remote.explain(error))
        self._take_over(repo, there)
        if self._ref not in there:
            return _failed(state, f"branch {self._branch} does not exist" if there else "the repository is empty")
        new = there[self._ref]
        return RepositoryState(
            location=state.location,
            branch=state.branch,
            head=new.decode(),
            synced_ms=now_ms,
            tried_ms=now_ms,
            rewritten=bool(old) and old != new and not can_fast_forward(repo, old, new),
        )

    def _take_over(self, repo: Repo, there: dict[Ref, ObjectID]) -> None:
        """Make the clone's branches and tags those of the remote; only the branch we follow stays when it is gone."""
        for name, sha in there.items():
            repo.refs[name] = sha
        for name in list(repo.refs.allkeys()):
            if name.startswith((b"refs/heads/", b"refs/tags/")) and name not in there and name != self._ref:
                repo.refs.remove_if_equals(name, None)

    def _head(self, repo: Repo) -> ObjectID:
        return repo.refs[self._ref] if self._ref in repo.refs else ObjectID(b"")

    def _resolve(self, repo: Repo, revision: str) -> bytes:
        wanted = revision.encode()
        if not wanted:
            if head := self._head(repo):
                return head
            raise NotFound(f"branch {self._branch} has no commit yet", where=self._remote.location)
        for name in (Ref(b"refs/heads/" + wanted), Ref(b"refs/tags/" + wanted), Ref(wanted)):
            if name in repo.refs:
                return _commit(repo, repo.refs[name], revision)
        if not 4 <= len(wanted) <= 40 or wanted.strip(b"0123456789abcdef"):
            raise NotFound(f"no revision {revision}", hint="a branch, a tag, or a commit; see `composia repo log`")
        try:
            found = scan_for_short_id(repo.object_store, wanted, Commit)
        except KeyError as error:
            raise NotFound(f"no revision {revision}", hint="see `composia repo log`") from error
        except AmbiguousShortId as error:
            raise NotFound(f"revision {revision} is ambiguous", hint="give more of its letters") from error
        return found.id


def _commit(repo: Repo, sha: ObjectID, revision: str) -> bytes:
    found = repo[sha]
    while isinstance(found, Tag):
        found = repo[found.object[1]]
    if not isinstance(found, Commit):
        raise NotFound(f"{revision} is no commit")
    return found.id


def _as_revision(commit: Commit) -> Revision:
    return Revision(
        id=commit.id.decode(),
        author=commit.author.decode("utf-8", "replace"),
        committed_ms=int(commit.commit_time) * 1000,
        message=commit.message.decode("utf-8", "replace").strip(),
    )


def _failed(state: RepositoryState, error: str) -> RepositoryState:
    return RepositoryState(
        location=state.location, branch=state.branch, head=state.head, tried_ms=state.tried_ms, error=error
    )
