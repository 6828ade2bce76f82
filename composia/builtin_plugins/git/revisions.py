"""Names of revisions: branches, tags, and commits in full or by their first letters."""

import re
from collections.abc import Sequence

from dulwich.objects import Commit as CommitObject
from dulwich.objects import ObjectID, ShaFile, Tag
from dulwich.objectspec import AmbiguousShortId, scan_for_short_id
from dulwich.refs import Ref
from dulwich.repo import Repo

from composia.builtin_plugins.git.changes import changes
from composia.builtin_plugins.git.clone import HEADS, TAGS, refs_of
from composia.core.revision import Revision
from composia.core.suggest import nearest
from composia.errors import NotFound
from composia.plugins.source import Commit

MOST_CHANGED = 200_000
"""Changed paths that are looked at for one answer."""

SOME = 1_000
"""Of each commit so many are, whatever the others have."""

HINT = "a branch, a tag, or a commit that was pushed; see `composia repo log`"

LETTERS = 12
"""How much of a commit's name is shown to tell it from others."""

_ID = re.compile(r"[0-9a-f]{4,40}")
_FULL = re.compile(r"[0-9a-f]{40}")


def find_commit(repo: Repo, revision: str) -> str:
    """The full name of the commit that a revision names."""
    refs = refs_of(repo)
    name = revision.encode("utf-8", "surrogateescape")
    for full in (Ref(HEADS + name), Ref(TAGS + name), Ref(name)):
        if full in refs:
            return _peel(repo, refs[full], revision)
    if not _ID.fullmatch(revision.lower()):
        names = (ref.removeprefix(HEADS).removeprefix(TAGS).decode(errors="replace") for ref in refs)
        raise NotFound(f"no revision {revision[:80]!r}", hint=nearest(revision, names) or HINT)
    try:
        found = scan_for_short_id(repo.object_store, revision.lower().encode(), CommitObject)
    except KeyError as error:
        raise NotFound(f"no revision {revision}", hint=HINT) from error
    except AmbiguousShortId as error:
        meant = " or ".join(sorted(option.id.decode()[:LETTERS] for option in error.options)[:5])
        raise NotFound(f"revision {revision} is ambiguous", hint=f"give more of its letters: {meant}") from error
    return found.id.decode()


def read_log(repo: Repo, commit: str, limit: int) -> tuple[Commit, ...]:
    """Commits from one backwards, newest first, each with its first parent after it."""
    found: list[Commit] = []
    left = MOST_CHANGED
    name: ObjectID | None = ObjectID(commit.encode())
    one = _commit(repo, name)
    while one is not None and len(found) < limit:
        name = one.parents[0] if one.parents else None
        parent = _commit(repo, name)
        changed, looked = changes(repo, parent.tree.decode() if parent else None, one.tree.decode(), max(left, SOME))
        left -= looked
        found.append(Commit(revision=_revision(one), changed=changed))
        one = parent
    return tuple(found)


def read_revisions(repo: Repo, names: Sequence[str]) -> tuple[Revision | None, ...]:
    """The commits of these full names; None for each that is not here, or no commit."""
    return tuple(_revision(found) if isinstance(found := _object(repo, name), CommitObject) else None for name in names)


def _object(repo: Repo, name: str) -> ShaFile | None:
    if not _FULL.fullmatch(name):
        return None
    try:
        return repo.object_store[ObjectID(name.encode())]
    except KeyError:
        return None


def _revision(commit: CommitObject) -> Revision:
    return Revision(
        id=commit.id.decode(),
        author=commit.author.decode("utf-8", "replace"),
        committed_ms=int(commit.commit_time) * 1000,
        message=commit.message.decode("utf-8", "replace").strip(),
    )


def _commit(repo: Repo, name: ObjectID | None) -> CommitObject | None:
    found = repo[name] if name else None
    assert found is None or isinstance(found, CommitObject)
    return found


def _peel(repo: Repo, sha: ObjectID, revision: str) -> str:
    found = repo[sha]
    while isinstance(found, Tag):
        found = repo[found.object[1]]
    if not isinstance(found, CommitObject):
        raise NotFound(f"{revision} is no commit", hint=HINT)
    return found.id.decode()
