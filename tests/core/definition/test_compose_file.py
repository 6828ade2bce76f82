"""Compose files: what can be said without Compose, and no false refusal."""

import pytest

from composia.core.definition.compose_file import check_compose_file
from composia.core.problem import Problem, Severity

PATHS = ("compose.yaml", "app.env", "sub/base.yaml")


def check(text: str) -> tuple[Problem, ...]:
    return check_compose_file(text.encode(), "web/compose.yaml", PATHS)


@pytest.mark.parametrize(
    "text",
    [
        "services: {a: {image: x}}",
        "services: {}",
        "x-a: &a {image: x}\nservices: {a: {<<: *a, env_file: app.env}}",
        "include: [sub/base.yaml]\nservices: {}",
        "services: {a: {image: x, env_file: [/etc/host.env, '${DIR}/x.env', ~/y.env]}}",
        "services: {a: {extends: {file: sub/base.yaml, service: a}}}",
        "services: {a: {image: x, env_file: [{path: gone.env, required: false}]}}",
        "services: {a: {image: x, some_new_key: 1}}",
        "services: {a: {image: x, ports: !override ['80:80'], volumes: !reset null}}",
        "a: 1\n---\nservices: {a: {image: x}}",
        "include: ['https://git.example.org/x.git']\nservices: {}",
    ],
)
def test_what_compose_accepts_is_not_refused(text: str) -> None:
    assert check(text) == ()


def test_a_file_that_people_do_not_commit_is_a_warning_at_its_place() -> None:
    assert check("services:\n  a:\n    image: x\n    env_file: [secret.env]\n") == (
        Problem(
            severity=Severity.WARNING,
            message="needs on the node: secret.env",
            file="web/compose.yaml",
            line=4,
            column=16,
            value="secret.env",
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("services: {a: {image: x, env_file: ../x.env}}", "env_file ../x.env leaves the service directory"),
        ("services: {a: {extends: {file: ../b.yaml, service: a}}}", "extends ../b.yaml leaves the service directory"),
        ("include: [{path: ../b.yaml}]\nservices: {}", "include ../b.yaml leaves the service directory"),
        ("services: {a: {extends: {file: sub/base.yaml}}}", "extends names a file but no service"),
        ("services: [a]", "services is not a mapping"),
        ("- a", "expected a mapping with `services`"),
        ("", "the file is empty"),
    ],
)
def test_what_can_never_work_is_refused(text: str, message: str) -> None:
    (problem,) = check(text)

    assert (problem.severity, problem.message) == (Severity.ERROR, message)
