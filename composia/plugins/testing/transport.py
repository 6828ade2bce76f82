"""The contract of a transport. Subclass it, give it a fixture `transport`, and pytest runs every promise:

    class TestMine(TransportContract):
        @pytest.fixture
        def transport(self):
            return MyTransport()

It serves in plaintext on loopback; a fixture `tls` that is `(Tls, bytes of the CA)` makes it serve with TLS.

Where the promises of `composia.plugins.transport.Transport` are tested; each test says its number:

1. ValueContract
2. CallerContract
3. ErrorContract
4. EndContract
5. EndContract
"""

from collections.abc import AsyncIterator

import pytest

from composia.plugins.testing.transport_bench import Bench
from composia.plugins.testing.transport_callers import CallerContract
from composia.plugins.testing.transport_ends import EndContract
from composia.plugins.testing.transport_errors import ErrorContract
from composia.plugins.testing.transport_values import ValueContract
from composia.plugins.transport import Serving, Tls, Transport


class TransportContract(ValueContract, CallerContract, ErrorContract, EndContract):
    """Every promise of a transport."""

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def anyio_backend(self) -> str:
        """Transports run on asyncio."""
        return "asyncio"

    @pytest.fixture
    def tls(self) -> tuple[Tls, bytes] | None:
        """The server's certificate and the CA that clients trust; None is plaintext."""
        return None

    @pytest.fixture
    def bench(self, transport: Transport, tls: tuple[Tls, bytes] | None) -> Bench:
        """A puppet to be served."""
        return Bench(transport) if tls is None else Bench(transport, tls=tls[0], ca=tls[1])

    @pytest.fixture
    async def serving(self, bench: Bench) -> AsyncIterator[Serving]:
        """The puppet, served."""
        async with bench.serving() as serving:
            yield serving
