"""What running containers use, from what an engine lists and what the kernel, or the engine, counts of each."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from anyio.abc import SocketStream

from composia.builtin_plugins.compose.cgroup import Cgroups
from composia.builtin_plugins.compose.usage import UsageReader
from composia.core.usage import ContainerUsages
from tests.builtin_plugins.compose.test_cgroup import GROUP_2, ID, MOUNTS_2, Tree
from tests.builtin_plugins.compose.test_engine_stream import OK, engine

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

HOUR_S = 3600.0
STATS = {
    "read": "2026-11-01T10:00:00Z",
    "cpu_stats": {"cpu_usage": {"total_usage": 10_000_000_000}},
    "networks": {"eth0": {"rx_bytes": 1120, "tx_bytes": 34}},
}
"""As engines tell it also of a container in the network of another one: it is what that one received and sent."""


def kernel(root: Path) -> Cgroups:
    """A kernel that has counted ten seconds of processor time."""
    tree = Tree(root, MOUNTS_2, f"0::{GROUP_2}\n")
    for name, text in {
        "cpu.stat": "usage_usec 10000000\n",
        "memory.current": "4000\n",
        "memory.stat": "inactive_file 1000\n",
        "memory.max": "max\n",
    }.items():
        tree.write(f"sys/fs/cgroup{GROUP_2}/{name}", text)
    return Cgroups(root)


async def read(root: Path, cgroups: Cgroups, *, mode: str = "bridge", began_s: float = 0.0) -> ContainerUsages:
    """What an engine's one container uses, as it is read first."""
    listed = [{"Id": ID, "Names": ["/web-main-1"], "HostConfig": {"NetworkMode": mode}}]
    began = datetime.fromtimestamp(began_s, UTC).isoformat()
    answers = {
        "/containers/json": listed,
        f"/containers/{ID}/json": {"State": {"Pid": 77, "StartedAt": began}},
        f"/containers/{ID}/stats": STATS,
    }

    async def answer(stream: SocketStream, heard: bytes) -> None:
        path = heard.split()[1].decode().partition("?")[0]
        body = json.dumps(answers[path]).encode()
        await stream.send(OK + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    async with engine(root, answer) as streams:
        return await UsageReader(streams, lambda: cgroups).read()


@pytest.mark.parametrize("sees_files", [True, False])
@pytest.mark.parametrize(
    ("mode", "received", "sent"),
    [("bridge", 1120, 34), ("web_default", 1120, 34), ("host", 0, 0), (f"container:{'f' * 64}", 0, 0)],
)
async def test_traffic_is_counted_for_the_container_whose_network_it_is(
    mode: str, received: int, sent: int, sees_files: bool, tmp_path: Path, anyio_backend: str
) -> None:
    cgroups = kernel(tmp_path) if sees_files else Cgroups(tmp_path / "nowhere")
    used = await read(tmp_path, cgroups, mode=mode)

    assert (used.names, used.received_bytes, used.sent_bytes) == (("web-main-1",), (received,), (sent,))


async def test_a_container_that_was_started_in_the_future_has_not_been_busy_so_far(
    tmp_path: Path, anyio_backend: str
) -> None:
    """Its host's clock was set back since."""
    used = await read(tmp_path, kernel(tmp_path), began_s=time.time() + HOUR_S)

    assert used.cpu_percent == (0.0,)


async def test_how_busy_a_container_was_is_told_over_its_life_at_first(tmp_path: Path, anyio_backend: str) -> None:
    used = await read(tmp_path, kernel(tmp_path), began_s=time.time() - HOUR_S)

    assert used.cpu_percent == pytest.approx((100 * 10 / HOUR_S,), rel=0.1)
