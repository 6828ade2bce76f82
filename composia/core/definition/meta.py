"""`composia-meta.yaml`: what the repository says of a service."""

from collections.abc import Collection
from dataclasses import dataclass

from composia.core.definition.document import Mapping, Sequence, Unreadable, read_documents
from composia.core.definition.fields import Fields
from composia.core.definition.paths import inside
from composia.core.problem import Problem, Severity
from composia.core.service import (
    META_FILE,
    NAME,
    HealthPolicy,
    OnFailure,
    PlacementRule,
    RolloutPolicy,
    Service,
)

FOREIGN = ("infra", "network", "update", "data_protect", "backup", "migrate")
"""Sections that repositories carry for other programs; accepted with a warning until a plugin owns them."""

KEYS = ("name", "project_name", "compose_files", "enabled", "nodes", "placement", "auto_deploy", "deploy")

COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)


@dataclass(frozen=True, kw_only=True)
class Meta:
    """What was read: a service when nothing is wrong, its name as far as it could be read, and the problems."""

    name: str
    service: Service | None
    problems: tuple[Problem, ...]


def read_meta(content: bytes, directory: str, paths: Collection[str], sections: Collection[str] = ()) -> Meta:
    """Read a `composia-meta.yaml`. `paths` are those of the directory, relative to it; `sections` belong to plugins."""
    file = f"{directory}/{META_FILE}" if directory else META_FILE
    fallback = directory.rpartition("/")[2] or "."
    try:
        documents = read_documents(content, file)
    except Unreadable as unreadable:
        return Meta(name=fallback, service=None, problems=(unreadable.problem,))
    if len(documents) != 1 or not isinstance(documents[0], Mapping):
        message = "expected one mapping with at least `name` and `nodes`"
        problem = Problem(severity=Severity.ERROR, message=message, file=file, line=1, column=1)
        return Meta(name=fallback, service=None, problems=(problem,))
    problems: list[Problem] = []
    service = _read(Fields(documents[0], file, problems), directory, paths, sections)
    broken = any(problem.severity is Severity.ERROR for problem in problems)
    return Meta(name=service.name or fallback, service=None if broken else service, problems=tuple(problems))


def _read(fields: Fields, directory: str, paths: Collection[str], sections: Collection[str]) -> Service:
    fields.refuse_unknown((*KEYS, *FOREIGN, *sections))
    for section in FOREIGN:
        if section in fields.mapping.entries and section not in sections:
            fields.warn(fields.mapping.entries[section][0], f"{section} is not acted on")
    name = _name(fields, "name", "")
    if "name" not in fields.mapping.entries:
        fields.error(fields.mapping, "name is missing", hint="name: a-name-of-its-own")
    return Service(
        name=name,
        directory=directory,
        project=_name(fields, "project_name", name),
        compose_files=_compose_files(fields, paths),
        enabled=fields.take_bool("enabled", True),
        nodes=_nodes(fields),
        placement=_placement(fields),
        auto_deploy=fields.take_bool("auto_deploy", False),
        rollout=_rollout(fields),
    )


def _name(fields: Fields, key: str, default: str) -> str:
    name = fields.take_text(key, default)
    if name != default and not NAME.fullmatch(name):
        node = fields.mapping.get(key)
        assert node is not None
        fields.error(node, f"{key} {name!r} is no name", hint="lower case letters, digits, - and _")
        return default
    return name


def _compose_files(fields: Fields, paths: Collection[str]) -> tuple[str, ...]:
    if fields.mapping.get("compose_files") is None:
        found = [name for name in COMPOSE_FILES if name in paths][:1]
        if not found:
            fields.error(fields.mapping, "there is no Compose file beside it", hint=f"add {COMPOSE_FILES[0]}")
        return (*found, *[name for name in OVERRIDES if name in paths][:1])
    files = []
    for scalar in fields.take_texts("compose_files"):
        path = inside(scalar.text)
        if path is None:
            fields.error(scalar, f"{scalar.text} leaves the service directory", hint="give a path inside of it")
        elif path not in paths:
            fields.error(scalar, f"{scalar.text} does not exist")
        else:
            files.append(path)
    listed = fields.mapping.get("compose_files")
    if isinstance(listed, Sequence) and not listed.items:
        fields.error(listed, "compose_files is empty", hint="leave it out, or name a file")
    return tuple(files)


def _nodes(fields: Fields) -> tuple[str, ...]:
    listed = "nodes" in fields.mapping.entries
    if listed == ("placement" in fields.mapping.entries):
        place = fields.mapping.entries["placement"][0] if listed else fields.mapping
        message = "nodes and placement exclude each other" if listed else "neither nodes nor placement is given"
        fields.error(place, message, hint="nodes: [a-node]")
    scalars = fields.take_texts("nodes")
    for scalar in scalars:
        if not NAME.fullmatch(scalar.text):
            fields.error(scalar, f"{scalar.text!r} is no name of a node")
    names = [scalar.text for scalar in scalars]
    for scalar in {scalar.text: scalar for scalar in scalars if names.count(scalar.text) > 1}.values():
        fields.error(scalar, f"node {scalar.text} is named twice")
    node = fields.mapping.get("nodes")
    if isinstance(node, Sequence) and not node.items:
        fields.error(node, "nodes is empty", hint="name a node, or set enabled: false")
    return tuple(names)


def _placement(fields: Fields) -> PlacementRule | None:
    section = fields.take_section("placement")
    if section is None:
        return None
    section.refuse_unknown(("count", "labels", "spread"))
    return PlacementRule(
        count=section.take_count("count", 1, least=1),
        labels=section.take_labels("labels"),
        spread=section.take_text("spread", ""),
    )


def _rollout(fields: Fields) -> RolloutPolicy:
    section = fields.take_section("deploy")
    if section is None:
        return RolloutPolicy()
    section.refuse_unknown(("max_parallel", "canary", "pause", "on_failure", "health"))
    on_failure = section.take_word("on_failure", (*OnFailure, "rollback"), OnFailure.PAUSE)
    if on_failure == "rollback":
        section.warn(section.mapping.entries["on_failure"][1], "on_failure: rollback means pause for now")
        on_failure = OnFailure.PAUSE
    return RolloutPolicy(
        max_parallel=section.take_count("max_parallel", 1, least=1),
        canary=section.take_count("canary", 0, least=0),
        pause_s=section.take_seconds("pause", 0.0),
        on_failure=OnFailure(on_failure),
        health=_health(section),
    )


def _health(fields: Fields) -> HealthPolicy:
    section = fields.take_section("health")
    if section is None:
        return HealthPolicy()
    section.refuse_unknown(("deadline", "stable_for"))
    default = HealthPolicy()
    return HealthPolicy(
        deadline_s=section.take_seconds("deadline", default.deadline_s),
        stable_for_s=section.take_seconds("stable_for", default.stable_for_s),
    )
