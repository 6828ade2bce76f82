"""The service directories of a node: a bundle is synced into one, and nothing that is not its own is lost there."""

import os
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from composia.agent.bundles import Bundle, Bundles
from composia.agent.manifest import Manifest, Record, Records
from composia.agent.sync_plan import Host, SyncPlan, plan_sync
from composia.agent.tree import CHUNK, OPEN, Obstacle, Tree
from composia.clock import Clock
from composia.core.bundle import BundleEntry, EntryKind, parents
from composia.core.service import NAME, LogsRule
from composia.durable import make_private
from composia.errors import Conflict, Invalid, Unavailable
from composia.points import Reached, unwatched

MIB = 1 << 20

NAMED = 10
"""Files that an error names before it only says how many more there are."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a service directory is to hold, for which Compose project (with the agent's prefix), and whose logs are collected."""

    service: str
    project: str
    revision: str
    bundle: Bundle
    overwrite_edits: bool = False
    logs: LogsRule = field(default_factory=LogsRule)


class Workspaces:
    """All service directories of a node. Methods block; a service is synced by one thread at a time."""

    def __init__(
        self,
        services: Path,
        records: Records,
        bundles: Bundles,
        clock: Clock,
        *,
        reached: Reached = unwatched,
        chunk: int = CHUNK,
    ) -> None:
        self._services = services
        self._records = records
        self._bundles = bundles
        self._clock = clock
        self._reached = reached
        self._chunk = chunk
        self._claiming = threading.Lock()

    def directory(self, service: str) -> Path:
        """Where a service's files lie."""
        if not NAME.fullmatch(service):
            raise Invalid("not the name of a service", where=service)
        return self._services / service

    def files(self, service: str) -> tuple[str, ...]:
        """The paths that the last bundle put there."""
        return tuple(entry.path for entry in self._records.of(service).manifest.entries)

    def check_project(self, service: str, project: str) -> None:
        """Refuse (`Conflict`) a Compose project that another service of this node has."""
        for record in self._records.all():
            if record.manifest.service != service and project in (manifest.project for manifest in record.manifests):
                raise Conflict(
                    f"the Compose project {project} belongs to service {record.manifest.service} on this node",
                    where=f"service {service}",
                    hint=f"give it a project_name of its own, or take {record.manifest.service} down first",
                )

    def free_project(self, service: str) -> None:
        """Let others have the service's Compose project: it was taken down. The files stay."""
        record = self._records.of(service)
        if record.manifests != (Manifest(service=service, project=""),):
            self._records.keep(
                Record(
                    manifest=replace(record.manifest, project=""),
                    begun=tuple(replace(manifest, project="") for manifest in record.begun),
                )
            )

    def sync(self, target: Target) -> tuple[str, ...]:
        """Bring a bundle's files into the service's directory, and return those that stay as edited on the host.

        `Conflict`, before anything is changed, when files were edited on the host and changed in Git, unless they
        are to be overwritten: then the old ones are saved beside the new. `Unavailable`, before too, when there is no room
        for them. A sync that was cut short is completed by
        the next one, of whatever bundle.
        """
        tree = self._tree(target.service)
        record = self._records.of(target.service)
        wanted = {entry.path: entry for entry in target.bundle.entries}
        host = Host(
            look=tree.look,
            torn=lambda found: self._is_torn(tree, record, found),
            only=lambda directory, paths: _holds_only(tree, directory, paths, record.directories),
        )
        plan = plan_sync(record.contents(), wanted, host, overwrite=target.overwrite_edits)
        if plan.conflicts:
            raise _conflict(target.service, plan.conflicts)
        _check_room(tree, plan)
        manifest = self._manifest(target, record, tree, plan)
        needed = _parents_of(wanted)
        emptied = any(_is_empty(tree, directory) for directory in set(manifest.directories) - needed)
        if record != Record(manifest=manifest) or plan.changes or emptied:
            self._begin(record, manifest)
            self._change(tree, plan, target.bundle, manifest)
            here = tuple(path for path in manifest.directories if _is_directory(tree, path))
            self._reached("sync.changed")
            self._records.keep(Record(manifest=replace(manifest, directories=here)))
        return plan.edited

    def _tree(self, service: str) -> Tree:
        place = self.directory(service)
        make_private(self._services)
        if not place.is_symlink() and not place.exists():
            place.mkdir()
            place.chmod(OPEN)
        if place.is_symlink() or not place.is_dir():
            raise Conflict(
                "the service's place is taken by something that is no directory",
                where=str(place),
                hint="move it away; the service gets a directory of its own",
            )
        return Tree(place, self._reached, self._chunk)

    def _manifest(self, target: Target, record: Record, tree: Tree, plan: SyncPlan) -> Manifest:
        made = {path for entry in plan.write for path in parents(entry.path) if not _is_directory(tree, path)}
        return Manifest(
            service=target.service,
            project=target.project,
            revision=target.revision,
            bundle=target.bundle.digest,
            entries=target.bundle.entries,
            directories=tuple(sorted(record.directories | made)),
            logs=target.logs,
        )

    def _begin(self, record: Record, manifest: Manifest) -> None:
        with self._claiming:
            self.check_project(manifest.service, manifest.project)
            self._records.keep(record.begin(manifest))
        self._reached("sync.begun")

    def _change(self, tree: Tree, plan: SyncPlan, bundle: Bundle, manifest: Manifest) -> None:
        wanted = {entry.path: entry for entry in manifest.entries}
        needed = _parents_of(wanted)
        for path in plan.remove:
            tree.remove(path)
        for directory in sorted(set(manifest.directories) - needed, reverse=True):
            tree.remove_directory(directory)
        for path in plan.aside:
            self._put_aside(tree, path, wanted)
        for directory in sorted(set(manifest.directories) & needed):
            if not _is_directory(tree, directory):
                tree.make_directory(directory)
        for entry in plan.write:
            _write(tree, entry, bundle)
        tree.flush()

    def _put_aside(self, tree: Tree, path: str, wanted: Mapping[str, BundleEntry]) -> None:
        stamp = f"{datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC):%Y%m%dT%H%M%SZ}"
        beside = f"{path}.edited-{stamp}"
        count = 1
        while beside in wanted or tree.look(beside) is not None:
            count += 1
            beside = f"{path}.edited-{stamp}-{count}"
        name = beside.rpartition("/")[2]
        if _is_file(tree.look(path)) and _is_file(wanted.get(path)):
            tree.copy(path, name)  # the inode stays where it may be mounted
        else:
            tree.rename(path, name)

    def _is_torn(self, tree: Tree, record: Record, found: BundleEntry) -> bool:
        """Whether a file is what a sync that was cut short left: the beginning of its content, or all with the old
        mode. The beginning of what we were about to write holds nothing that anybody could lose."""
        if not record.begun or not _is_file(found):
            return False
        if any(found.sha256 == content.sha256 for content in record.contents().get(found.path, ())):
            return True
        return any(
            entry.path == found.path and _is_file(entry) and self._begins(tree, found, entry, manifest.bundle)
            for manifest in record.begun
            for entry in manifest.entries
        )

    def _begins(self, tree: Tree, found: BundleEntry, entry: BundleEntry, digest: str) -> bool:
        bundle = Tree(self._bundles.place(digest))
        if found.size >= entry.size or not bundle.root.is_dir() or bundle.look(entry.path) != entry:
            return False
        with tree.read(found.path) as file, bundle.read(entry.path) as whole:
            while chunk := file.read(CHUNK):
                if whole.read(len(chunk)) != chunk:
                    return False
        return True


