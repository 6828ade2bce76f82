import pytest

from composia.plugins.testing.transport import TransportContract
from composia.plugins.transport import Tls


class TestWithTls(TransportContract):
    """As `composia server` runs it."""

    @pytest.fixture
    def anyio_backend(self) -> tuple[str, dict[str, bool]]:
        return "asyncio", {"use_uvloop": True}

    @pytest.fixture
    def tls(self, certified: tuple[Tls, bytes]) -> tuple[Tls, bytes]:
        return certified


class TestInPlaintext(TransportContract):
    pass
