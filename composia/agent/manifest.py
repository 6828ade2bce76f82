"""What the last bundle put into a service directory, and what a sync that was cut short was about to put there."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from composia.core.bundle import BundleEntry, EntryKind
from composia.core.service import LogsRule
from composia.durable import make_private, write_durably


@dataclass(frozen=True, kw_only=True, order=True)
class Content:
    """What makes two files the same."""

    kind: EntryKind
    sha256: str


def content_of(entry: BundleEntry) -> Content:
    """What the entry's path holds."""
    return Content(kind=entry.kind, sha256=entry.sha256)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a bundle put into a service directory. `directories` are those that were made for it.

    `project` has the agent's prefix; it is empty once the instance was taken down, and free for another service. `logs` says
    whose logs are collected.
    """

    service: str
    project: str
    revision: str = ""
    bundle: str = ""
    entries: tuple[BundleEntry, ...] = ()
    directories: tuple[str, ...] = ()
    logs: LogsRule = field(default_factory=LogsRule)


@dataclass(frozen=True, kw_only=True)
class Record:
    """The manifest of a service directory, and in `begun` those of syncs that began since and did not end."""

    manifest: Manifest
    begun: tuple[Manifest, ...] = ()

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """All of which files may lie there."""
        return (self.manifest, *self.begun)

    @property
    def project(self) -> str:
        """The Compose project that the service has or was about to have."""
        return self.manifests[-1].project

    @property
    def logs(self) -> LogsRule:
        """Whose logs are collected, by the last manifest."""
        return self.manifests[-1].logs

    @property
    def directories(self) -> frozenset[str]:
        """Directories that were made, or about to be."""
        return frozenset(path for manifest in self.manifests for path in manifest.directories)

    def contents(self) -> dict[str, frozenset[Content]]:
        """What we may have put at each path."""
        known: dict[str, frozenset[Content]] = {}
        for manifest in self.manifests:
            for entry in manifest.entries:
                known[entry.path] = known.get(entry.path, frozenset()) | {content_of(entry)}
        return known

    def sizes(self) -> dict[str, frozenset[int]]:
        """How many bytes what we may have put at each path has."""
        known: dict[str, frozenset[int]] = {}
        for manifest in self.manifests:
            for entry in manifest.entries:
                known[entry.path] = known.get(entry.path, frozenset()) | {entry.size}
        return known

    def begin(self, target: Manifest) -> "Record":
        """The record once a sync to `target` begins."""
        return replace(self, begun=(*(manifest for manifest in self.begun if manifest != target), target))


@dataclass(kw_only=True)
class Records:
    """The records of all service directories of a node, each a file that survives power loss."""

    directory: Path
    _read: dict[str, Record] = field(default_factory=dict)

    def load(self) -> None:
        """Take up what was recorded before the agent was restarted."""
        for path in self.directory.glob("*.json"):
            record = msgspec.json.decode(path.read_bytes(), type=Record)
            self._read[record.manifest.service] = record

    def of(self, service: str) -> Record:
        """The record of a service; an empty one when nothing was ever put there."""
        return self._read.get(service, Record(manifest=Manifest(service=service, project="")))

    def all(self) -> tuple[Record, ...]:
        """The records, by service."""
        return tuple(self._read[service] for service in sorted(self._read))

    def keep(self, record: Record) -> None:
        """Write a record down."""
        make_private(self.directory)
        write_durably(self._path(record.manifest.service), msgspec.json.encode(record))
        self._read[record.manifest.service] = record

    def _path(self, service: str) -> Path:
        return self.directory / f"{service}.json"


def bundles_in_use(records: Iterable[Record]) -> frozenset[str]:
    """The digests of bundles that records speak of."""
    return frozenset(manifest.bundle for record in records for manifest in record.manifests if manifest.bundle)
