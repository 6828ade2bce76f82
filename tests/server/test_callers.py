"""Who is calling, and from where."""

import pytest

from composia.clock import ManualClock
from composia.core.principal import Principal, Role
from composia.plugins.auth import Credentials
from composia.server.callers import Callers

pytestmark = pytest.mark.anyio


class Everybody:
    """Knows everybody."""

    async def authenticate(self, _: Credentials) -> Principal | None:
        return Principal(id="ada", role=Role.VIEWER, credential="c1")

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("192.0.2.7:51200", "192.0.2.7"),
        ("2001:db8::7:51200", "2001:db8::7"),
        ("[2001:db8::7]:51200", "2001:db8::7"),
        ("::ffff:192.0.2.7:51200", "192.0.2.7"),
        ("fe80::1%eth0:51200", "fe80::1%eth0"),
        ("/run/composia.sock:0", ""),
        ("", ""),
    ],
)
async def test_a_caller_has_the_ip_address_that_it_calls_from(peer: str, address: str) -> None:
    callers = Callers([Everybody()], ManualClock())
    principal = await callers.authenticate(Credentials(method="ListNodes", headers={}, cookies={}, peer=peer))
    assert principal == Principal(id="ada", role=Role.VIEWER, credential="c1", address=address)
