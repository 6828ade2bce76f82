"""Compose files: what can be said without Compose, and no false refusal."""

import pytest

from composia.core.problem import Problem, Severity
from composia.core.service import META_FILE
from tests.core.definition.reading import COMPOSE, META, error, on_node, read, read_compose

LEAVES = "put it into the service directory: nothing else is brought to the node"


@pytest.mark.parametrize(
    "text",
    [
        "services: {a: {image: x}}",
        "x-a: &a {image: x}\nservices: {a: {<<: *a, env_file: app.env}}",
        "include: [sub/base.yaml]",
        "include: [{path: [sub/base.yaml, sub/more.yaml], project_directory: sub}]",
        "services: {a: {extends: {file: sub/base.yaml, service: web}}}",
        "services: {a: {extends: b}, b: {image: x}}",
        "services: {a: {image: x, env_file: [{path: gone.env, required: false}, {path: ../gone, required: false}]}}",
        "services: {a: {image: x, env_file: !reset [../gone.env]}}",
        "services: {a: {image: x, env_file: '${DIR:-../}/x.env'}}",
        "services: {a: {image: x, ports: !override ['80:80'], volumes: !reset null}}",
        "services: {a: {image: x, volumes: ['/outside:/a', '~/b:/b', './data:/c']}}",
        "services: {a: {image: 'x:${TAG:-1}', command: 'echo $$HOME $${X}', user: '${COMPOSE_PROJECT_NAME}'}}",
        "x-a: 1\n---\nservices: {a: {image: x}}",
        "services: {a: {image: x}}\n---\n",
        "services: {a: {build: 'https://github.com/a/b.git#main'}, b: {build: {context: git@x:y.git, dockerfile: D}}}",
        "services: {a: {build: {context: app, dockerfile: ../app/Dockerfile}}}",
        "services: {a: {build: {context: ., dockerfile_inline: FROM x, additional_contexts: {a: 'docker-image://x', b: ./app}}}}",
    ],
)
def test_what_the_node_may_accept_is_not_refused(text: str) -> None:
    assert read_compose(text, "app.env", "sub/base.yaml", "sub/more.yaml", "app/Dockerfile") == ()


@pytest.mark.parametrize("include", ["gone.yaml", "'${DIR}/b.yaml'", "https://git.example.org/x.git"])
def test_there_may_be_services_in_what_only_the_node_has(include: str) -> None:
    found = read_compose(f"include: [{include}]\nservices: {{}}")
    assert found
    assert all(problem.on_node for problem in found)


def test_what_lies_on_another_machine_is_left_to_the_node() -> None:
    elsewhere = ("https://git.example.org/x.git", "git@github.com:a/b.git", "oci://example.org/x")
    found = read_compose(f"include: [{', '.join(elsewhere)}]")
    assert [(problem.severity, problem.on_node, problem.message) for problem in found] == [
        (Severity.WARNING, True, f"checked on the node: include {where}") for where in elsewhere
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", error("the file is empty", "compose.yaml", hint="services: …")),
        ("- a", error("expected a mapping with services", "compose.yaml:1:1")),
        ("services: [a]", error("services must be a mapping, not a list", "compose.yaml:1:11")),
        ("services:\n", error("services must be a mapping, not nothing", "compose.yaml:1:10")),
        ("volumes: {a: }", error("there are no services", "compose.yaml", hint="services: …")),
        ("services: {}", error("there are no services", "compose.yaml:1:1", "services", "services: …")),
        ("a: [\n", error("did not find expected node content", "compose.yaml:2:1")),
        (
            "services: {a: {extends: {file: sub/base.yaml}}}",
            error("extends names a file but no service", "compose.yaml:1:25", hint="service: NAME"),
        ),
        (
            "services: {a: {image: x}}\nservices: {}",
            error("key services is given twice, here and in line 1", "compose.yaml:2:1", hint="keep one of them"),
        ),
        *(
            (text, error(f"{kind} {path} leaves the service directory", f"compose.yaml:1:{column}", path, LEAVES))
            for text, kind, path, column in [
                ("services: {a: {image: x, env_file: ../x.env}}", "env_file", "../x.env", 36),
                ("services: {a: {image: x, env_file: [../x.env]}}", "env_file", "../x.env", 37),
                ("services: {a: {image: x, env_file: [{path: ../x}]}}", "env_file", "../x", 44),
                ("services: {a: {extends: {file: ../b, service: a}}}", "extends", "../b", 32),
                ("services: {a: {build: ../app}}", "build", "../app", 23),
                ("services: {a: {build: {context: ..}}}", "build", "..", 33),
                ("services: {a: {build: {context: ., dockerfile: ../D}}}", "dockerfile", "../D", 48),
                ("services: {a: {build: {dockerfile: ../D}}}", "dockerfile", "../D", 36),
                ("services: {a: {build: {additional_contexts: {b: ../b}}}}", "build", "../b", 49),
                ("include: [../b.yaml]", "include", "../b.yaml", 11),
                ("include: [{path: ../b.yaml}]", "include", "../b.yaml", 18),
                ("include: [{path: sub/base.yaml, env_file: ../b}]", "env_file", "../b", 43),
            ]
        ),
    ],
)
def test_what_can_never_work_is_refused_at_its_place(text: str, problem: Problem) -> None:
    errors = tuple(p for p in read_compose(text, "sub/base.yaml") if p.severity is Severity.ERROR)
    assert errors == (problem,)


