"""Several files as one project: what is merged, included and extended, and what only the node can say."""

import subprocess
import sys
from collections.abc import Mapping

import pytest

from composia.core.problem import Problem, Severity
from composia.core.service import META_FILE
from tests.core.definition.reading import META, read

WEB = "services: {web: {image: x}}\n"


def problems(compose: str, **more: str) -> tuple[Problem, ...]:
    """The problems of these files; `override` is the override file, other names end in `.yaml`, but `env` is `.env`."""
    names = {"override": "compose.override.yaml", "env": ".env"}
    files = {names.get(name, f"{name}.yaml"): text for name, text in more.items()}
    return read({META_FILE: META, "compose.yaml": compose, **files}).problems


def said(found: tuple[Problem, ...]) -> list[tuple[str, str, str]]:
    """Severity, place and message of each."""
    return [(str(problem.severity), problem.where.removeprefix("apps/web/"), problem.message) for problem in found]


@pytest.mark.parametrize(
    ("base", "override"),
    [
        ("services: {web: {restart: always}}", WEB),
        (WEB, "services: {web: }"),
        (WEB, ""),
        (WEB, "# nothing yet"),
        ("services: {web: {image: x, environment: [A=1]}}", "services: {web: {environment: {B: 2}}}"),
        ("services: {web: {image: x, extra_hosts: ['a:1.1.1.1']}}", "services: {web: {extra_hosts: {b: 1.1.1.1}}}"),
        (
            "services: {web: {image: x, depends_on: [b]}, b: {image: x}}",
            "services: {web: {depends_on: {b: {restart: true, condition: service_started}}}}",
        ),
        (
            "services: {web: {image: x, depends_on: {b: {condition: service_healthy}}}, b: {image: x}}",
            "services: {web: {depends_on: {b: {restart: true}}}}",
        ),
        (
            "services: {web: {image: x, networks: [a]}}\nnetworks: {a: {}}",
            "services: {web: {networks: {a: {aliases: [b]}}}}",
        ),
        ("services: {web: {image: x, dns: 1.1.1.1}}", "services: {web: {dns: [8.8.8.8]}}"),
        ("services: {web: {image: x, command: a b}}", "services: {web: {command: [a, b]}}"),
        ("services: {web: {image: x, volumes: ['./a:/x']}}", "services: {web: {volumes: ['./b:/x']}}"),
        ("services: {web: {image: x, stop_grace_period: '5'}}", "services: {web: {stop_grace_period: 5s}}"),
        ("services: {web: {image: x, networks: [gone]}, b: {image: x}}", "services: {web: !reset null}"),
        ("services: {web: {image: x, networks: [gone]}}", "services: {web: !override {image: y}}"),
        ("services: {web: {image: x, depends_on: [gone]}}", "services: {web: {depends_on: !reset []}}"),
        ("services: {web: {image: x, env_file: ../gone}}", "services: {web: {env_file: !reset []}}"),
        (
            "services: {web: {image: x, healthcheck: {test: [CMD, a]}}}",
            "services: {web: {healthcheck: {test: [CMD-SHELL, b]}}}",
        ),
    ],
)
def test_only_what_is_left_after_the_override_is_judged(base: str, override: str) -> None:
    assert problems(base, override=override) == ()


@pytest.mark.parametrize(
    "compose",
    [
        "services: {web: {image: x, networks: [!reset gone]}}",
        WEB + "networks: {a: !reset {}, a: !reset {}}",
        WEB + "networks: !reset {a: {b: 1, b: 1}}",
    ],
)
def test_what_is_reset_is_not_judged(compose: str) -> None:
    assert problems(compose) == ()


def test_a_mistake_is_told_in_the_file_that_has_it() -> None:
    assert said(problems(WEB, override="services: {web: {ports: ['a:80']}}")) == [
        ("error", "compose.override.yaml:1:26", "services.web.ports[0]: a is no port")
    ]


def test_what_only_the_node_has_may_hold_all_that_is_missing_here() -> None:
    compose = "include: [gone.yaml]\nservices: {web: {image: x, networks: [n], depends_on: [d], volumes: ['v:/v']}}\n"
    assert [problem.message for problem in problems(compose)] == ["needs on the node: gone.yaml"]
    compose = "services: {web: {extends: {file: '${BASE:-base.yaml}', service: base}}}"
    assert [problem.message for problem in problems(compose)] == ["checked on the node: extends ${BASE:-base.yaml}"]


