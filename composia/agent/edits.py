"""Which files of the service directories were edited on the host; a file is read only if its size is that of one of ours, and
again only when it was touched."""

import logging
import stat
import time
from collections.abc import Collection, Sequence

from composia.agent.manifest import Content, Record, Records, content_of
from composia.agent.tree import Found, Obstacle, Tree
from composia.agent.workspace import Workspaces
from composia.core.bundle import BundleEntry
from composia.core.node import Workspace

log = logging.getLogger(__name__)

SETTLED_NS = 2_000_000_000
"""A file that was touched less long ago may be changed again without a change of its times."""

_Files = dict[tuple[str, str], tuple[tuple[int, ...], Found]]
"""What lay at a path of a service, and the signature that it had then."""


class Edits:
    """Looks at all service directories. Methods block."""

    def __init__(self, records: Records, workspaces: Workspaces) -> None:
        self._records = records
        self._workspaces = workspaces
        self._seen: _Files = {}

    def look(self) -> tuple[Workspace, ...]:
        """Every service directory that has a record, by service."""
        before, self._seen = self._seen, {}
        return tuple(self._look_at(record, before) for record in self._records.all())

    def look_at(self, service: str) -> tuple[Workspace, ...]:
        """That of one service, if it has a record."""
        records = (record for record in self._records.all() if record.manifest.service == service)
        return tuple(self._look_at(record, self._seen) for record in records)

    def _look_at(self, record: Record, before: _Files) -> Workspace:
        manifest = record.manifest
        known = record.contents()
        paths = [entry.path for entry in manifest.entries]
        found = self._find_all(record, paths, before)
        return Workspace(
            service=manifest.service,
            project=record.project,
            revision=manifest.revision,
            bundle=manifest.bundle,
            edited=tuple(path for path in paths if _is_edited(found[path], known[path], record)),
        )

    def _find_all(self, record: Record, paths: Sequence[str], before: _Files) -> dict[str, Found]:
        service = record.manifest.service
        directory = self._workspaces.directory(service)
        if directory.is_symlink() or not directory.is_dir():
            return dict.fromkeys(paths)
        tree, sizes = Tree(directory), record.sizes()
        return {path: self._find(tree, service, path, sizes[path], before) for path in paths}

    def _find(self, tree: Tree, service: str, path: str, sizes: Collection[int], before: _Files) -> Found:
        try:
            signature = tree.signature(path)
            if signature is None:
                return tree.look(path)
            _, mode, size, *_ = signature
            if stat.S_ISREG(mode) and size not in sizes:
                return Obstacle(path=path)  # none of ours; a container that makes it large keeps nobody waiting
            seen = before.get((service, path))
            found = seen[1] if seen is not None and seen[0] == signature else tree.look(path)
        except OSError as error:
            # not readable, or changed under our eyes: what lies there is not known to be ours
            log.warning("file not readable", extra={"service": service, "file": path, "reason": str(error)})
            return Obstacle(path=path)
        if time.time_ns() - max(signature[-2:]) > SETTLED_NS:
            self._seen[service, path] = (signature, found)
        return found


def _is_edited(found: Found, known: Collection[Content], record: Record) -> bool:
    if found is None:  # removed by hand, unless a sync is about to
        return not record.begun
    return not isinstance(found, BundleEntry) or content_of(found) not in known
