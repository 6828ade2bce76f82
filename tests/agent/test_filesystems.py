"""Which filesystems of a host are told of, and that none of them can keep the agent waiting."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from composia.agent.filesystems import Filesystems, Mount, in_use, read_mounts
from composia.core.usage import FilesystemUsage

ROOT = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw"
SHARE = "90 27 0:77 / /mnt/share rw - nfs4 server:/share rw"
HOST = "\n".join(
    [
        "22 27 0:21 / /proc rw,relatime - proc proc rw",
        "25 24 0:23 / /dev/shm rw - tmpfs tmpfs rw,size=24684096k",
        ROOT,
        "42 27 254:0 /run/netns /run/netns rw shared:1 - ext4 /dev/vda rw",
        r"50 27 8:17 / /mnt/big\040disk rw - xfs /dev/sdb1 rw",
        "51 27 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro",
        "60 27 0:479 / /var/lib/docker/overlay2/a7/merged rw - overlay overlay rw,lowerdir=/l",
        SHARE,
    ]
)
CONTAINER = "\n".join(
    [
        "1 0 0:300 / / rw - overlay overlay rw",
        "2 1 254:0 /var/lib/docker/containers/c/hostname /etc/hostname rw - ext4 /dev/vda rw",
        "3 1 254:0 /srv/agent /data rw - ext4 /dev/vda rw",
    ]
)


def places(text: str, data: str = "/var/lib/composia-agent", docker: str = "/var/lib/docker") -> list[str]:
    return [mount.place for mount in in_use(read_mounts(text), data, docker)]


def test_a_line_of_the_mounts_is_read_with_its_spaces_and_umlauts() -> None:
    [mount] = read_mounts(r"50 27 8:17 /sub /mnt/große\040Platte rw shared:3 - xfs /dev/sdb1 rw")

    assert mount == Mount(device="8:17", root="/sub", place="/mnt/große Platte", kind="xfs", source="/dev/sdb1")


def test_each_disk_is_told_of_once_and_nothing_that_is_none() -> None:
    assert places(HOST) == ["/", "/mnt/big disk"]


def test_the_whole_of_a_disk_is_told_of_and_not_a_part_that_is_shown_elsewhere() -> None:
    assert places(f"{HOST}\n91 27 8:17 /part /b rw - xfs /dev/sdb1 rw") == ["/", "/mnt/big disk"]


def test_what_holds_our_data_or_dockers_is_told_of_whatever_it_is() -> None:
    assert places(HOST, data="/mnt/share/agent") == ["/", "/mnt/big disk", "/mnt/share"]
    assert places(HOST, docker="/mnt/share") == ["/", "/mnt/big disk", "/mnt/share"]
    assert places(HOST, docker="/mnt/share-of-others") == ["/", "/mnt/big disk"]


def test_in_a_container_the_disk_is_known_by_a_mount_of_it() -> None:
    assert places(CONTAINER, data="/data") == ["/data"]
    assert places(CONTAINER, data="/elsewhere") == ["/", "/data"]


def make_filesystems(tmp_path: Path, ask: Callable[[str], os.statvfs_result], patience_s: float = 20.0) -> Filesystems:
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(HOST.replace(SHARE, SHARE.replace("server:/share", "/dev/sdc1")))
    return Filesystems(Path("/mnt/share"), mountinfo, ask, patience_s=patience_s)


def test_one_that_hangs_is_left_out_asked_once_and_there_again_when_it_answers(tmp_path: Path) -> None:
    answers, asked = threading.Event(), []
    answered = threading.Event()

    def ask(place: str) -> os.statvfs_result:
        asked.append(place)
        if place == "/mnt/share":
            answers.wait()
            answered.set()
        return os.statvfs("/")

    filesystems = make_filesystems(tmp_path, ask, patience_s=1.0)

    def told() -> list[str]:
        return [one.mount for one in filesystems.usage()]

    assert told() == ["/", "/mnt/big disk"]
    assert told() == ["/", "/mnt/big disk"]
    assert asked.count("/mnt/share") == 1
    answers.set()
    assert answered.wait(10)
    deadline = time.monotonic() + 10
    while "/mnt/share" not in told():
        assert time.monotonic() < deadline


def test_one_that_cannot_be_looked_at_is_left_out(tmp_path: Path) -> None:
    def ask(place: str) -> os.statvfs_result:
        if place == "/":
            raise PermissionError(place)
        return os.statvfs("/")

    assert [one.mount for one in make_filesystems(tmp_path, ask).usage()] == ["/mnt/big disk", "/mnt/share"]


@pytest.mark.parametrize("docker", ["", "/var/lib/docker"])
def test_this_host_has_the_disk_that_the_system_says(tmp_path: Path, docker: str) -> None:
    disk = os.statvfs("/")
    found = {one.mount: one for one in Filesystems(tmp_path).usage(docker)}

    [holder] = {path for path in found if Path(path).stat().st_dev == tmp_path.stat().st_dev}
    assert found[holder].size_bytes > 0
    if "/" in found:
        assert found["/"] == FilesystemUsage(
            mount="/",
            device=found["/"].device,
            size_bytes=disk.f_blocks * disk.f_frsize,
            available_bytes=found["/"].available_bytes,
        )
