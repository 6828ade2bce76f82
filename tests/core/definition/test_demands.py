"""What Compose files ask of a node: only what is fixed, and nothing that a variable or a profile may change."""

import pytest

from composia.core.container import Port
from composia.core.definition.demands import demands
from composia.core.definition.document import Mapping, read_documents
from composia.core.service import Demands


def asked(*texts: str) -> Demands:
    documents = [document for text in texts for document in read_documents(text.encode(), "compose.yaml")]
    return demands(document for document in documents if isinstance(document, Mapping))


def ports(text: str) -> tuple[Port, ...]:
    return asked(f"services: {{web: {{image: a, ports: [{text}]}}}}").ports


def tcp(*numbers: int, address: str = "") -> tuple[Port, ...]:
    return tuple(Port(number=number, address=address) for number in numbers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'8080:80'", tcp(8080)),
        ("8080:80", tcp(8080)),
        ("'8080:80/udp'", (Port(number=8080, protocol="udp"),)),
        ("'127.0.0.1:8080:80'", tcp(8080, address="127.0.0.1")),
        ("'[::1]:8080:80'", tcp(8080, address="::1")),
        ("'::1:8080:80'", tcp(8080, address="::1")),
        ("'8080-8082:80-82'", tcp(8080, 8081, 8082)),
        ("{target: 80, published: 8080}", tcp(8080)),
        ("{target: 80, published: '8080', host_ip: 127.0.0.1, protocol: udp, mode: host}",
         (Port(number=8080, protocol="udp", address="127.0.0.1"),)),
    ],
)  # fmt: skip
def test_a_fixed_port_is_read_in_every_form(text: str, expected: tuple[Port, ...]) -> None:
    assert ports(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "80",
        "'127.0.0.1::80'",
        "'8080-8090:80'",
        "'${PORT:-8080}:80'",
        "{target: 80}",
        "{target: 80, published: 8080-8090}",
        "'99999:80'",
        "'0:80'",
        "'x:80'",
        "'nowhere:8080:80'",
        "[80]",
    ],
)
def test_a_port_that_is_not_fixed_or_that_compose_refuses_is_left_out(text: str) -> None:
    assert ports(text) == ()


def test_what_starts_only_with_a_profile_and_what_has_the_hosts_network_publishes_nothing() -> None:
    text = """
services:
  debug: {image: a, profiles: [debug], ports: ['1:1'], platform: linux/arm64}
  host: {image: a, network_mode: host, ports: ['2:2']}
  always: {image: a, profiles: [], ports: ['3:3']}
"""
    assert asked(text) == Demands(ports=tcp(3))


def test_platforms_and_the_projects_own_volumes_are_told() -> None:
    text = """
services:
  db: {image: a, platform: linux/arm64}
  web: {image: a, platform: '${PLATFORM}'}
volumes:
  data:
  logs: {driver: local}
  shared: {external: true}
"""
    assert asked(text) == Demands(platforms=(("db", "linux/arm64"),), volumes=("data", "logs"))


def test_what_several_files_ask_is_asked_together() -> None:
    base = "services: {web: {image: a, ports: ['1:1'], platform: linux/amd64}}\nvolumes: {data: {}}"
    over = "services: {web: {ports: ['2:2'], platform: linux/arm64}}"

    assert asked(base, over) == Demands(ports=tcp(1, 2), platforms=(("web", "linux/arm64"),), volumes=("data",))


@pytest.mark.parametrize(
    "text", ["services: [a]", "services: {web: a}", "volumes: [a]", "services: {web: {ports: a}}", "{}"]
)
def test_what_has_another_form_asks_nothing(text: str) -> None:
    assert asked(text) == Demands()
