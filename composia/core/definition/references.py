"""What Compose files reach for outside of themselves: other Compose files, environment files, build contexts."""

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from composia.core.definition.document import Mapping, Node, Scalar, Sequence, resolve
from composia.core.definition.interpolation import Known
from composia.core.definition.mounts import mounts
from composia.core.definition.tree import inside

ELSEWHERE = ("git@", "github.com/", "oci:", "docker-image:", "oci-layout:", "service:", "target:")
"""How what lies on another machine or in another service begins, beside all with `://`."""

BaseOf = Callable[[Node], str | None]
"""The directory that the paths of a value's file are relative to; None where it cannot be told."""


class Kind(StrEnum):
    """What is referred to, in the word of the Compose file."""

    INCLUDE = "include"
    EXTENDS = "extends"
    ENV_FILE = "env_file"
    BUILD = "build"
    DOCKERFILE = "dockerfile"
    LABEL_FILE = "label_file"
    MOUNT = "mount"
    SECRET = "secret"  # noqa: S105 - the word of the Compose file
    CONFIG = "config"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A path in a Compose file. `path` is relative to the service directory unless it is absolute."""

    kind: Kind
    node: Scalar
    path: str
    owner: str = ""
    """The service, secret or config that has it."""


def references(project: Mapping, base_of: BaseOf) -> Iterator[Reference]:
    """All references of a project but those to included and extended files; what depends on a variable is left out."""
    found = (
        *_of_services(project.get("services"), base_of),
        *_of_files(Kind.SECRET, project.get("secrets"), base_of),
        *_of_files(Kind.CONFIG, project.get("configs"), base_of),
    )
    yield from (reference for reference in found if reference.node.known is Known.SURE)


def file_reference(kind: Kind, node: Scalar, base: str | None) -> Iterator[Reference]:
    """A reference to a file, unless it lies elsewhere or nobody can tell where."""
    if base is not None and node.known is Known.SURE and not is_elsewhere(path := join(base, node.text)):
        yield Reference(kind=kind, node=node, path=path)


def is_for_the_node(node: Scalar) -> bool:
    """Whether only the node can tell which file a path means: it lies elsewhere, or depends on a variable of the node."""
    return node.known is not Known.SURE or is_elsewhere(node.text)


def paths(node: Node | None) -> Iterator[Scalar]:
    """The paths in a value that is a text, a mapping with `path`, or a list of those; `!reset` takes them away."""
    if node is None or node.tag == "!reset":
        return
    if isinstance(node, Scalar) and node.text:
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from paths(item)
    elif isinstance(node, Mapping):
        required = node.get("required")
        if not isinstance(required, Scalar) or resolve(required) is not False:
            yield from paths(node.get("path"))


def join(base: str, path: str) -> str:
    """As the node's file system would, but for what lies elsewhere."""
    if is_elsewhere(path) or path.startswith(("/", "~")):
        return path
    return base if is_elsewhere(base) else posixpath.normpath(posixpath.join(base, path))


def is_elsewhere(path: str) -> bool:
    """Whether a path is no path of this directory's file system."""
    return "://" in path or path.startswith(ELSEWHERE)


def _of_services(services: Node | None, base_of: BaseOf) -> Iterator[Reference]:
    for name, (_, service) in services.entries.items() if isinstance(services, Mapping) else ():
        if isinstance(service, Mapping):
            for found in _of_service(service, base_of):
                yield replace(found, owner=name)


def _of_service(service: Mapping, base_of: BaseOf) -> Iterator[Reference]:
    for kind in (Kind.ENV_FILE, Kind.LABEL_FILE):
        for path in paths(service.get(kind)):
            yield from file_reference(kind, path, base_of(path))
    yield from _build(service.get("build"), base_of)
    for mount in mounts(service):
        base = base_of(mount.source) if mount.source and mount.path else None
        if mount.source and base is not None:
            yield Reference(kind=Kind.MOUNT, node=mount.source, path=join(base, mount.path))


def _of_files(kind: Kind, listed: Node | None, base_of: BaseOf) -> Iterator[Reference]:
    for name, (_, item) in listed.entries.items() if isinstance(listed, Mapping) else ():
        file = item.get("file") if isinstance(item, Mapping) else None
        if isinstance(file, Scalar) and file.text and isinstance(item, Mapping) and "external" not in item.entries:
            for found in file_reference(kind, file, base_of(file)):
                yield replace(found, owner=name)


def _build(node: Node | None, base_of: BaseOf) -> Iterator[Reference]:
    base = base_of(node) if node else None
    if base is None:
        return
    if isinstance(node, Scalar) and node.text:
        yield from _context(node, join(base, node.text), has_default_dockerfile=True)
    if not isinstance(node, Mapping):
        return
    context = node.get("context")
    if isinstance(context, Scalar) and context.known is not Known.SURE:
        return
    of_context = base_of(context) if context else base
    place = join(of_context or "", context.text) if isinstance(context, Scalar) else base
    dockerfile = node.get("dockerfile")
    is_default = dockerfile is None and "dockerfile_inline" not in node.entries
    for path in paths(context):
        yield from _context(path, place, has_default_dockerfile=is_default)
    for text, further in _contexts(node.get("additional_contexts")):
        of_text = base_of(text)
        if of_text is not None and not is_elsewhere(joined := join(of_text, further)):
            yield Reference(kind=Kind.BUILD, node=text, path=joined)
    for path in paths(dockerfile):
        yield from file_reference(Kind.DOCKERFILE, path, place) if not is_elsewhere(place) else ()


def _context(node: Scalar, place: str, *, has_default_dockerfile: bool) -> Iterator[Reference]:
    if node.known is not Known.SURE or is_elsewhere(place):
        return
    yield Reference(kind=Kind.BUILD, node=node, path=place)
    if has_default_dockerfile and inside(place) is not None:
        yield Reference(kind=Kind.DOCKERFILE, node=node, path=join(place, "Dockerfile"))


def _contexts(node: Node | None) -> Iterator[tuple[Scalar, str]]:
    """The paths of further contexts, each with its text: `NAME: PATH`, or `NAME=PATH` in a list."""
    if isinstance(node, Mapping):
        yield from ((text, text.text) for _, value in node.entries.values() for text in paths(value))
    for text in paths(node) if isinstance(node, Sequence) else ():
        if path := text.text.partition("=")[2]:
            yield text, path
