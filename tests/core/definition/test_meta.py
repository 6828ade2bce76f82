"""`composia-meta.yaml`: every key, every default, and all problems at once, each with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.core.definition.meta import NAME_HINT
from composia.core.definition.reading import Reading
from composia.core.problem import Problem, Severity
from composia.core.service import META_FILE, HealthPolicy, LogsRule, OnFailure, PlacementRule, RolloutPolicy, Service
from composia.core.step import StepName, StepTimeout, Timeouts
from tests.core.definition.reading import COMPOSE, META, error, read, read_meta, warning


def test_the_least_definition_has_the_defaults() -> None:
    assert read_meta(META) == Reading(
        name="web",
        service=Service(name="web", directory="apps/web", project="web", compose_files=("compose.yaml",), nodes=("a",)),
        problems=(),
        line=1,
        column=7,
    )


def test_every_key_is_read() -> None:
    text = """
name: web
project_name: shop
compose_files: [base.yaml, ./sub/../sub/more.yaml]
enabled: false
auto_deploy: true
placement: {count: 2, labels: {disk: ssd, slots: 4, spare: true}, spread: zone}
logs: {collect: false, without: [web, web]}
deploy:
  max_parallel: 3
  canary: 1
  pause: 1m30s
  on_failure: continue
  health: {deadline: 5m, stable_for: 500ms}
  timeouts: {up: 5m, task: 30m, pull: 90s}
x-notes: {anything: goes}
"""
    reading = read({META_FILE: text, "base.yaml": COMPOSE, "sub/more.yaml": COMPOSE})
    assert reading.problems == ()
    assert reading.service == Service(
        name="web",
        directory="apps/web",
        project="shop",
        compose_files=("base.yaml", "sub/more.yaml"),
        enabled=False,
        auto_deploy=True,
        placement=PlacementRule(count=2, labels=(("disk", "ssd"), ("slots", "4"), ("spare", "true")), spread="zone"),
        rollout=RolloutPolicy(
            max_parallel=3,
            canary=1,
            pause_s=90.0,
            on_failure=OnFailure.CONTINUE,
            health=HealthPolicy(deadline_s=300.0, stable_for_s=0.5),
            timeouts=Timeouts(
                task_s=1800.0,
                steps=(
                    StepTimeout(step=StepName.PULL, seconds=90.0),
                    StepTimeout(step=StepName.UP, seconds=300.0),
                ),
            ),
        ),
        logs=LogsRule(collect=False, without=("web",)),
    )


def test_logs_are_collected_without_services_that_there_are() -> None:
    reading = read_meta(f"{META}logs: {{without: [wep, web, 3], collect: no, with: x}}\n")
    place = "composia-meta.yaml:3"
    assert reading.problems == (
        error("logs.without: the Compose files have no service wep", f"{place}:18", "wep", "did you mean web?"),
        error("logs.without[2] must be a text, not 3", f"{place}:28", "3", '"3"'),
        error("logs.collect must be true or false, not the text 'no'", f"{place}:41", "no"),
        error("unknown key logs.with", f"{place}:45", "with", "did you mean without?"),
    )


def test_services_of_included_files_can_be_left_out_and_those_that_only_the_node_knows() -> None:
    meta = f"{META}logs: {{without: [db]}}\n"
    included = {
        META_FILE: meta,
        "compose.yaml": f"include: [more.yaml]\n{COMPOSE}",
        "more.yaml": "services: {db: {image: y}}\n",
    }
    remote = {META_FILE: meta, "compose.yaml": f"include: ['https://git.example.org/x.git']\n{COMPOSE}"}
    for files in (included, remote):
        service = read(files).service
        assert service is not None
        assert service.logs == LogsRule(without=("db",))


def test_sections_that_are_there_and_empty_have_the_defaults() -> None:
    reading = read_meta("name: web\nplacement: {}\ndeploy: {health: {}}\n")
    assert reading.service == Service(
        name="web", directory="apps/web", project="web", compose_files=("compose.yaml",), placement=PlacementRule()
    )


def test_all_problems_are_said_at_once_each_with_its_place() -> None:
    text = """\
name: Web!
nodes: [a, a, B, 7]
enabled: yes
deploy:
  max_parallel: 0
  pause: 5
  helth: {}
