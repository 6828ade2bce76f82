"""Ports in the short form: what Docker Compose 2.26 takes and refuses."""

import pytest

from composia.core.definition.ports import port_problem

TAKEN = [
    "80",
    "80:80",
    "80-81",
    "80-81:80-81",
    "80-81:80",
    ":80",
    "::80",
    "127.0.0.1::80",
    "127.0.0.1:80:80",
    "[::1]:80:80",
    "80/tcp",
    "80:80/UDP",
    "80/",
    "0:80",
    "8080-8081:80/tcp",
    "80:80/tcp/udp",
    "127.0.0.1:80-81:80-81",
    "80-81-82:80",
    "08:80",
    "[1.2.3.4]:80:80",
    "::1:80:80",
]
REFUSED = {
    "80-82:80-81": "80-82 and 80-81 are of different length",
    "80:80-81": "80 and 80-81 are of different length",
    "80:": "the port of the container is missing",
    "": "the port of the container is missing",
    "/tcp": "the port of the container is missing",
    "localhost:80:80": "localhost is no address",
    "1.2.3:80:80": "1.2.3 is no address",
    "80:80/icmp": "the protocol icmp is none of tcp, udp, sctp",
    "70000:80": "70000 is above 65535",
    "80:70000": "70000 is above 65535",
    "80:99999999999999999999": "99999999999999999999 is above 65535",
    "80:0": "the port of the container is 0",
    "a:80": "a is no port",
    "80 : 80": " 80 is no port",
    "+80:80": "+80 is no port",
    "81-80:81-80": "81-80 runs backwards",
    "127.0.0.1:80": "127.0.0.1 is no port",
}


@pytest.mark.parametrize("text", TAKEN)
def test_what_compose_takes_is_no_problem(text: str) -> None:
    assert port_problem(text) == ""


@pytest.mark.parametrize("text", REFUSED)
def test_what_compose_refuses_has_its_reason(text: str) -> None:
    assert port_problem(text) == REFUSED[text]
