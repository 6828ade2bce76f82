"""A command line that is logged in to a server in the tests' own process."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from composia.cli import connection
from composia.cli.main import main
from composia.plugins.provider import Context, NoConfig, Provider
from composia.plugins.transport import Transport
from tests.cli.fake_server import TOKEN, FakeServer, FakeTransport

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def no_login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody's own login is read or written."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("COMPOSIA_SERVER", "COMPOSIA_TOKEN", "COMPOSIA_CA", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> FakeServer:
    """The server that answers."""
    return FakeServer()


@pytest.fixture
def transport(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    """The transport that leads to it, provided as a plugin would."""
    made = FakeTransport(server=server)

    async def open_fake(_config: NoConfig, _context: Context) -> Transport:
        return made

    monkeypatch.setattr(connection, "composia_transport", lambda: Provider(name="fake", open=open_fake))
    return made


@pytest.fixture
def composia(transport: FakeTransport, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command that is logged in."""
    monkeypatch.setenv("COMPOSIA_SERVER", "https://composia.test")
    monkeypatch.setenv("COMPOSIA_TOKEN", TOKEN)
    return lambda *arguments, **options: CliRunner().invoke(main, arguments, prog_name="composia", **options)
