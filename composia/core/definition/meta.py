"""`composia-meta.yaml`: what the repository says of a service."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from composia.core.definition.document import Mapping, Scalar, Sequence, Unreadable, parse_documents
from composia.core.definition.fields import Fields, problem_at
from composia.core.definition.tree import Tree, inside
from composia.core.problem import Problem, Severity
from composia.core.service import NAME, HealthPolicy, LogsRule, OnFailure, PlacementRule, RolloutPolicy, Service
from composia.core.step import StepName, StepTimeout, Timeouts
from composia.core.suggest import did_you_mean

FOREIGN = ("infra", "network", "update", "data_protect", "backup", "migrate")
"""Sections that repositories carry for other programs; accepted with a warning until a plugin owns them."""

KEYS = ("name", "project_name", "compose_files", "enabled", "nodes", "placement", "auto_deploy", "deploy", "logs")

COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
"""Both in Compose's order: the first that is there counts."""

_LIMITED = ("task", *StepName)

NAME_HINT = "small letters, digits, - and _; a letter or digit first"


@dataclass(frozen=True, kw_only=True)
class Meta:
    """What was read. `draft` is as good as the problems allow; `line` and `column` are those of the name, 0 without.
    `without` are the places of the Compose services whose logs are not collected; `unlisted` is the whole of it where it
    does not say which the Compose files are."""

    draft: Service
    problems: tuple[Problem, ...]
    line: int = 0
    column: int = 0
    without: tuple[Scalar, ...] = ()
    unlisted: Mapping | None = None

    def check_files(self, named: Iterable[str], file: str) -> tuple[Problem, ...]:
        """A problem where the files that `COMPOSE_FILE` names are others than those that are used."""
        files, used = tuple(inside(name) or name for name in named), self.draft.compose_files
        if self.unlisted is None or not files or not used or files == used:
            return ()
        message = f"COMPOSE_FILE of .env does not count here, only {' and '.join(used)}"
        hint = f"compose_files: [{', '.join(files)}]"
        return (problem_at(self.unlisted, file, Severity.WARNING, message, hint),)

    def check_services(self, services: Collection[str], file: str) -> tuple[Problem, ...]:
        """A problem for each Compose service that is named here and is none."""
        return tuple(
            problem_at(
                scalar,
                file,
                Severity.ERROR,
                f"logs.without: the Compose files have no service {scalar.text[:80]}",
                did_you_mean(scalar.text, services),
            )
            for scalar in self.without
            if scalar.text not in services
        )


def read_meta(content: bytes, file: str, directory: str, tree: Tree, sections: Collection[str]) -> Meta:
    """Read a `composia-meta.yaml`. `file` is its path for people; `sections` are keys that belong to plugins."""
    nothing = Service(name="", directory=directory, project="", compose_files=())
    try:
        documents, duplicates = parse_documents(content, file)
    except Unreadable as unreadable:
        return Meta(draft=nothing, problems=(unreadable.problem,))
    if len(documents) != 1 or not isinstance(documents[0], Mapping):
        message = "expected one mapping" if documents else "the file is empty"
        hint = "name: a-name, and nodes: [a-node]"
        problem = Problem(severity=Severity.ERROR, message=message, file=file, line=1, column=1, hint=hint)
        return Meta(draft=nothing, problems=(problem,))
    problems = list(duplicates)
    draft = _read(Fields(documents[0], file, problems), directory, tree, sections)
    name = documents[0].get("name") if draft.name else None
    logs = documents[0].get("logs")
    return Meta(
        draft=draft,
        problems=tuple(sorted(problems, key=lambda problem: (problem.line, problem.column))),
        line=name.line if name else 0,
        column=name.column if name else 0,
        unlisted=documents[0] if "compose_files" not in documents[0].entries else None,
        without=Fields(logs, file, []).take_texts("without") if isinstance(logs, Mapping) else (),
    )


def _read(fields: Fields, directory: str, tree: Tree, sections: Collection[str]) -> Service:
    fields.refuse_unknown((*KEYS, *sections), FOREIGN)
    for section in FOREIGN:
        if section in fields.mapping.entries and section not in sections:
            fields.warn(fields.mapping.entries[section][0], f"{section} is not acted on")
    if "name" not in fields.mapping.entries:
        fields.error(fields.mapping, "name is missing", hint="name: a-name-of-its-own")
    name = _name(fields, "name", "")
    return Service(
        name=name,
        directory=directory,
        project=_name(fields, "project_name", name),
        compose_files=_compose_files(fields, tree),
        enabled=fields.take_bool("enabled", True),
        nodes=_nodes(fields),
        placement=_placement(fields),
        auto_deploy=fields.take_bool("auto_deploy", False),
        rollout=_rollout(fields),
        logs=_logs(fields),
    )


