"""What a Compose file reaches for outside of itself: other Compose files, environment files, build contexts."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from composia.core.definition.document import Mapping, Node, Scalar, Sequence, resolve
from composia.core.definition.tree import inside

ELSEWHERE = ("git@", "github.com/", "oci:", "docker-image:", "oci-layout:", "service:", "target:")
"""How what lies on another machine or in another service begins, beside all with `://`."""


class Kind(StrEnum):
    """What is referred to, in the word of the Compose file."""

    INCLUDE = "include"
    EXTENDS = "extends"
    ENV_FILE = "env_file"
    BUILD = "build"
    DOCKERFILE = "dockerfile"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A path in a Compose file. `path` is relative to the service directory unless it is absolute.

    `base` is for an included file: what its own paths are relative to.
    """

    kind: Kind
    node: Scalar
    path: str
    base: str | None = None


def references(document: Mapping, base: str) -> Iterator[Reference]:
    """All references of a document whose paths are relative to `base`; those with variables are left to the node."""
    for reference in (*_included(document.get("include"), base), *_of_services(document.get("services"), base)):
        if "$" not in reference.path and not _is_elsewhere(reference.path):
            yield reference


def _included(node: Node | None, base: str) -> Iterator[Reference]:
    for item in node.items if isinstance(node, Sequence) else ():
        directory = item.get("project_directory") if isinstance(item, Mapping) else None
        own_base = _join(base, directory.text) if isinstance(directory, Scalar) else None
        for path in _paths(item):
            yield Reference(kind=Kind.INCLUDE, node=path, path=_join(base, path.text), base=own_base)
        if isinstance(item, Mapping):
            for path in _paths(item.get("env_file")):
                yield Reference(kind=Kind.ENV_FILE, node=path, path=_join(base, path.text))


def _of_services(services: Node | None, base: str) -> Iterator[Reference]:
    for _, service in services.entries.values() if isinstance(services, Mapping) else ():
        if not isinstance(service, Mapping):
            continue
        extends = service.get("extends")
        file = extends.get("file") if isinstance(extends, Mapping) else None
        for path in _paths(file):
            yield Reference(kind=Kind.EXTENDS, node=path, path=_join(base, path.text))
        for path in _paths(service.get("env_file")):
            yield Reference(kind=Kind.ENV_FILE, node=path, path=_join(base, path.text))
        yield from _build(service.get("build"), base)


def _build(node: Node | None, base: str) -> Iterator[Reference]:
    if not isinstance(node, Mapping):
        for path in _paths(node):
            yield from _context(path, _join(base, path.text), has_default_dockerfile=True)
        return
    context = node.get("context")
    place = _join(base, context.text) if isinstance(context, Scalar) else base
    dockerfile = node.get("dockerfile")
    is_default = dockerfile is None and "dockerfile_inline" not in node.entries
    for path in _paths(context):
        yield from _context(path, place, has_default_dockerfile=is_default)
    for path in _contexts(node.get("additional_contexts")):
        yield Reference(kind=Kind.BUILD, node=path, path=_join(base, path.text))
    for path in _paths(dockerfile):
        yield Reference(kind=Kind.DOCKERFILE, node=path, path=_join(place, path.text))


def _context(node: Scalar, place: str, *, has_default_dockerfile: bool) -> Iterator[Reference]:
    yield Reference(kind=Kind.BUILD, node=node, path=place)
    if has_default_dockerfile and inside(place) is not None:
        yield Reference(kind=Kind.DOCKERFILE, node=node, path=_join(place, "Dockerfile"))


def _contexts(node: Node | None) -> Iterator[Scalar]:
    for _, value in node.entries.values() if isinstance(node, Mapping) else ():
        yield from _paths(value)


def _paths(node: Node | None) -> Iterator[Scalar]:
    """The paths in a value that is a text, a mapping with `path`, or a list of those; `!reset` takes them away."""
    if node is None or node.tag == "!reset":
        return
    if isinstance(node, Scalar) and node.text:
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _paths(item)
    elif isinstance(node, Mapping):
        required = node.get("required")
        if not isinstance(required, Scalar) or resolve(required) is not False:
            yield from _paths(node.get("path"))


def _join(base: str, path: str) -> str:
    """As the node's file system would, but for what lies elsewhere."""
    if _is_elsewhere(path) or path.startswith(("/", "~")):
        return path
    return base if _is_elsewhere(base) else posixpath.normpath(posixpath.join(base, path))


def _is_elsewhere(path: str) -> bool:
    return "://" in path or path.startswith(ELSEWHERE)