def _parents_of(paths: Iterable[str]) -> set[str]:
    return {parent for path in paths for parent in parents(path)}


def _write(tree: Tree, entry: BundleEntry, bundle: Bundle) -> None:
    found = tree.look(entry.path)
    if found is not None and not (_is_file(found) and _is_file(entry)):
        tree.remove(entry.path)
    if entry.kind is EntryKind.LINK:
        tree.link(entry.path, bundle.tree.target(entry.path))
    else:
        with bundle.tree.read(entry.path) as content:
            tree.write(entry.path, content, executable=entry.kind is EntryKind.EXECUTABLE)


def _is_file(found: object) -> bool:
    return isinstance(found, BundleEntry) and found.kind is not EntryKind.LINK


def _is_directory(tree: Tree, path: str) -> bool:
    return tree.look(path) == Obstacle(path=path, directory=True)


def _is_empty(tree: Tree, path: str) -> bool:
    return _is_directory(tree, path) and next(tree.names(path), None) is None


def _holds_only(tree: Tree, directory: str, paths: Collection[str], ours: Collection[str]) -> bool:
    return directory in ours and all(
        path in (ours if is_directory else paths) for path, is_directory in tree.names(directory)
    )


def _check_room(tree: Tree, plan: SyncPlan) -> None:
    """Half of the files would help nobody, and keep the room that the next ones need."""
    needed = sum(max(0, entry.size - tree.size(entry.path)) for entry in plan.write)
    if needed > (free := _free(tree.root)):
        raise Unavailable(
            f"no room for the files: they need {needed / MIB:.1f} MiB more, {free / MIB:.1f} are free",
            where=str(tree.root),
            hint="make room on that disk",
        )


def _free(place: Path) -> int:
    disk = os.statvfs(place)
    return disk.f_bavail * disk.f_frsize


def _conflict(service: str, paths: Iterable[str]) -> Conflict:
    shown = sorted(paths)
    more = f" and {len(shown) - NAMED} more" if len(shown) > NAMED else ""
    return Conflict(
        f"changed on the host and in Git: {', '.join(shown[:NAMED])}{more}",
        where=f"service {service}",
        hint="deploy with --overwrite-edits; the files as they are now are saved beside the new ones",
    )
