"""`composia-meta.yaml`: every key, every default, all problems at once, each with its place."""

import pytest

from composia.core.definition.meta import Meta, read_meta
from composia.core.problem import Problem, Severity
from composia.core.service import HealthPolicy, OnFailure, PlacementRule, RolloutPolicy, Service

PATHS = ("compose.yaml", "composia-meta.yaml")


def read(text: str, paths: tuple[str, ...] = PATHS, sections: tuple[str, ...] = ()) -> Meta:
    return read_meta(text.encode(), "apps/web", paths, sections)


def problems(text: str, paths: tuple[str, ...] = PATHS) -> list[tuple[int, str, str]]:
    return [(p.line, p.message, p.hint) for p in read(text, paths).problems]


def test_the_least_definition_has_the_defaults() -> None:
    assert read("name: web\nnodes: [a]\n") == Meta(
        name="web",
        service=Service(name="web", directory="apps/web", project="web", compose_files=("compose.yaml",), nodes=("a",)),
        problems=(),
    )


def test_every_key_is_read() -> None:
    text = """
name: web
project_name: shop
compose_files: [base.yaml, ./sub/more.yaml]
enabled: false
auto_deploy: true
placement: {count: 2, labels: {disk: ssd, slots: 4}, spread: zone}
deploy:
  max_parallel: 3
  canary: 1
  pause: 1m30s
  on_failure: continue
  health: {deadline: 5m, stable_for: 500ms}
"""
    assert read(text, ("base.yaml", "sub/more.yaml")).service == Service(
        name="web",
        directory="apps/web",
        project="shop",
        compose_files=("base.yaml", "sub/more.yaml"),
        enabled=False,
        auto_deploy=True,
        placement=PlacementRule(count=2, labels=(("disk", "ssd"), ("slots", "4")), spread="zone"),
        rollout=RolloutPolicy(
            max_parallel=3,
            canary=1,
            pause_s=90.0,
            on_failure=OnFailure.CONTINUE,
            health=HealthPolicy(deadline_s=300.0, stable_for_s=0.5),
        ),
    )


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (("compose.yaml", "docker-compose.yml"), ("compose.yaml",)),
        (("docker-compose.yaml",), ("docker-compose.yaml",)),
        (("compose.yml", "compose.override.yml"), ("compose.yml", "compose.override.yml")),
        (
            ("docker-compose.yml", "docker-compose.override.yaml"),
            ("docker-compose.yml", "docker-compose.override.yaml"),
        ),
    ],
)
def test_compose_files_are_found_by_composes_own_rules(paths: tuple[str, ...], found: tuple[str, ...]) -> None:
    service = read("name: web\nnodes: [a]\n", paths).service

    assert service is not None
    assert service.compose_files == found


def test_all_problems_are_said_at_once_each_with_its_line() -> None:
    text = "name: Web!\nnodes: [a, a, B]\nenabled: yes\ndeploy:\n  max_parallel: 0\n  pause: 5\n  helth: {}\nnodez: 1\n"

    assert sorted(problems(text)) == sorted(
        [
            (8, "unknown key nodez", "did you mean nodes?"),
            (1, "name 'Web!' is no name", "lower case letters, digits, - and _"),
            (3, "enabled is not true or false", "give true or false"),
            (2, "'B' is no name of a node", ""),
            (2, "node a is named twice", ""),
            (7, "unknown key deploy.helth", "did you mean health?"),
            (5, "deploy.max_parallel is not a whole number of at least 1", "give a whole number of at least 1"),
            (6, "deploy.pause is not a duration such as 90s or 2m", "give a duration such as 90s or 2m"),
        ]
    )


def test_a_broken_definition_keeps_its_name() -> None:
    meta = read("name: web\nnodes: 3\n")

    assert (meta.name, meta.service) == ("web", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nodes: [a]\n", "name is missing"),
        ("name: web\n", "neither nodes nor placement is given"),
        ("name: web\nnodes: [a]\nplacement: {}\n", "nodes and placement exclude each other"),
        ("name: web\nnodes: []\n", "nodes is empty"),
        ("name: web\nnodes: a\n", "nodes is not a list"),
        ("name: web\nnodes: [a]\ncompose_files: []\n", "compose_files is empty"),
        ("name: web\nnodes: [a]\ncompose_files: [../other.yaml]\n", "../other.yaml leaves the service directory"),
        ("name: web\nnodes: [a]\ncompose_files: [/etc/passwd]\n", "/etc/passwd leaves the service directory"),
        ("name: web\nnodes: [a]\ncompose_files: [gone.yaml]\n", "gone.yaml does not exist"),
        ("name: web\nnodes: [a]\ndeploy: {on_failure: explode}\n", "deploy.on_failure is not one of"),
        ("- a\n", "expected one mapping with at least `name` and `nodes`"),
        ("", "expected one mapping with at least `name` and `nodes`"),
        ("name: web\nname: web\n", "name stands here and in line 1"),
    ],
)
def test_what_is_wrong_is_one_clear_error(text: str, message: str) -> None:
    (problem,) = read(text).problems

    assert problem.severity is Severity.ERROR
    assert problem.message.startswith(message)
    assert problem.file == "apps/web/composia-meta.yaml"


def test_a_directory_without_a_compose_file_says_so() -> None:
    assert problems("name: web\nnodes: [a]\n", ("composia-meta.yaml",)) == [
        (1, "there is no Compose file beside it", "add compose.yaml")
    ]


def test_sections_of_other_programs_are_accepted_with_a_warning_until_a_plugin_owns_them() -> None:
    text = "name: web\nnodes: [a]\nbackup: {every: day}\n"
    warning = Problem(
        severity=Severity.WARNING,
        message="backup is not acted on",
        file="apps/web/composia-meta.yaml",
        line=3,
        column=1,
        value="backup",
    )

    assert read(text).problems == (warning,)
    assert read(text).service is not None
    assert read(text, sections=("backup",)).problems == ()


def test_rollback_is_accepted_with_a_warning_and_means_pause() -> None:
    meta = read("name: web\nnodes: [a]\ndeploy: {on_failure: rollback}\n")

    assert meta.service is not None
    assert meta.service.rollout.on_failure is OnFailure.PAUSE
    assert [p.severity for p in meta.problems] == [Severity.WARNING]