@pytest.mark.parametrize(
    ("text", "path", "value", "column"),
    [
        ("services: {a: {image: x, env_file: .env}}", ".env", ".env", 36),
        ("services: {a: {image: x, env_file: [./x/../secret.env]}}", "secret.env", "./x/../secret.env", 37),
        ("services: {a: {image: x, env_file: /etc/x.env}}", "/etc/x.env", "/etc/x.env", 36),
        ("services: {a: {image: x, env_file: ~/x.env}}", "~/x.env", "~/x.env", 36),
        ("services: {a: {extends: {file: gone.yaml, service: a}}}", "gone.yaml", "gone.yaml", 32),
        ("services: {a: {build: gone}}", "gone", "gone", 23),
        ("services: {a: {build: sub}}", "sub/Dockerfile", "sub", 23),
        ("services: {a: {build: {context: sub, dockerfile: D}}}", "sub/D", "D", 50),
        ("include: [gone.yaml]", "gone.yaml", "gone.yaml", 11),
    ],
)
def test_what_people_do_not_commit_is_a_warning_at_its_place(text: str, path: str, value: str, column: int) -> None:
    problem = on_node(f"needs on the node: {path}", f"compose.yaml:1:{column}", value)
    assert read_compose(text, "sub/base.yaml") == (problem,)


def test_variables_without_a_default_need_an_env_file_unless_one_is_committed() -> None:
    text = """\
x-unused: ${UNUSED}
services:
  a:
    image: x:${TAG}
    command: [$BARE, '${ASKED:?why}', "${QUOTED?}", "$$NOT", "${GIVEN:-}", "${ALSO-x}", "${ALT:+y}", "$HOME", "${A:-${IN}}"]
    environment: {"${KEY}": "${TAG}"}
"""
    message = "needs on the node: .env with TAG, BARE, ASKED, QUOTED, IN"
    hint = "or give defaults in the Compose file: ${NAME:-value}"
    assert read_compose(text) == (on_node(message, "compose.yaml:4:12", "x:${TAG}", hint),)
    message = "needs on the node: TAG, BARE, ASKED, QUOTED, IN, which .env does not set"
    hint = "add them to .env, or give defaults: ${NAME:-value}"
    assert read_compose(text, ".env") == (on_node(message, "compose.yaml:4:12", "x:${TAG}", hint),)


def test_an_override_needs_no_services_of_its_own() -> None:
    files = {META_FILE: META, "compose.yaml": COMPOSE, "compose.override.yaml": "volumes: {a: }\n"}
    assert read(files).problems == ()


def test_included_and_extended_files_are_read_with_paths_relative_to_themselves() -> None:
    files = {
        META_FILE: META,
        "compose.yaml": "include: [inc/a.yaml, {path: inc/b.yaml, project_directory: .}]\n"
        "services: {a: {extends: {file: ext/c.yaml, service: c}}}\n",
        "inc/a.yaml": "services: {x: {image: x, env_file: ../.env}, y: {image: y, env_file: ../../y}}\n",
        "inc/b.yaml": "services: {z: {image: x, env_file: ../z}}\n",
        "ext/c.yaml": "services: {c: {build: .}}\n",
        ".env": "",
    }
    assert read(files).problems == (
        on_node("needs on the node: ext/Dockerfile", "ext/c.yaml:1:23", "."),
        error("env_file ../y leaves the service directory", "inc/a.yaml:1:70", "../../y", LEAVES),
        error("env_file ../z leaves the service directory", "inc/b.yaml:1:36", "../z", LEAVES),
    )


def test_a_bomb_behind_an_include_is_found() -> None:
    bomb = "\n".join(["x0: &x0 [1]", *(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 9))])
    files = {META_FILE: META, "compose.yaml": "include: [b.yaml]\nservices: {}\n", "b.yaml": bomb}
    (problem,) = read(files).problems
    assert (problem.file, problem.line, problem.severity) == ("apps/web/b.yaml", 7, Severity.ERROR)


def test_files_that_include_each_other_come_to_an_end() -> None:
    circle = {META_FILE: META, "compose.yaml": "include: [b.yaml]\n", "b.yaml": "include: [compose.yaml]\n"}
    message = "compose.yaml includes itself"
    assert read(circle).problems == (error(message, "b.yaml:1:11", "compose.yaml", "take one of the two out"),)
    spiral = {META_FILE: META, "compose.yaml": "include: [{path: compose.yaml, project_directory: x}]\n"}
    assert all(problem.severity is Severity.WARNING for problem in read(spiral, {"x": "."}).problems)
    chain = {f"{number}.yaml": f"include: [{number + 1}.yaml]\n" for number in range(200)}
    (problem,) = read({META_FILE: META, "compose.yaml": "include: [0.yaml]\n", **chain}).problems
    assert problem == error("this is file 101 that the Compose files draw in", "99.yaml", hint="use fewer")


def test_a_compose_file_may_be_a_link_inside_of_the_directory() -> None:
    files = {META_FILE: META, "stacks/web.yaml": "services: {a: {image: x, env_file: gone}}\n"}
    reading = read(files, {"compose.yaml": "stacks/web.yaml"})
    assert reading.service is not None
    assert reading.service.compose_files == ("compose.yaml",)
    assert reading.problems == (on_node("needs on the node: gone", "stacks/web.yaml:1:36", "gone"),)
