"""The bare clone on disk: made whole or not at all, with the remote's branches and tags, and what the last sync found."""

import os
import tempfile
import zlib
from pathlib import Path

import msgspec
from dulwich.errors import ApplyDeltaError, ChecksumMismatch, NotGitRepository, ObjectFormatException, ObjectMissing
from dulwich.graph import can_fast_forward
from dulwich.objects import ObjectID
from dulwich.pack import PackFileDisappeared
from dulwich.refs import Ref, check_ref_format
from dulwich.repo import Repo

from composia.errors import NotPossible

DAMAGED = (
    KeyError,
    ObjectMissing,
    ChecksumMismatch,
    ApplyDeltaError,
    ObjectFormatException,
    PackFileDisappeared,
    NotGitRepository,
    zlib.error,
)
"""What reading a clone raises when it, or objects of it, are missing or broken."""

HEADS = b"refs/heads/"
TAGS = b"refs/tags/"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the last good sync found, kept beside the clone's objects so that both live as long."""

    location: str
    branch: str
    head: str = ""
    synced_ms: int = 0
    rewritten: bool = False


def is_branch(name: str) -> bool:
    """Whether Git allows the name for a branch."""
    return bool(name) and check_ref_format(Ref(HEADS + name.encode()))


def make_clone(path: Path) -> None:
    """Make an empty bare clone where there is none. One that is there is ours alone, so that whoever holds a lock in it is a
    server that was killed: it is let go."""
    if path.exists():
        try:
            Repo(str(path)).close()
        except NotGitRepository as error:
            raise damaged(path, error) from error
        for lock in path.rglob("*.lock"):
            lock.unlink(missing_ok=True)
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".clone-") as aside:
        fresh = Path(aside) / path.name
        fresh.mkdir(mode=0o700)
        with Repo.init_bare(str(fresh)) as repo:
            config = repo.get_config()
            config.set((b"core",), b"fsyncObjectFiles", True)
            config.write_to_path()
        fresh.rename(path)


def refs_of(repo: Repo) -> dict[Ref, ObjectID]:
    """The remote's branches and tags as of the last sync, by full name."""
    return dict(repo.refs.get_packed_refs())


def take_over(repo: Repo, there: dict[Ref, ObjectID]) -> None:
    """Make the clone's branches and tags those of the remote, in one step: one file holds them all."""
    here = refs_of(repo)
    changed: dict[Ref, ObjectID | None] = {name: sha for name, sha in there.items() if here.get(name) != sha}
    changed |= dict.fromkeys(here.keys() - there.keys())
    repo.refs.add_packed_refs(changed)


def is_rewritten(repo: Repo, old: str, new: str) -> bool:
    """Whether `new` does not descend from `old`."""
    return not can_fast_forward(repo, ObjectID(old.encode()), ObjectID(new.encode()))


def load_known(path: Path, location: str, branch: str) -> Known:
    """What the last good sync found of this branch; nothing after a change of address or branch."""
    try:
        known = msgspec.json.decode((path / "composia.json").read_bytes(), type=Known)
    except (FileNotFoundError, msgspec.DecodeError):
        return Known(location=location, branch=branch)
    return known if (known.location, known.branch) == (location, branch) else Known(location=location, branch=branch)


def save_known(path: Path, known: Known) -> None:
    """Keep what a sync found. Losing it in a power cut costs nothing but the time of the last sync."""
    fresh = path / "composia.json.new"
    fresh.write_bytes(msgspec.json.encode(known))
    os.replace(fresh, path / "composia.json")  # noqa: PTH105 - says that it replaces


def damaged(path: Path, error: Exception) -> NotPossible:
    """The error for a clone that cannot be read."""
    hint = "stop the server and remove it; it is fetched again"
    return NotPossible(f"the clone is damaged: {type(error).__name__} {error}", where=str(path), hint=hint)
