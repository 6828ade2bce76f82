"""The content of the files that a service mounts: a container that got other content has to be made anew."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from composia.builtin_plugins.compose.rendered import granted_files

_CHUNK = 1 << 20


def files_digests(document: dict[str, Any], directory: Path, bundle_files: Iterable[str]) -> dict[str, str]:
    """By service, of the bundle files it mounts, singly or by a directory above them, and of its configs and secrets.
    A service that mounts none is not named. Data that containers wrote beside the bundle's files does not count."""
    bundle = sorted(bundle_files)
    found = {name: _lines(part, document, directory, bundle) for name, part in document["services"].items()}
    return {name: _digest("".join(lines).encode()) for name, lines in found.items() if lines}


def _lines(part: dict[str, Any], document: dict[str, Any], directory: Path, bundle: list[str]) -> list[str]:
    lines = []
    for mount in part.get("volumes") or ():
        if mount["type"] == "bind":
            inside = _bundle_path(Path(mount["source"]), directory)
            if inside is not None:
                mounted = [name for name in bundle if inside in ("", name) or name.startswith(f"{inside}/")]
                lines += [f"{mount['target']} {name} {_content(directory / name)}\n" for name in mounted]
    lines += [f"{file.name} {_content(file)}\n" for file in granted_files(part, document) if file.is_file()]
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


def _content(file: Path) -> str:
    """Of a file's bytes; of a link's target where it leads to no file."""
    if not file.is_file():
        return _digest(os.fsencode(file.readlink())) if file.is_symlink() else "gone"
    found = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
