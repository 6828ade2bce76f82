"""What is read of a container's control groups, in trees of both kinds as kernels show them."""

from pathlib import Path

import pytest

from composia.builtin_plugins.compose.cgroup import Cgroups
from composia.builtin_plugins.compose.reading import Reading

ID = "324428323a910c9ddb5e91244250da575857d8b7e015f424b7aab96122ea089b"
NETWORK = """Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    7000       0    0    0    0     0          0         0     7000       0    0    0    0     0       0          0
  eth0:    1112      12    0    0    0     0          0         0       30       0    0    0    0     0       0          0
  eth1:       8       1    0    0    0     0          0         0        4       0    0    0    0     0       0          0
"""
MOUNTS_1 = """31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
38 31 0:35 / /sys/fs/cgroup/blkio rw,relatime - cgroup cgroup rw,blkio
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
MOUNTS_2 = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
GROUP_1 = f"/docker/{ID}"
GROUP_2 = f"/system.slice/docker-{ID}.scope"
READ_ALL = Reading(
    cpu_ns=5_000_000_000,
    memory_bytes=3000,
    memory_limit_bytes=65536,
    received_bytes=1120,
    sent_bytes=34,
    read_bytes=4097,
    written_bytes=10,
    pids=3,
)


class Tree:
    """A host's `/proc` and `/sys/fs/cgroup`, made up."""

    def __init__(self, root: Path, mounts: str, groups: str) -> None:
        self.root = root
        self.write("proc/self/mountinfo", mounts)
        self.write("proc/77/cgroup", groups)
        self.write("proc/77/net/dev", NETWORK)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def read(self, *, own_network: bool = True, container: str = ID, pid: int = 77) -> Reading | None:
        return Cgroups(self.root).read(pid, container, own_network=own_network)


@pytest.fixture
def old(tmp_path: Path) -> Tree:
    groups = "".join(f"{n}:{c}:{GROUP_1}\n" for n, c in ((9, "pids"), (8, "blkio"), (7, "cpu,cpuacct"), (4, "memory")))
    tree = Tree(tmp_path, MOUNTS_1, f"{groups}0::{GROUP_1}\n")
    at = f"sys/fs/cgroup/%s{GROUP_1}"
    tree.write(f"{at % 'cpu,cpuacct'}/cpuacct.usage", "5000000000\n")
    tree.write(f"{at % 'memory'}/memory.usage_in_bytes", "4000\n")
    tree.write(f"{at % 'memory'}/memory.stat", "cache 9\ninactive_file 7\ntotal_cache 9\ntotal_inactive_file 1000\n")
    tree.write(f"{at % 'memory'}/memory.limit_in_bytes", "65536\n")
    tree.write(f"{at % 'pids'}/pids.current", "3\n")
    tree.write(
        f"{at % 'blkio'}/blkio.throttle.io_service_bytes_recursive",
        "8:0 Read 4096\n8:0 Write 10\n8:0 Sync 4106\n8:16 Read 1\n8:0 Total 4106\nTotal 4107\n",
    )
    return tree


@pytest.fixture
def new(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path, MOUNTS_2, f"0::{GROUP_2}\n")
    at = f"sys/fs/cgroup{GROUP_2}"
    tree.write(f"{at}/cpu.stat", "usage_usec 5000000\nuser_usec 1\nsystem_usec 2\n")
    tree.write(f"{at}/memory.current", "4000\n")
    tree.write(f"{at}/memory.stat", "anon 1\nfile 2\ninactive_file 1000\nactive_file 0\n")
    tree.write(f"{at}/memory.max", "65536\n")
    tree.write(f"{at}/pids.current", "3\n")
    tree.write(
        f"{at}/io.stat", "8:0 rbytes=4096 wbytes=10 rios=1 wios=1\n8:16 rbytes=1 wbytes=0 rios=1 wios=0 dbytes=0\n"
    )
    return tree


@pytest.mark.parametrize("kind", ["old", "new"])
def test_all_of_it_is_read_in_either_kind(kind: str, request: pytest.FixtureRequest) -> None:
    tree: Tree = request.getfixturevalue(kind)

    assert tree.read() == READ_ALL


@pytest.mark.parametrize(
    ("kind", "file", "none"),
    [
        ("old", f"sys/fs/cgroup/memory{GROUP_1}/memory.limit_in_bytes", "9223372036854771712\n"),
        ("new", f"sys/fs/cgroup{GROUP_2}/memory.max", "max\n"),
    ],
)
def test_no_limit_is_none(kind: str, file: str, none: str, request: pytest.FixtureRequest) -> None:
    tree: Tree = request.getfixturevalue(kind)
    tree.write(file, none)
    reading = tree.read()

    assert reading
    assert reading.memory_limit_bytes == 0


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("old", f"sys/fs/cgroup/blkio{GROUP_1}/blkio.throttle.io_service_bytes_recursive"),
        ("new", f"sys/fs/cgroup{GROUP_2}/io.stat"),
    ],
)
def test_transfers_that_a_kernel_does_not_count_are_not_known(
    kind: str, file: str, request: pytest.FixtureRequest
) -> None:
    tree: Tree = request.getfixturevalue(kind)
    (tree.root / file).unlink()
    reading = tree.read()

    assert reading
    assert (reading.read_bytes, reading.written_bytes, reading.pids) == (None, None, 3)


def test_a_container_in_the_hosts_network_has_no_traffic_of_its_own(new: Tree) -> None:
    reading = new.read(own_network=False)

    assert reading
    assert (reading.received_bytes, reading.sent_bytes) == (0, 0)


def test_the_process_of_another_one_is_not_taken_for_the_container(new: Tree) -> None:
    new.write("proc/78/cgroup", "0::/system.slice/cron.service\n")

    assert new.read(pid=78) is None
    assert new.read(container="f" * 64) is None
    assert new.read(pid=79) is None


def test_a_group_that_ends_while_it_is_read_is_not_told_of(new: Tree) -> None:
    (new.root / f"sys/fs/cgroup{GROUP_2}/memory.current").unlink()

    assert new.read() is None


def test_files_of_the_host_that_cannot_be_seen_are_no_error(tmp_path: Path) -> None:
    assert Cgroups(tmp_path / "nowhere").read(77, ID, own_network=True) is None


def test_a_part_of_the_tree_that_is_mounted_elsewhere_is_found_there(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "31 23 0:28 /outer /host/cg rw - cgroup2 cgroup2 rw\n", f"0::/outer/docker/{ID}\n")
    for name, text in {
        "cpu.stat": "usage_usec 1\n",
        "memory.current": "10\n",
        "memory.stat": "inactive_file 0\n",
        "memory.max": "max\n",
    }.items():
        tree.write(f"host/cg/docker/{ID}/{name}", text)
    reading = tree.read()

    assert reading
    assert (reading.cpu_ns, reading.memory_bytes, reading.pids) == (1000, 10, None)
