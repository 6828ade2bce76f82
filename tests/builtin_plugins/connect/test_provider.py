import subprocess
import sys
from pathlib import Path

import pytest

from composia.builtin_plugins import connect
from composia.builtin_plugins.connect.transport import ConnectTransport
from composia.clock import ManualClock
from composia.plugins import Context


@pytest.mark.anyio
async def test_it_is_the_provider_connect(tmp_path: Path) -> None:
    provider = connect.composia_transport()
    assert provider.name == "connect"
    opened = await provider.open(provider.config(), Context(data=tmp_path / "x", clock=ManualClock()))
    assert isinstance(opened, ConnectTransport)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("code", "loads"),
    [
        ("from composia.builtin_plugins import connect; connect.composia_transport()", set[str]()),
        ("import composia.builtin_plugins.connect.server_client", {"connectrpc", "google.protobuf", "pyqwest"}),
        ("import composia.builtin_plugins.connect.agent_client", {"connectrpc", "google.protobuf", "pyqwest"}),
    ],
)
def test_each_end_loads_only_what_it_needs(code: str, loads: set[str]) -> None:
    heavy = {"connectrpc", "google.protobuf", "pyqwest", "hypercorn", "h2", "starlette", "cryptography"}
    shown = f"{code}; import sys; print(*({heavy!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == loads
