"""Ports: which two of them a host cannot give."""

import pytest

from composia.core.container import Port


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("", "", True),
        ("", "127.0.0.1", True),
        ("", "::1", True),
        ("0.0.0.0", "127.0.0.1", True),
        ("::", "::1", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("0.0.0.0", "::1", False),
        ("0.0.0.0", "::", False),
    ],
)
def test_two_addresses_clash_where_one_is_part_of_the_other(one: str, other: str, clash: bool) -> None:
    ours, theirs = Port(number=80, address=one), Port(number=80, address=other)

    assert ours.clashes(theirs) is clash
    assert theirs.clashes(ours) is clash


def test_another_number_and_another_protocol_do_not_clash() -> None:
    assert not Port(number=80).clashes(Port(number=81))
    assert not Port(number=53).clashes(Port(number=53, protocol="udp"))


def test_a_port_is_said_as_short_as_it_can_be() -> None:
    assert str(Port(number=80)) == "80"
    assert str(Port(number=53, protocol="udp")) == "53/udp"
    assert str(Port(number=80, address="127.0.0.1")) == "127.0.0.1:80"
    assert str(Port(number=80, address="::1")) == "[::1]:80"
