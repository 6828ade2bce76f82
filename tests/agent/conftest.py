"""What holds for the agent's tests."""

from pathlib import Path

import pytest

from composia.agent.settings import AgentSettings
from tests.agent.fake_server import FakeServer, FakeTransport
from tests.agent.line import Line
from tests.agent.puppet import Puppet


@pytest.fixture
def anyio_backend() -> str:
    """The agent runs on asyncio."""
    return "asyncio"


@pytest.fixture
async def line(tmp_path: Path) -> Line:
    server = FakeServer()
    settings = AgentSettings(
        node="n1",
        server="https://server:8443",
        token="secret",
        ca=b"pem",
        data=tmp_path / "data",
        labels=(("zone", "a"),),
        version="1.2.3",
    )
    return Line(server=server, transport=FakeTransport(server=server), puppet=Puppet(), settings=settings)