def _name(fields: Fields, key: str, default: str) -> str:
    name = fields.take_text(key, default)
    node = fields.mapping.get(key)
    if node is not None and name != default and not NAME.fullmatch(name):
        fields.error(node, f"{key} {name[:80]!r} is no name", hint=NAME_HINT)
        return default
    return name


def _compose_files(fields: Fields, tree: Tree) -> tuple[str, ...]:
    listed = fields.mapping.get("compose_files")
    if listed is None:
        return _found_compose_files(fields, tree)
    files = []
    for scalar in fields.take_texts("compose_files"):
        path = inside(scalar.text)
        if path is None:
            fields.error(scalar, f"{scalar.text} leaves the service directory", hint="give a path inside of it")
        elif tree.file(path) is None:
            fields.error(scalar, f"there is no file {scalar.text}")
        else:
            files.append(path)
    if isinstance(listed, Sequence) and not listed.items:
        fields.error(listed, "compose_files is empty", hint="leave it out, or name a file")
    return tuple(files)


def _found_compose_files(fields: Fields, tree: Tree) -> tuple[str, ...]:
    found = [name for name in COMPOSE_FILES if tree.file(name)]
    if not found:
        fields.error(fields.mapping, "there is no Compose file beside it", hint=f"add {COMPOSE_FILES[0]}")
        return ()
    if found[1:]:
        message = f"{found[0]} is used, {' and '.join(found[1:])} not, as Compose does it"
        fields.warn(fields.mapping, message, hint="remove one, or name them in compose_files")
    return (found[0], *[name for name in OVERRIDES if tree.file(name)][:1])


def _nodes(fields: Fields) -> tuple[str, ...]:
    listed = "nodes" in fields.mapping.entries
    if listed and "placement" in fields.mapping.entries:
        place = fields.mapping.entries["placement"][0]
        fields.error(place, "nodes and placement exclude each other", hint="keep one of them")
    elif not listed and "placement" not in fields.mapping.entries:
        hint = "nodes: [a-node], or placement: {count: 1}"
        fields.error(fields.mapping, "neither nodes nor placement is given", hint=hint)
    names: list[str] = []
    for scalar in fields.take_texts("nodes"):
        if not NAME.fullmatch(scalar.text):
            fields.error(scalar, f"{scalar.text[:80]!r} is no name of a node", hint=NAME_HINT)
        elif scalar.text in names:
            fields.error(scalar, f"node {scalar.text} is named twice")
        else:
            names.append(scalar.text)
    node = fields.mapping.get("nodes")
    if isinstance(node, Sequence) and not node.items:
        fields.error(node, "nodes is empty", hint="name a node")
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
    section.refuse_unknown(("max_parallel", "canary", "pause", "on_failure", "health", "timeouts"))
    on_failure = section.take_word("on_failure", (*OnFailure, "rollback"), OnFailure.PAUSE)
    if on_failure == "rollback":
        section.warn(section.mapping.entries["on_failure"][1], "on_failure: rollback means pause for now")
        on_failure = OnFailure.PAUSE
    policy = RolloutPolicy(
        max_parallel=section.take_count("max_parallel", 1, least=1),
        canary=section.take_count("canary", 0, least=0),
        pause_s=section.take_seconds("pause", 0.0),
        on_failure=OnFailure(on_failure),
    )
    return replace(policy, health=_health(section), timeouts=_timeouts(section))


def _logs(fields: Fields) -> LogsRule:
    section = fields.take_section("logs")
    if section is None:
        return LogsRule()
    section.refuse_unknown(("collect", "without"))
    names = dict.fromkeys(scalar.text for scalar in section.take_texts("without"))
    return LogsRule(collect=section.take_bool("collect", True), without=tuple(names))


def _health(fields: Fields) -> HealthPolicy:
    section = fields.take_section("health")
    if section is None:
        return HealthPolicy()
    section.refuse_unknown(("deadline", "stable_for"))
    default = HealthPolicy()
    return HealthPolicy(
        deadline_s=section.take_seconds("deadline", default.deadline_s, positive=True),
        stable_for_s=section.take_seconds("stable_for", default.stable_for_s),
    )


def _timeouts(fields: Fields) -> Timeouts:
    section = fields.take_section("timeouts")
    if section is None:
        return Timeouts()
    section.refuse_unknown(_LIMITED)
    said = {key: section.take_seconds(key, 1.0, positive=True) for key in section.mapping.entries if key in _LIMITED}
    return Timeouts(
        task_s=said.get("task", 0.0),
        steps=tuple(StepTimeout(step=step, seconds=said[step]) for step in StepName if step in said),
    )
