import json
from pathlib import Path
from typing import Any

import pytest

from composia.builtin_plugins.compose.rendered import Rendered, RenderedService, digest, parse
from composia.core.plan import Wanted


def document(**services: dict[str, Any]) -> dict[str, Any]:
    return {"name": "p", "services": services}


def rendered(**part: Any) -> RenderedService:
    [service] = parse(document(web={"image": "web:1"} | part), {}).services
    return service


def test_a_service_is_read_with_its_digests() -> None:
    part = {"image": "web:1", "environment": {"A": "1"}}
    made = parse(document(web=part), {"web": "sha256:f"})

    assert made == Rendered(
        project_digest=digest({"name": "p"}),
        services=(
            RenderedService(
                wanted=Wanted(
                    service="web", config_digest=digest(part), files_digest="sha256:f", image="web:1", count=1
                )
            ),
        ),
        document=document(web=part),
    )


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    one, other = '{"a": 1, "b": {"c": "ä", "d": [2, 1]}}', '{"b": {"d": [2, 1], "c": "ä"}, "a": 1}'

    assert digest(json.loads(one)) == digest(json.loads(other)) != digest({"a": 1})


def test_a_digest_of_the_project_is_of_all_but_the_services() -> None:
    volumes = {"volumes": {"data": {"name": "p_data"}}}
    plain, other = parse(document(web={"image": "a"}), {}), parse(document(web={"image": "b"}), {})

    assert plain.project_digest == other.project_digest
    assert parse(document(web={"image": "a"}) | volumes, {}).project_digest != plain.project_digest


def test_secrets_of_the_document_are_not_in_its_text() -> None:
    made = parse(document(web={"image": "a", "environment": {"PASSWORD": "hunter2"}}), {})

    assert "hunter2" not in repr(made)


def test_a_service_that_is_only_built_has_the_image_name_of_compose() -> None:
    [service] = parse(document(web={"build": {"context": "."}}), {}).services

    assert (service.wanted.image, service.builds) == ("p-web", True)


@pytest.mark.parametrize(
    ("part", "count"),
    [({}, 1), ({"scale": 3}, 3), ({"deploy": {"replicas": 2}}, 2), ({"deploy": {"replicas": 0}}, 0)],
)
def test_replicas_are_counted(part: dict[str, Any], count: int) -> None:
    assert rendered(**part).wanted.count == count


@pytest.mark.parametrize(
    ("part", "one_shot"),
    [
        ({}, False),
        ({"restart": "always"}, False),
        ({"restart": "unless-stopped"}, False),
        ({"restart": "no"}, True),
        ({"restart": "on-failure"}, True),
        ({"restart": "on-failure:3"}, True),
        ({"deploy": {"restart_policy": {"condition": "on-failure"}}}, True),
        ({"deploy": {"restart_policy": {"condition": "any"}}}, False),
        ({"restart": "no", "healthcheck": {"test": ["CMD", "true"]}}, False),
        ({"restart": "no", "healthcheck": {"disable": True}}, True),
    ],
)
def test_a_job_is_known_by_what_it_declares(part: dict[str, Any], one_shot: bool) -> None:
    assert rendered(**part).wanted.one_shot is one_shot


def test_a_service_that_others_wait_for_to_complete_is_a_job() -> None:
    made = parse(
        document(
            migrate={"image": "m", "healthcheck": {"test": ["CMD", "true"]}},
            db={"image": "d"},
            web={
                "image": "w",
                "depends_on": {
                    "migrate": {"condition": "service_completed_successfully"},
                    "db": {"condition": "service_started"},
                },
            },
        ),
        {},
    )

    assert {one.service: one.one_shot for one in made.wanted} == {"migrate": True, "db": False, "web": False}


def test_whose_namespaces_and_volumes_it_shares_is_known() -> None:
    part = {"network_mode": "service:vpn", "ipc": "host", "pid": "service:app", "volumes_from": ["data:ro"]}

    assert rendered(**part).wanted.shares == ("vpn", "app", "data")


@pytest.mark.parametrize(
    ("policy", "always", "never"),
    [("always", True, False), ("never", False, True), ("missing", False, False), (None, False, False)],
)
def test_the_pull_policy_is_read(policy: str | None, always: bool, never: bool) -> None:
    service = rendered(**({"pull_policy": policy} if policy else {}))

    assert (service.pulls_always, service.never_pulled) == (always, never)


def test_sources_that_docker_would_not_create_are_named() -> None:
    made = parse(
        document(
            web={
                "image": "w",
                "volumes": [
                    {"type": "bind", "source": "/a", "target": "/a"},
                    {"type": "bind", "source": "/b", "target": "/b", "bind": {"create_host_path": True}},
                    {"type": "volume", "source": "data", "target": "/d"},
                    {"type": "tmpfs", "target": "/t"},
                ],
                "secrets": [{"source": "key", "target": "/run/secrets/key"}, {"source": "env", "target": "/e"}],
                "configs": [{"source": "conf", "target": "/conf"}],
            }
        )
        | {
            "secrets": {"key": {"name": "p_key", "file": "/srv/key"}, "env": {"name": "p_env", "environment": "E"}},
            "configs": {"conf": {"name": "p_conf", "content": "x"}},
        },
        {},
    )

    assert made.services[0].sources == (Path("/a"), Path("/srv/key"))
    assert made.secret_files() == (Path("/srv/key"),)


def test_external_networks_and_volumes_are_named_as_on_the_node_where_they_are_used() -> None:
    made = parse(
        document(
            web={
                "image": "w",
                "networks": {"proxy": None, "default": None},
                "volumes": [
                    {"type": "volume", "source": "shared", "target": "/s"},
                    {"type": "volume", "target": "/anonymous"},
                    {"type": "bind", "source": "other", "target": "/o"},
                ],
            }
        )
        | {
            "networks": {
                "proxy": {"name": "traefik", "external": True},
                "default": {"name": "p_default"},
                "unused": {"name": "unused", "external": True},
            },
            "volumes": {"shared": {"name": "big", "external": True}, "other": {"name": "o", "external": True}},
        },
        {},
    )

    assert (made.networks, made.volumes) == (("traefik",), ("big",))


def test_a_service_without_networks_of_its_own_needs_none() -> None:
    assert parse(document(web={"image": "w", "network_mode": "host"}), {}).networks == ()