nodez: 1
auto_deploy: false
auto_deploy: true
qqq: {}
"""
    assert read_meta(text).problems == (
        error("name 'Web!' is no name", "composia-meta.yaml:1:7", "Web!", NAME_HINT),
        error("node a is named twice", "composia-meta.yaml:2:12", "a"),
        error("'B' is no name of a node", "composia-meta.yaml:2:15", "B", NAME_HINT),
        error("nodes[3] must be a text, not 7", "composia-meta.yaml:2:18", "7", '"7"'),
        error("enabled must be true or false, not the text 'yes'", "composia-meta.yaml:3:10", "yes"),
        error("deploy.max_parallel must be a whole number from 1 to 10000, not 0", "composia-meta.yaml:5:17", "0"),
        error("deploy.pause must be a duration such as 90s or 2m, not 5", "composia-meta.yaml:6:10", "5"),
        error("unknown key deploy.helth", "composia-meta.yaml:7:3", "helth", "did you mean health?"),
        error("unknown key nodez", "composia-meta.yaml:8:1", "nodez", "did you mean nodes?"),
        error("key auto_deploy is given twice, here and in line 9", "composia-meta.yaml:10:1", hint="keep one of them"),
        error(
            "unknown key qqq",
            "composia-meta.yaml:11:1",
            "qqq",
            "known: auto_deploy, compose_files, deploy, enabled, logs, name, nodes, placement, project_name",
        ),
    )


def test_problems_of_the_compose_files_are_said_beside_those_of_the_definition() -> None:
    files = {META_FILE: "name: web\nnodes: 3\n", "compose.yaml": "services: {web: {image: x, env_file: ../x}}\n"}
    assert [(problem.file, problem.line) for problem in read(files).problems] == [
        ("apps/web/composia-meta.yaml", 2),
        ("apps/web/compose.yaml", 1),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", error("the file is empty", "composia-meta.yaml:1:1", hint="name: a-name, and nodes: [a-node]")),
        ("- a\n", error("expected one mapping", "composia-meta.yaml:1:1", hint="name: a-name, and nodes: [a-node]")),
        ("a: 1\n---\nb: 1\n", error("expected one mapping", "composia-meta.yaml:1:1", hint="name: a-name, and nodes: [a-node]")),
        ("nodes: [a]\n", error("name is missing", "composia-meta.yaml:1:1", hint="name: a-name-of-its-own")),
        ("name:\nnodes: [a]\n", error("name must be a text, not nothing", "composia-meta.yaml:1:6")),
        ("name: 12\nnodes: [a]\n", error("name must be a text, not 12", "composia-meta.yaml:1:7", "12", '"12"')),
        ("name: [a]\nnodes: [a]\n", error("name must be a text, not a list", "composia-meta.yaml:1:7")),
        ("name: -a\nnodes: [a]\n", error("name '-a' is no name", "composia-meta.yaml:1:7", "-a", NAME_HINT)),
        (META + "project_name: A\n", error("project_name 'A' is no name", "composia-meta.yaml:3:15", "A", NAME_HINT)),
        ("name: web\n", error("neither nodes nor placement is given", "composia-meta.yaml:1:1", hint="nodes: [a-node], or placement: {count: 1}")),
        (META + "placement: {}\n", error("nodes and placement exclude each other", "composia-meta.yaml:3:1", "placement", "keep one of them")),
        ("name: web\nnodes: []\n", error("nodes is empty", "composia-meta.yaml:2:8", hint="name a node")),
        ("name: web\nnodes: a\n", error("nodes must be a list, not the text 'a'", "composia-meta.yaml:2:8", "a", "nodes: [a]")),
        ("name: web\nnodes: [{}]\n", error("nodes[0] must be a text, not a mapping", "composia-meta.yaml:2:9")),
        ("name: web\nplacement: 2\n", error("placement must be a mapping, not 2", "composia-meta.yaml:2:12", "2")),
        ("name: web\nplacement: {count: 0}\n", error("placement.count must be a whole number from 1 to 10000, not 0", "composia-meta.yaml:2:20", "0")),
        ("name: web\nplacement: {count: true}\n", error("placement.count must be a whole number from 1 to 10000, not true", "composia-meta.yaml:2:20", "true")),
        ("name: web\nplacement: {labels: [a]}\n", error("placement.labels must be a mapping, not a list", "composia-meta.yaml:2:21", hint="labels: {name: value}")),
        ("name: web\nplacement: {labels: {a: ~}}\n", error("placement.labels.a must be a text, not nothing", "composia-meta.yaml:2:25", "~")),
        ("name: web\nplacement: {label: {}}\n", error("unknown key placement.label", "composia-meta.yaml:2:13", "label", "did you mean labels?")),
        (META + "deploy: {on_failure: explode}\n", error("deploy.on_failure must be one of pause, continue, rollback, not the text 'explode'", "composia-meta.yaml:3:22", "explode")),
        (META + "deploy: {timeouts: {pul: 5s}}\n", error("unknown key deploy.timeouts.pul", "composia-meta.yaml:3:21", "pul", "did you mean pull?")),
        (META + "deploy: {timeouts: {up: 0s}}\n", error("deploy.timeouts.up must be more than 0s and at most 168h, not the text '0s'", "composia-meta.yaml:3:25", "0s")),
        (META + "deploy: {health: {deadline: 0s}}\n", error("deploy.health.deadline must be more than 0s and at most 168h, not the text '0s'", "composia-meta.yaml:3:29", "0s")),
        (META + "deploy: {pause: 169h}\n", error("deploy.pause must be at most 168h, not the text '169h'", "composia-meta.yaml:3:17", "169h")),
        (META + "compose_files: []\n", error("compose_files is empty", "composia-meta.yaml:3:16", hint="leave it out, or name a file")),
        (META + "compose_files: [gone.yaml]\n", error("there is no file gone.yaml", "composia-meta.yaml:3:17", "gone.yaml")),
        (META + "compose_files: [.]\n", error("there is no file .", "composia-meta.yaml:3:17", ".")),
        (META + "compose_files: [../b.yaml]\n", error("../b.yaml leaves the service directory", "composia-meta.yaml:3:17", "../b.yaml", "give a path inside of it")),
        (META + "compose_files: [a/../../b]\n", error("a/../../b leaves the service directory", "composia-meta.yaml:3:17", "a/../../b", "give a path inside of it")),
        (META + "compose_files: [/etc/x]\n", error("/etc/x leaves the service directory", "composia-meta.yaml:3:17", "/etc/x", "give a path inside of it")),
        (META + "a: [\n", error("did not find expected node content", "composia-meta.yaml:4:1")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_clear_error(text: str, problem: Problem) -> None:
    reading = read_meta(text)
    assert reading.problems == (problem,)
    assert reading.service is None


def test_a_broken_definition_keeps_its_name_and_the_place_of_it() -> None:
    reading = read_meta("nodes: 3\nname: web\n")
    assert (reading.name, reading.line, reading.column, reading.service) == ("web", 2, 7, None)
    nameless = read_meta("name: Web\nnodes: [a]\n")
    assert (nameless.name, nameless.line, nameless.column) == ("", 0, 0)


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (("compose.yml",), ("compose.yml",)),
        (("docker-compose.yaml",), ("docker-compose.yaml",)),
        (("compose.yml", "compose.override.yml"), ("compose.yml", "compose.override.yml")),
        (
            ("docker-compose.yml", "docker-compose.override.yaml"),
            ("docker-compose.yml", "docker-compose.override.yaml"),
        ),
        (("compose.yaml", "docker-compose.override.yml"), ("compose.yaml", "docker-compose.override.yml")),
        (
            ("compose.yaml", "compose.override.yaml", "compose.override.yml"),
            ("compose.yaml", "compose.override.yml"),
        ),
    ],
)
def test_compose_files_are_found_by_composes_own_rules(there: tuple[str, ...], found: tuple[str, ...]) -> None:
    reading = read({META_FILE: META, **dict.fromkeys(there, COMPOSE)})
    assert reading.problems == ()
    assert reading.service is not None
    assert reading.service.compose_files == found


def test_of_several_compose_files_one_counts_and_the_others_are_named() -> None:
    reading = read({META_FILE: META, **dict.fromkeys(("docker-compose.yml", "compose.yaml", "compose.yml"), COMPOSE)})
    hint = "remove one, or name them in compose_files"
    message = "compose.yaml is used, compose.yml and docker-compose.yml not, as Compose does it"
    assert reading.problems == (warning(message, "composia-meta.yaml:1:1", hint=hint),)
    assert reading.service is not None
    assert reading.service.compose_files == ("compose.yaml",)


@pytest.mark.parametrize(
    ("named", "hint"),
    [
        ("COMPOSE_FILE=compose.yaml:prod.yaml", "compose_files: [compose.yaml, prod.yaml]"),
        (
            "COMPOSE_PATH_SEPARATOR=,\nCOMPOSE_FILE=./compose.yaml,../prod.yaml",
            "compose_files: [compose.yaml, ../prod.yaml]",
        ),
    ],
)
def test_files_that_a_variable_names_do_not_count_and_are_told_of(named: str, hint: str) -> None:
    files = {META_FILE: META, "compose.yaml": COMPOSE, "prod.yaml": COMPOSE, ".env": f"{named}\n"}
    problem = warning(
        "COMPOSE_FILE of .env does not count here, only compose.yaml", "composia-meta.yaml:1:1", hint=hint
    )

    assert read(files).problems == (problem,)
    assert read({**files, META_FILE: f"{META}compose_files: [compose.yaml]\n"}).problems == ()
    for same in ("COMPOSE_FILE=./compose.yaml", "COMPOSE_FILE=", "COMPOSE_FILE=$OTHER", "A=1"):
        assert read({**files, ".env": f"{same}\n"}).problems == ()


def test_a_directory_without_a_compose_file_says_so() -> None:
    problem = error("there is no Compose file beside it", "composia-meta.yaml:1:1", hint="add compose.yaml")
    assert read({META_FILE: META}).problems == (problem,)


@pytest.mark.parametrize("section", ["infra", "network", "update", "data_protect", "backup", "migrate"])
def test_sections_of_other_programs_are_accepted_with_a_warning_until_a_plugin_owns_them(section: str) -> None:
    text = f"{META}{section}: {{every: [day]}}\n"
    reading = read_meta(text)
    assert reading.problems == (warning(f"{section} is not acted on", "composia-meta.yaml:3:1", section),)
    assert reading.service is not None
    assert read_meta(text, sections=(section,)).problems == ()


def test_a_section_of_a_plugin_is_accepted_and_suggested() -> None:
    assert read_meta(f"{META}dns: {{}}\n", sections=("dns",)).problems == ()
    (problem,) = read_meta(f"{META}dnz: {{}}\n", sections=("dns",)).problems
    assert problem.hint == "did you mean dns?"


def test_rollback_is_accepted_with_a_warning_and_means_pause() -> None:
    reading = read_meta(f"{META}deploy: {{on_failure: rollback}}\n")
    message = "on_failure: rollback means pause for now"
    assert reading.problems == (warning(message, "composia-meta.yaml:3:22", "rollback"),)
    assert reading.service is not None
    assert reading.service.rollout.on_failure is OnFailure.PAUSE


@pytest.mark.parametrize(
    ("links", "is_read"),
    [
        ({META_FILE: "meta/web.yaml", "compose.yaml": "stack"}, True),
        ({META_FILE: "../outside", "compose.yaml": "stack"}, False),
        ({META_FILE: "/etc/outside", "compose.yaml": "stack"}, False),
        ({META_FILE: "nowhere", "compose.yaml": "stack"}, False),
        ({META_FILE: META_FILE, "compose.yaml": "stack"}, False),
    ],
)
def test_links_inside_of_the_directory_are_followed(links: dict[str, str], is_read: bool) -> None:
    reading = read({"meta/web.yaml": META, "stack": COMPOSE}, links)
    assert (reading.service is not None) == is_read
    if is_read:
        assert reading.problems == ()
    else:
        hint = "it may be no link that leaves it"
        assert reading.problems == (error("this is not a file of the service directory", META_FILE, hint=hint),)


@given(st.text(alphabet="anmeodsplcynt:_-[]{}&*!|>'\"#%@?,<\n 01s", max_size=120))
def test_any_text_gives_a_service_or_an_error_with_a_place(text: str) -> None:
    reading = read_meta(text)
    assert (reading.service is None) == any(problem.severity is Severity.ERROR for problem in reading.problems)
    assert all(problem.line and problem.column for problem in reading.problems)
