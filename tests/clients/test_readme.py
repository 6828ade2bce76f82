"""README's section on clients is run as it stands; only the port is that of the server under test."""

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.clients.served import SIMULATED_NODE, WEB, Served

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(served: Served) -> list[tuple[str, str]]:
    """The language and the text of each block of the section."""
    section = (ROOT / "README.md").read_text().partition("\n## Any client\n")[2].partition("\n## ")[0]
    return [(block[1], block[2].replace("127.0.0.1:8443", served.address)) for block in BLOCK.finditer(section)]


@pytest.fixture
def beside_the_server(served: Served, tmp_path: Path) -> Path:
    """A directory with the server's data in `data`, and the proto files in `proto`."""
    (tmp_path / "data").symlink_to(served.fleet.server_data)
    (tmp_path / "proto").symlink_to(ROOT / "proto")
    return tmp_path


def run(command: list[str], directory: Path) -> str:
    """Run it where Python has the libraries of clients and nothing of Composia, which an editable install would add."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{directory}{os.pathsep}{sysconfig.get_path('purelib')}",
    }
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    # pyqwest's threads now and then abort Python when it is at its end, and all has been done and said
    assert done.returncode in (0, -signal.SIGABRT), done.stderr
    return done.stdout


def test_what_readme_shows_of_each_client_works(served: Served, beside_the_server: Path) -> None:
    shown = blocks(served)
    assert [language for language, _ in shown] == ["sh", "sh", "sh", "python", "python"]
    printed = [
        run(["sh", "-c", text] if language == "sh" else [sys.executable, "-S", "-c", text], beside_the_server)
        for language, text in shown
    ]
    assert [json.loads(text)["name"] for text in printed[:2]] == [WEB, WEB]
    assert printed[2:] == ["", f"['{SIMULATED_NODE}']\n", f"['{SIMULATED_NODE}']\n"]
