"""Where plugins are looked for: built in, installed as packages, and single files in the plugins directory.

Whatever goes wrong with one is caught here, recorded with its place, and leaves the others alone.
"""

import importlib
import importlib.metadata
import importlib.util
import os
import stat
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

BUILT_IN = (
    "sqlite",
    "memory",
    "git",
    "directory",
    "connect",
    "tokens",
    "sessions",
    "fair",
    "spread",
    "binpack",
    "compose",
    "simulated",
    "log_files",
    "log_stdout",
    "log_syslog",
    "metrics_history",
    "metrics_none",
    "web_ui",
    "api_reference",
)

GROUP = "composia"
"""The entry-point group of plugin packages."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A plugin as found: `load` imports it and may raise anything."""

    name: str
    origin: str
    location: str
    version: str
    load: Callable[[], object]


def find_plugins(directory: Path | None) -> Iterator[Found]:
    """All plugins, the built-in ones first. `directory` may hold `.py` files, and packages in `lib`."""
    for name in BUILT_IN:
        module = f"composia.builtin_plugins.{name}"
        yield Found(
            name=name, origin="built-in", location=module, version="", load=partial(importlib.import_module, module)
        )
    yield from _packages(None)
    if directory is not None and directory.is_dir():
        if problem := unsafe(directory):
            yield Found(name=directory.name, origin="file", location=str(directory), version="", load=_refuse(problem))
            return
        yield from _packages(directory / "lib")
        for file in sorted(directory.glob("*.py")):
            yield Found(name=file.stem, origin="file", location=str(file), version="", load=partial(_load_file, file))


def _packages(library: Path | None) -> Iterator[Found]:
    """Packages with our entry points: in the program's own environment, or in a directory of their own."""
    if library is not None:
        if not library.is_dir():
            return
        if problem := unsafe(library):
            yield Found(name="lib", origin="package", location=str(library), version="", load=_refuse(problem))
            return
        if str(library) not in sys.path:
            sys.path.append(str(library))  # last, so that what Composia brings always wins
    found = (
        importlib.metadata.distributions() if library is None else importlib.metadata.distributions(path=[str(library)])
    )
    for distribution in found:
        for entry in distribution.entry_points.select(group=GROUP):
            yield Found(
                name=entry.name,
                origin="package",
                location=f"{distribution.name} ({entry.value})",
                version=distribution.version,
                load=entry.load,
            )


def unsafe(path: Path) -> str:
    """Why code at a path is not run, as ssh judges its keys: it must be ours and not writable by others."""
    status = path.stat()
    if status.st_uid not in (0, os.geteuid()):
        return f"{path} belongs to user {status.st_uid}"
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"{path} can be written by others; chmod go-w {path}"
    return ""


def _load_file(file: Path) -> ModuleType:
    if problem := unsafe(file):
        raise PermissionError(problem)
    name = f"composia_plugin_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _refuse(problem: str) -> Callable[[], object]:
    def load() -> object:
        raise PermissionError(problem)

    return load


def explain(error: BaseException) -> str:
    """A load error in a line: what, and the line of the plugin where it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"
