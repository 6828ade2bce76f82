"""A Git repository as the source of definitions."""

import logging
from collections.abc import Sequence
from pathlib import Path

import anyio
import anyio.to_thread
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from composia.builtin_plugins.git.clone import HEADS, Known, is_rewritten, load_known, make_clone, save_known, take_over
from composia.builtin_plugins.git.lane import Lane
from composia.builtin_plugins.git.packs import merge_packs
from composia.builtin_plugins.git.remote import Remote, missing
from composia.builtin_plugins.git.revisions import find_commit, read_log, read_revisions
from composia.builtin_plugins.git.snapshot import GitSnapshot, tree_of
from composia.builtin_plugins.git.trouble import TROUBLE, explain
from composia.core.revision import RepositoryState, Revision
from composia.core.suggest import did_you_mean
from composia.errors import NotFound, NotPossible
from composia.plugins.source import Commit, Snapshot

log = logging.getLogger(__name__)


class GitSource:
    """Follows a branch of a remote in a bare clone. A slow fetch keeps nobody from reading."""

    def __init__(self, remote: Remote, branch: str, clone: Path) -> None:
        self._remote = remote
        self._branch = branch
        self._clone = clone
        self._known = Known(location=remote.location, branch=branch)
        self._warned = False
        self._syncing = Lane(clone)
        self._reading = Lane(clone)

    async def open(self) -> None:
        """Make the clone where there is none, and remember the last sync. `NotPossible` when it cannot be used."""
        try:
            await anyio.to_thread.run_sync(make_clone, self._clone)
            self._known = await anyio.to_thread.run_sync(load_known, self._clone, self._remote.location, self._branch)
        except OSError as error:
            raise NotPossible(f"the clone cannot be made: {error.strerror}", where=str(error.filename)) from error

    async def sync(self, now_ms: int) -> RepositoryState:
        """Compare the remote's branches and tags with the clone's, and fetch what moved."""
        self._warn()
        self._known, trouble = await self._syncing.run(lambda repo: self._sync(repo, now_ms))
        await self._syncing.close()  # each pack that it opened costs file handles
        return RepositoryState(
            location=self._known.location,
            branch=self._branch,
            head=self._known.head,
            synced_ms=self._known.synced_ms,
            tried_ms=now_ms,
            error=trouble,
            rewritten=self._known.rewritten,
        )

    async def resolve(self, revision: str) -> str:
        """The full name of a commit."""
        if revision not in ("", "HEAD", self._branch):
            return await self._reading.run(lambda repo: find_commit(repo, revision))
        if not self._known.head:
            raise NotFound(f"branch {self._branch} was not fetched yet", where=self._known.location)
        return self._known.head

    async def snapshot(self, revision: str) -> Snapshot:
        """The files of a commit."""
        commit = await self.resolve(revision)
        return GitSnapshot(commit, await self._reading.run(lambda repo: tree_of(repo, commit)), self._reading)

    async def log(self, revision: str, limit: int) -> tuple[Commit, ...]:
        """Commits with what each changed, newest first."""
        commit = await self.resolve(revision)
        return await self._reading.run(lambda repo: read_log(repo, commit, limit))

    async def revisions(self, names: Sequence[str]) -> tuple[Revision | None, ...]:
        """The commits of these names; None for each that is not in the clone."""
        return await self._reading.run(lambda repo: read_revisions(repo, names)) if names else ()

    async def close(self) -> None:
        """Close the clone, after a fetch that is still running."""
        await self._reading.close()
        await self._syncing.close()

    def _warn(self) -> None:
        """Tell once of a token that everybody may read. It may be meant so, where a secret is mounted."""
        is_open = self._remote.is_token_open
        if is_open and not self._warned:
            extra = {"path": str(self._remote.token_file), "hint": f"chmod o-r {self._remote.token_file}"}
            log.warning("token file readable by everybody", extra=extra)
        self._warned = is_open

    def _sync(self, repo: Repo, now_ms: int) -> tuple[Known, str]:
        try:
            with self._remote.connect() as connection:
                there = connection.refs()
                if missing(repo, there):
                    there = connection.fetch(repo)
                    merge_packs(repo)
        except TROUBLE as error:
            return self._known, explain(self._remote, error)
        take_over(repo, there)
        head = there.get(Ref(HEADS + self._branch.encode()))
        if head is None:
            return self._known, self._no_branch(there)
        known = self._moved(repo, head.decode(), now_ms)
        save_known(self._clone, known)
        return known, ""

    def _moved(self, repo: Repo, head: str, now_ms: int) -> Known:
        old = self._known.head
        rewritten = bool(old) and is_rewritten(repo, old, head) if head != old else self._known.rewritten
        return Known(
            location=self._known.location, branch=self._branch, head=head, synced_ms=now_ms, rewritten=rewritten
        )

    def _no_branch(self, there: dict[Ref, ObjectID]) -> str:
        branches = [name.removeprefix(HEADS).decode("utf-8", "replace") for name in there if name.startswith(HEADS)]
        if not branches:
            return f"the repository is empty; push branch {self._branch}"
        hint = did_you_mean(self._branch, branches)
        return f"there is no branch {self._branch}" + (f"; {hint}" if hint else "")
