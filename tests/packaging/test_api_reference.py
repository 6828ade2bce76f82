"""The reference says of everything in the contract what it means, and leads nowhere that it has not."""

import re

import api_reference
import pytest

from composia.core.principal import POLICY


@pytest.fixture(scope="module")
def contract() -> api_reference.Contract:
    return api_reference.Contract.read()


@pytest.fixture(scope="module")
def page(contract: api_reference.Contract) -> str:
    return api_reference.page(contract)


def test_every_rpc_message_field_and_enum_has_a_comment(contract: api_reference.Contract) -> None:
    assert contract.uncommented() == []


def test_every_rpc_of_the_table_is_there_and_every_link_leads_to_a_place_on_the_page(page: str) -> None:
    places = re.findall(r'id="([^"]+)"', page)
    assert set(POLICY) <= set(places)
    assert len(places) == len(set(places))
    assert set(re.findall(r'href="([^"]+)"', page)) == {f"#{place}" for place in places}


def test_a_read_is_shown_as_a_get_for_its_roles_and_a_stream_as_a_stream(page: str) -> None:
    assert "GET or POST · for admin, operator, viewer" in section(page, "GetStatus")
    assert ">POST · for admin, operator<" in section(page, "Deploy")
    assert "POST · streams both ways · for node" in section(page, "Session")
    assert "POST · answers stream · for admin, operator, viewer" in section(page, "Watch")
    assert "&quot;requestId&quot;: &quot;…&quot;" in section(page, "Deploy")


def test_what_is_not_composias_own_is_under_the_name_of_its_service_and_for_everyone(page: str) -> None:
    assert "POST · for everyone, without a token" in section(page, "Health.Check")
    assert 'href="#HealthCheckResponse.ServingStatus"' in section(page, "HealthCheckResponse")
    assert "NOT_SERVING" in section(page, "HealthCheckResponse.ServingStatus")


def test_what_people_call_comes_first_and_names_in_comments_are_shown_as_code(page: str) -> None:
    assert re.findall(r"<h2>(\w+)</h2>", page) == [
        *("ServerService", "AgentService", "Health"),
        *("ServerService", "AgentService", "Health", "Messages"),
    ]
    assert "with <code>follow</code>" in section(page, "TaskOutput")
    assert "`" not in page


def test_a_long_example_is_folded_away_and_a_short_one_is_not(page: str) -> None:
    assert "<details><summary>As JSON</summary><pre>" in section(page, "Session")
    assert "<details>" not in section(page, "Deploy")
    assert "&quot;services&quot;: [&quot;…&quot;]\n" in section(page, "GetStatus")


def test_the_page_loads_nothing_else(page: str) -> None:
    assert re.findall(r"<(?:script|link|img|iframe)|url\(|@import", page) == []


def section(page: str, name: str) -> str:
    return page.partition(f'<section id="{name}">')[2].partition("</section>")[0]
