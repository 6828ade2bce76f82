"""All streams: which positions are given, and which batches came before."""

import threading
from dataclasses import dataclass
from pathlib import Path

from composia.builtin_plugins.log_files.block import content_of
from composia.builtin_plugins.log_files.stream import NAMES, Stream
from composia.clock import Clock
from composia.core.container_log import ForwardedLogs
from composia.core.service import NAME

AHEAD = 10_000_000
POSITION = "position"
"""The file that says up to where positions may have been given, so that none is given again after a restart."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A stream, and whose it is."""

    node: str
    service: str
    stream: Stream


class Store:
    """The directory of all of them: NODE/SERVICE/. What writes does so from one thread at a time."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._lock = threading.Lock()
        self._nodes: dict[str, dict[str, Stream]] = {}
        self._marks: dict[tuple[str, str], int] = {}
        self._dirty: set[Stream] = set()
        self._promised = self._read_promise()
        self.position = self._promised

    def append(self, node: str, logs: ForwardedLogs) -> int:
        """Keep a batch, unless it came before; the number up to which its spool is kept. `OSError` when it cannot."""
        streams = self._streams(node)
        spool = (node, logs.spool)
        if logs.number <= self._marks.get(spool, 0):
            return self._marks[spool]
        if logs.ends:
            stream = streams.get(logs.source.service) or Stream(
                self._directory / node / logs.source.service, self._clock
            )
            position = self._next()
            stream.append(content_of(logs, position))
            streams[logs.source.service] = stream
            self.position = position
            self._dirty.add(stream)
        self._marks[spool] = logs.number
        return logs.number

    @property
    def is_dirty(self) -> bool:
        """Whether something was kept since the disk was last asked to take it."""
        return bool(self._dirty)

    def sync(self) -> None:
        """Have the disk take what was kept since the last time."""
        for stream in tuple(self._dirty):
            stream.sync()
            self._dirty.discard(stream)

    def forget(self, place: Place) -> None:
        """Remove what is left of a stream that has no files any more."""
        (place.stream.directory / NAMES).unlink(missing_ok=True)
        place.stream.directory.rmdir()
        del self._nodes[place.node][place.service]

    def places(self, nodes: tuple[str, ...], services: tuple[str, ...]) -> tuple[Place, ...]:
        """The streams of these nodes and services, or of all."""
        found = []
        for node in nodes or self._all_nodes():
            streams = self._streams(node)
            found += [
                Place(node=node, service=service, stream=streams[service])
                for service in sorted(streams)
                if not services or service in services
            ]
        return tuple(found)

    def _all_nodes(self) -> list[str]:
        if not self._directory.exists():
            return sorted(self._nodes)
        # what is no node's is not ours, such as the lost+found of a disk, which may be closed to us
        there = {path.name for path in self._directory.iterdir() if NAME.fullmatch(path.name) and path.is_dir()}
        return sorted(there | set(self._nodes))

    def _streams(self, node: str) -> dict[str, Stream]:
        """Those of a node; the first time they are looked for on the disk."""
        with self._lock:
            if node in self._nodes:
                return self._nodes[node]
            found: dict[str, Stream] = {}
            directory = self._directory / node
            for path in sorted(directory.iterdir()) if directory.is_dir() else ():
                if not path.is_dir():
                    continue
                stream = Stream(path, self._clock)
                if mark := stream.load():
                    spool = (node, mark.spool)
                    self._marks[spool] = max(self._marks.get(spool, 0), mark.number)
                    self.position = max(self.position, mark.position)
                found[path.name] = stream
            self._nodes[node] = found
            return found

    def _next(self) -> int:
        position = max(self.position + 1, self._clock.now_ms() * 1000)
        if position > self._promised:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = self._directory / f".{POSITION}"
            fresh.write_text(str(position + AHEAD))
            fresh.rename(self._directory / POSITION)
            self._promised = position + AHEAD
        return position

    def _read_promise(self) -> int:
        try:
            return int((self._directory / POSITION).read_text())
        except (FileNotFoundError, ValueError):
            return 0
