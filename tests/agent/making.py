"""Values for tests: each field has a default, a test names what matters to it."""

import hashlib
import io
import os
import tarfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from composia.agent.bundles import Bundle, Bundles
from composia.core.bundle import BundleEntry, EntryKind, bundle_digest
from composia.core.container import Container, ContainerState
from composia.core.session import Attempt, Run
from composia.core.step import Timeouts
from composia.core.task import Order, TaskKind


@dataclass(frozen=True)
class Link:
    target: str


@dataclass(frozen=True)
class Program:
    content: bytes


Content = bytes | Link | Program
Files = Mapping[str, Content]


def make_entry(path: str, content: Content) -> BundleEntry:
    match content:
        case Link(target):
            kind, data = EntryKind.LINK, target.encode()
        case Program(data):
            kind = EntryKind.EXECUTABLE
        case bytes() as data:
            kind = EntryKind.FILE
    return BundleEntry(path=path, kind=kind, sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def make_digest(files: Files) -> str:
    return bundle_digest(make_entry(path, content) for path, content in files.items())


def make_archive(files: Files) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            match content:
                case Link(target):
                    member.type, member.linkname = tarfile.SYMTYPE, target
                    tar.addfile(member)
                case Program(data):
                    member.mode, member.size = 0o755, len(data)
                    tar.addfile(member, io.BytesIO(data))
                case bytes() as data:
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


async def in_chunks(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def lay_out(root: Path, files: Files) -> None:
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        match content:
            case Link(target):
                place.symlink_to(target)
            case Program(data):
                place.write_bytes(data)
                place.chmod(0o755)
            case bytes() as data:
                place.write_bytes(data)


def put_bundle(bundles: Bundles, files: Files) -> Bundle:
    """The bundle of those files, as if it had been fetched."""
    digest = make_digest(files)
    if not bundles.place(digest).exists():
        bundles.place(digest).mkdir(parents=True)
        lay_out(bundles.place(digest), files)
    bundle = bundles.find(digest)
    assert bundle is not None
    return bundle


def read_tree(root: Path) -> dict[str, Content | None]:
    """All that lies below a directory; None is an empty directory, or what is neither file nor link."""
    found: dict[str, Content | None] = {}
    for directory, names, files in os.walk(root):
        here = Path(directory)
        for name in [*names, *files]:
            place = here / name
            path = str(place.relative_to(root))
            if place.is_symlink():
                found[path] = Link(str(place.readlink()))
            elif place.is_file():
                data = place.read_bytes()
                found[path] = Program(data) if place.stat().st_mode & 0o100 else data
            elif not place.is_dir() or not any(place.iterdir()):
                found[path] = None
    return found


def make_order(
    service: str = "web",
    *,
    kind: TaskKind = TaskKind.DEPLOY,
    files: Files | None = None,
    revision: str = "r1",
    overwrite_edits: bool = False,
    timeout_s: float = 60.0,
) -> Order:
    return Order(
        kind=kind,
        service=service,
        project=service,
        revision=revision,
        bundle="" if files is None else make_digest(files),
        compose_files=("compose.yaml",),
        timeouts=Timeouts(task_s=timeout_s),
        overwrite_edits=overwrite_edits,
    )


def make_run(order: Order | None = None, *, task: str = "t1", number: int = 1, lease_s: float = 30.0) -> Run:
    return Run(attempt=Attempt(task=task, number=number), order=order or make_order(), lease_s=lease_s)


def make_container(project: str = "web", state: ContainerState = ContainerState.RUNNING) -> Container:
    return Container(
        id="1", name=f"{project}-1", project=project, service="app", image="i", image_id="sha256:1", state=state
    )
