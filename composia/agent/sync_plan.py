"""What a sync will do to a service directory, decided path by path before anything is changed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from composia.agent.manifest import Content, content_of
from composia.agent.tree import Found, Obstacle
from composia.core.bundle import BundleEntry, EntryKind


@dataclass(frozen=True, kw_only=True)
class SyncPlan:
    """Paths by what becomes of them, each in the order in which it is done.

    `conflicts` were edited on the host and changed in Git, or are in the way of what Git has; `edited` were only
    edited, and stay. Of `aside`, what lies at the path is put beside it first.
    """

    remove: tuple[str, ...]
    aside: tuple[str, ...]
    write: tuple[BundleEntry, ...]
    edited: tuple[str, ...]
    conflicts: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Whether anything is changed."""
        return bool(self.remove or self.aside or self.write)


@dataclass(frozen=True, kw_only=True)
class Host:
    """What the plan may ask of the host. `torn` says whether a file is one of our own writes, cut short; `only`
    whether a directory holds nothing but those paths."""

    look: Callable[[str], Found]
    torn: Callable[[BundleEntry], bool]
    only: Callable[[str, Collection[str]], bool]


def plan_sync(
    known: Mapping[str, frozenset[Content]], wanted: Mapping[str, BundleEntry], host: Host, *, overwrite: bool
) -> SyncPlan:
    """Decide what becomes of each path. `known` is what we may have put there, `wanted` what the bundle has."""
    remove, abandoned = _leaving(known, wanted, host)
    conflicts = list(abandoned)
    write: list[BundleEntry] = []
    edited: list[tuple[BundleEntry, str]] = []
    for path, entry in sorted(wanted.items()):
        found = host.look(path)
        if isinstance(found, Obstacle) and _clears(found, remove, host):
            found = None
        if found is None:
            write.append(entry)
        elif isinstance(found, Obstacle):
            if known.get(path) == frozenset({content_of(entry)}):
                edited.append((entry, found.path))
            else:
                conflicts.append(found.path)
                write.append(entry)
        elif content_of(found) == content_of(entry):
            continue
        elif content_of(found) in known.get(path, ()) or host.torn(found) or _same_bytes(found, entry):
            write.append(entry)
        elif known.get(path) == frozenset({content_of(entry)}):
            edited.append((entry, ""))
        else:
            conflicts.append(path)
            write.append(entry)
    in_the_way = tuple(sorted(set(conflicts)))
    # what was kept as edited because of an obstacle comes back when that is put aside
    uncovered = [entry for entry, obstacle in edited if obstacle in in_the_way]
    return SyncPlan(
        remove=remove,
        aside=_topmost(in_the_way) if overwrite else (),
        write=tuple(sorted((*write, *uncovered))),
        edited=tuple(entry.path for entry, obstacle in edited if obstacle not in in_the_way),
        conflicts=() if overwrite else in_the_way,
    )


def _leaving(
    known: Mapping[str, frozenset[Content]], wanted: Mapping[str, BundleEntry], host: Host
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The paths that Git no longer has: those to remove, and those that were edited."""
    remove: list[str] = []
    edited: list[str] = []
    for path in sorted(known.keys() - wanted.keys()):
        found = host.look(path)
        if isinstance(found, BundleEntry):
            ours = content_of(found) in known[path] or host.torn(found)
            (remove if ours else edited).append(path)
    return tuple(remove), tuple(edited)


def _clears(obstacle: Obstacle, removed: Collection[str], host: Host) -> bool:
    """Whether an obstacle goes away by itself once the paths in `removed` are."""
    return host.only(obstacle.path, removed) if obstacle.directory else obstacle.path in removed


def _topmost(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The paths that lie below no other of them."""
    return tuple(path for path in paths if not any(path.startswith(f"{other}/") for other in paths))


def _same_bytes(found: BundleEntry, entry: BundleEntry) -> bool:
    return found.sha256 == entry.sha256 and EntryKind.LINK not in (found.kind, entry.kind)
