"""A Compose file, as far as can be said without Compose: that it can be read, and what it reaches for.

`docker compose config` on the node has the last word; a false refusal here is worse than a late one there.
"""

from collections.abc import Collection, Iterator

from composia.core.definition.document import Mapping, Node, Scalar, Sequence, Unreadable, read_documents
from composia.core.definition.paths import inside
from composia.core.problem import Problem, Severity


def check_compose_file(content: bytes, file: str, paths: Collection[str]) -> tuple[Problem, ...]:
    """The problems of one Compose file. `file` is its path for people; `paths` are those of the service directory."""
    try:
        documents = read_documents(content, file)
    except Unreadable as unreadable:
        return (unreadable.problem,)
    if not documents:
        return (_problem(Severity.ERROR, file, None, "the file is empty", "services: …"),)
    problems: list[Problem] = []
    for document in documents:
        if not isinstance(document, Mapping):
            problems.append(_problem(Severity.ERROR, file, document, "expected a mapping with `services`"))
            continue
        services = document.get("services")
        if services is not None and not isinstance(services, Mapping):
            problems.append(_problem(Severity.ERROR, file, services, "services is not a mapping"))
            continue
        problems += _references(document, services, file, paths)
    return tuple(problems)


def _references(document: Mapping, services: Mapping | None, file: str, paths: Collection[str]) -> Iterator[Problem]:
    for scalar in _paths_of(document.get("include")):
        yield from _judge("include", scalar, file, paths)
    for _, service in services.entries.values() if services else ():
        if not isinstance(service, Mapping):
            continue
        extends = service.get("extends")
        if isinstance(extends, Mapping) and isinstance(extends.get("file"), Scalar):
            yield from _judge("extends", extends.get("file"), file, paths)
            if extends.get("service") is None:
                yield _problem(Severity.ERROR, file, extends, "extends names a file but no service", "service: NAME")
        for scalar in _paths_of(service.get("env_file")):
            yield from _judge("env_file", scalar, file, paths)


def _paths_of(node: Node | None) -> Iterator[Scalar]:
    """The paths in a value that is a text, a mapping with `path`, or a list of those."""
    match node:
        case Scalar():
            yield node
        case Sequence():
            for item in node.items:
                yield from _paths_of(item)
        case Mapping():
            required = node.get("required")
            if not (isinstance(required, Scalar) and required.text == "false"):
                yield from _paths_of(node.get("path"))


def _judge(what: str, node: Node | None, file: str, paths: Collection[str]) -> Iterator[Problem]:
    if not isinstance(node, Scalar) or "$" in node.text or "://" in node.text or node.text.startswith(("/", "~")):
        return
    path = inside(node.text)
    if path is None:
        yield _problem(
            Severity.ERROR, file, node, f"{what} {node.text} leaves the service directory", "keep it beside the service"
        )
    elif path not in paths:
        yield _problem(Severity.WARNING, file, node, f"needs on the node: {path}")


def _problem(severity: Severity, file: str, node: Node | None, message: str, hint: str = "") -> Problem:
    return Problem(
        severity=severity,
        message=message,
        file=file,
        line=node.line if node else 0,
        column=node.column if node else 0,
        value=node.text if isinstance(node, Scalar) else "",
        hint=hint,
    )
