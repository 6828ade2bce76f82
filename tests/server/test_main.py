"""The server as a process: how it ends."""

import subprocess
import sys
from pathlib import Path

PLUGIN = """
from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.errors import Unavailable
from composia.plugins import NoConfig, Provider, hookimpl


class FullQueue(MemoryQueue):
    async def sweep(self, retries, now_ms):
        raise Unavailable("the store does not answer: disk full", where="work.db")


async def open_full(config, context):
    return FullQueue()


@hookimpl
def composia_queue():
    return Provider(name="full", open=open_full, config=NoConfig, summary="no room left")
"""


def test_a_queue_that_fails_ends_the_server_with_one_clear_error(tmp_path: Path) -> None:
    plugins, repo = tmp_path / "plugins", tmp_path / "repo"
    plugins.mkdir()
    repo.mkdir()
    (plugins / "full.py").write_text(PLUGIN)
    config = tmp_path / "server.yaml"
    config.write_text(
        f"data: {tmp_path / 'data'}\nlisten: 127.0.0.1:0\nplugins: {{directory: {plugins}}}\n"
        f"queue: {{provider: full}}\nsource: {{provider: directory, path: {repo}}}\n"
    )

    ended = subprocess.run(
        [sys.executable, "-m", "composia", "server", "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "Composia answers at" in ended.stdout
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "composia: work.db: the store does not answer: disk full"
    assert "Traceback" not in ended.stderr