def test_only_the_extended_service_of_another_file_counts() -> None:
    base = "services: {bad: {image: 5, ports: [x]}, base: {image: x, mem_limit: lots}}"
    found = problems("services: {web: {extends: {file: base.yaml, service: base}}}", base=base)
    assert said(found) == [("error", "base.yaml:1:69", "services.web.mem_limit must be a size, not the text 'lots'")]


def test_projects_that_include_each_other_share_what_they_define() -> None:
    inner = "services: {db: {image: x, networks: [outer], depends_on: [web]}}\nvolumes: {inner: {}}\n"
    outer = "include: [inner.yaml]\nservices: {web: {image: x, volumes: ['inner:/x']}}\nnetworks: {outer: {}}\n"
    assert problems(outer, inner=inner) == ()


def test_the_same_file_may_be_included_by_two_ways() -> None:
    other = "include: [shared.yaml]\n"
    assert problems("include: [a.yaml, b.yaml]\n", a=other, b=other, shared=WEB) == ()


def test_what_an_override_file_includes_is_merged_with_what_is_there() -> None:
    files = {"override": "include: [inner.yaml]\n", "inner": "services: {web: {restart: always}}\n"}
    assert problems(WEB, **files) == ()
    (found,) = problems("include: [inner.yaml]\n" + WEB, inner=files["inner"])[:1]
    assert found.message == "there are two services web"


def test_two_included_files_with_one_service_are_told_of_at_the_later_one() -> None:
    found = problems("include: [a.yaml, b.yaml]\n", a=WEB, b="services: {web: {image: y}}\n")
    assert said(found) == [("error", "b.yaml:1:12", "there are two services web")]
    assert found[0].hint == "the other one is in apps/web/a.yaml; rename one"


def test_a_default_of_the_wrong_kind_is_a_warning_while_the_node_may_set_the_variable() -> None:
    compose = "services: {web: {image: x, scale: '${N:-many}'}}"
    message = "services.web.scale must be a whole number, not the text '${N:-many}'"
    assert said(problems(compose)) == [
        ("warning", "compose.yaml:1:35", f"{message}, unless the node sets the variable")
    ]
    assert said(problems(compose, env="M=1\n")) == [("error", "compose.yaml:1:35", message)]
    assert problems(compose, env="N=2\n") == ()


SECRET = "hunter2"


@pytest.mark.parametrize(
    "service",
    [
        "scale: '${SECRET}'",
        "ports: ['${SECRET}:80']",
        "ports: [{target: 80, published: '${SECRET}'}]",
        "networks: ['${SECRET}']",
        "volumes: ['${SECRET}:/x', '${SECRET}/a:/y']",
        "volumes: [{type: '${SECRET}', target: /x}]",
        "depends_on: ['${SECRET}']",
        "network_mode: 'service:${SECRET}'",
        "restart: '${SECRET}'",
        "env_file: ['${SECRET}', '../${SECRET}', '/${SECRET}']",
        "build: '${SECRET}'",
        "extends: '${SECRET}'",
        "healthcheck: {test: ['${SECRET}', a]}",
        "cgroup: '${SECRET}'",
        "pull_policy: '${SECRET}'",
        "extra_hosts: ['${SECRET}']",
    ],
)
def test_the_value_of_a_variable_is_never_told(service: str) -> None:
    found = problems(f"services: {{web: {{image: x, {service}}}}}", env=f"SECRET={SECRET}\n")
    assert found
    assert [problem for problem in found if SECRET in repr(problem)] == []


@pytest.mark.parametrize(
    ("compose", "message", "hint"),
    [
        ("services: {web: {image: x, build: 5}}", "services.web.build must be a text or a mapping, not 5", '"5"'),
        ("services: {web: {image: x, gpus: some}}", "services.web.gpus must be one of all, not the text 'some'", ""),
        ("services: {web: {image: x, cap_add: A}}", "services.web.cap_add must be a list, not the text 'A'", "- A"),
        (
            "services: {web: {image: x, ulimits: {nofile: {soft: 1}}}}",
            "services.web.ulimits.nofile needs hard",
            "hard: …",
        ),
        ("services: {web: {image: x, 5: a}}", "the key 5 is no text", '"5": …'),
        (
            "services: {'a b': {image: x}}",
            "'a b' is no name for one of the services",
            "letters, digits, ., _ and - make a name",
        ),
        ("services: {web: {image: x, oom_score_adj: 5000}}", "services.web.oom_score_adj must be at most 1000", ""),
        (
            "services: {web: {image: x, replicas: 2}}",
            "unknown key services.web.replicas",
            "it belongs under deploy: {replicas: …}",
        ),
        (
            "services: {}\nweb: {image: x}",
            "unknown key web",
            "a service belongs under services: {web: …}",
        ),
    ],
)
def test_what_does_not_fit_the_schema_is_one_plain_sentence(compose: str, message: str, hint: str) -> None:
    errors = [problem for problem in problems(compose) if problem.severity is Severity.ERROR]
    assert [(problem.message, problem.hint) for problem in errors][:1] == [(message, hint)]
    assert len({problem.where for problem in errors}) == 1


