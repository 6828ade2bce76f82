from pathlib import Path

import pytest

from composia.builtin_plugins.connect.transport import ConnectTransport
from composia.clock import SystemClock
from composia.plugins.transport import Tls, Transport
from composia.server.certificates import ensure_certificates


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def transport() -> Transport:
    return ConnectTransport()


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tls, bytes]:
    """A server's certificate, and the CA that signed it."""
    return certify(tmp_path_factory.mktemp("tls"))


def certify(directory: Path) -> tuple[Tls, bytes]:
    files = ensure_certificates(directory, ("localhost", "127.0.0.1"), SystemClock())
    return Tls(certificate=files.certificate, key=files.key), files.ca.read_bytes()
