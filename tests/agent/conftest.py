"""What holds for the agent's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from composia.agent.settings import AgentSettings
from tests.agent.fake_server import MISSED_HEARTBEATS, FakeServer, FakeTransport
from tests.agent.host import Host
from tests.agent.line import Line
from tests.agent.pipe_transport import served
from tests.agent.puppet import Puppet


@pytest.fixture
def anyio_backend() -> str:
    """The agent runs on asyncio."""
    return "asyncio"


@pytest.fixture
async def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    monkeypatch.setattr("composia.agent.session.MISSED_HEARTBEATS", MISSED_HEARTBEATS)
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


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    host = Host(tmp_path)
    async with served(host.server, tmp_path / "socket"):
        yield host
    host.clear()