def test_a_key_that_a_newer_compose_may_know_is_a_warning() -> None:
    hint = "Compose refuses it, unless the node's is newer and knows it"
    (found,) = problems("services: {web: {image: x, wobble: 1}}")
    assert (found.severity, found.message, found.hint) == (Severity.WARNING, "unknown key services.web.wobble", hint)


def test_all_that_is_wrong_is_told_at_once() -> None:
    files: Mapping[str, str] = {"override": "services: {web: {mem_limit: lots}}", "inner": "services: {db: {imag: x}}"}
    compose = "include: [inner.yaml]\nservices: {web: {image: 'x:${', networks: [n], scale: many, prots: []}}\n"
    places = [place for _, place, _ in said(problems(compose, **files))]
    assert places == [
        "compose.override.yaml:1:29",
        "compose.yaml:2:25",
        "compose.yaml:2:44",
        "compose.yaml:2:55",
        "compose.yaml:2:61",
        "inner.yaml:1:16",
        "inner.yaml:1:17",
    ]


@pytest.mark.parametrize(
    "compose",
    [
        "services:\n" + "".join(f"  s{number}: {{image: x, networks: [n{number}]}}\n" for number in range(2_000)),
        "services: {web: {image: x, environment: {" + ", ".join(f"A{number}: [1]" for number in range(2_000)) + "}}}",
    ],
)
def test_of_very_many_errors_the_first_are_told_and_that_there_are_more(compose: str) -> None:
    found = problems(compose)
    assert found[0].message == "more than 100 problems, of which these are the first"
    assert [problem.severity for problem in found] == [Severity.WARNING, *[Severity.ERROR] * 100]


def test_errors_are_not_lost_behind_very_many_warnings() -> None:
    unknown = ", ".join(f"wobble{number}: 1" for number in range(300))
    found = problems(f"services: {{web: {{image: x, {unknown}, networks: [gone]}}}}")
    assert [problem.message for problem in found if problem.severity is Severity.ERROR] == ["there is no network gone"]


def test_many_aliases_of_one_thing_cost_little() -> None:
    lines = ["x-a: &a {environment: {A: 1, B: 2, C: 3}, labels: [a, b, c]}", "services:"]
    lines += [f"  s{number}: {{<<: *a, image: x}}" for number in range(3_000)]
    assert problems("\n".join(lines)) == ()


def test_a_program_that_reads_no_compose_file_does_not_load_the_library() -> None:
    code = "import sys, composia.cli.main, composia.agent.main, composia.server.main\nprint('jsonschema_rs' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


GROWN = "\n".join(["A0=xxxxxxxxxx", *(f"A{number}={10 * f'${{A{number - 1}}}'}" for number in range(1, 30))])
TOO_MUCH = "the variables come to more than 4 MiB"


def test_variables_that_grow_beyond_all_bounds_are_an_error_of_their_file() -> None:
    assert said(problems("services: {web: {image: $A29}}", env=GROWN)) == [("error", ".env", TOO_MUCH)]


def test_one_that_is_long_and_used_often_is_an_error_where_it_is_too_much() -> None:
    labels = ", ".join(5 * ["$A"])

    found = said(problems(f"services: {{web: {{image: x, labels: [{labels}]}}}}", env=f"A={'x' * (1 << 20)}"))

    assert found == [("error", "compose.yaml:1:53", TOO_MUCH)]


def test_a_file_of_variables_takes_room_once() -> None:
    long = f"T=1\nA={'x' * 700_000}\nB=$A$A$A$A"
    assert problems("services: {web: {image: x:$T}}", env=long) == ()
