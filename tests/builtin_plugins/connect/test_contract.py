import pytest

from composia.plugins.testing.transport import TransportContract
from composia.plugins.transport import Tls


class TestWithTls(TransportContract):
    @pytest.fixture
    def tls(self, certified: tuple[Tls, bytes]) -> tuple[Tls, bytes]:
        return certified


class TestInPlaintext(TransportContract):
    pass
