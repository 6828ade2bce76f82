"""The content of the files that a service mounts: a container that got other content has to be made anew."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from composia.builtin_plugins.compose.rendered import granted_files
from composia.builtin_plugins.compose.written import opened
from composia.core.bundle import MAX_CONTENT

_CHUNK = 1 << 20


def files_digests(document: dict[str, Any], directory: Path, bundle_files: Iterable[str]) -> dict[str, str]:
    """By service, of the bundle files it mounts, singly or by a directory above them, and of its configs and secrets.
    A service that mounts none is not named. Data that containers wrote beside the bundle's files does not count."""
    bundle, contents = sorted(bundle_files), _Contents()
    found = {name: _lines(part, document, directory, bundle, contents) for name, part in document["services"].items()}
    return {name: _digest("".join(lines).encode()) for name, lines in found.items() if lines}


class _Contents:
    """What files hold, in a word for each; together no more is read than a bundle may hold, and each file once.

    A container can make a file that it has mounted larger than that in no time, and nobody could end the deploy while it is read.
    So what does not fit counts by its size and the time when it was written last: a sync that changes it changes that too, and if
    only the time is another one, a container is made anew for nothing, which the plan says before.
    """

    def __init__(self) -> None:
        self._left = MAX_CONTENT
        self._known: dict[Path, str] = {}

    def of(self, file: Path) -> str:
        """Of a file's bytes; of a link's target where it leads to no file."""
        if file not in self._known:
            self._known[file] = self._read(file)
        return self._known[file]

    def _read(self, file: Path) -> str:
        with opened(file) as found:
            if found is None:
                return _digest(os.fsencode(file.readlink())) if file.is_symlink() else "gone"
            status = os.fstat(found.fileno())
            if status.st_size > self._left:
                return f"{status.st_size} bytes of {status.st_mtime_ns}"
            self._left -= status.st_size
            return _sha256(found, status.st_size)


def _lines(
    part: dict[str, Any], document: dict[str, Any], directory: Path, bundle: list[str], contents: _Contents
) -> list[str]:
    lines = []
    for mount in part.get("volumes") or ():
        if mount["type"] == "bind":
            inside = _bundle_path(Path(mount["source"]), directory)
            if inside is not None:
                mounted = [name for name in bundle if inside in ("", name) or name.startswith(f"{inside}/")]
                lines += [f"{mount['target']} {name} {contents.of(directory / name)}\n" for name in mounted]
    lines += [f"{file.name} {contents.of(file)}\n" for file in granted_files(part, document) if file.is_file()]
    lines += [f"{source} {_digest(content.encode())}\n" for source, content in _inline(part, document)]
    return lines


def _bundle_path(source: Path, directory: Path) -> str | None:
    """The path inside the service directory, "" for the directory itself, None for one outside."""
    plain, root = Path(os.path.normpath(source)), Path(os.path.normpath(directory))
    if not plain.is_relative_to(root):
        return None
    return "" if plain == root else str(plain.relative_to(root))


def _inline(part: dict[str, Any], document: dict[str, Any]) -> list[tuple[str, str]]:
    configs: dict[str, Any] = document.get("configs") or {}
    used = [grant["source"] for grant in part.get("configs") or ()]
    return [(source, configs[source]["content"]) for source in used if "content" in configs.get(source, {})]


def _sha256(file: BinaryIO, size: int) -> str:
    """The digest of a file's first `size` bytes: one that grows meanwhile is not read for ever."""
    found = hashlib.sha256()
    while chunk := file.read(min(_CHUNK, size)):
        found.update(chunk)
        size -= len(chunk)
    return found.hexdigest()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
