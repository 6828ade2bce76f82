"""What an agent tells of its host, from what a kernel has written."""

import os
from pathlib import Path

import pytest

from composia.agent.filesystems import Filesystems
from composia.agent.host import Host
from composia.clock import ManualClock, SystemClock
from composia.core.node import NodeStatus
from composia.core.usage import DockerUsage, HostUsage

KIB = 1024


class Kernel:
    """A `/proc` and a `/sys/class/net` that a test writes."""

    def __init__(self, directory: Path) -> None:
        self.proc, self.interfaces = directory / "proc", directory / "net"
        (self.proc / "net").mkdir(parents=True)
        (self.proc / "meminfo").write_text(
            "MemTotal:  100 kB\nMemFree: 1 kB\nMemAvailable:     50 kB\nSwapTotal: 20 kB\nSwapFree: 5 kB\nHugePages_Total: 0\n"
        )
        (self.proc / "loadavg").write_text("0.25 0.10 0.05 1/100 12345\n")
        (self.proc / "uptime").write_text("1234.56 2000.00\n")
        self.processors(busy=1000, idle=1000)
        self.network(eth0=(10, 20), lo=(5, 5), veth12=(1, 1), docker0=(2, 2), **{"br-1234": (3, 3)})

    def processors(self, *, busy: int, idle: int) -> None:
        # user nice system idle iowait irq softirq steal guest guest_nice
        (self.proc / "stat").write_text(
            f"cpu {busy - 30} 10 10 {idle // 2} {idle - idle // 2} 0 0 10 {busy - 30} 0\ncpu0 1 1 1 1\n"
        )

    def network(self, **counted: tuple[int, int]) -> None:
        lines = [f"  {name}: {r} 1 0 0 0 0 0 0 {s} 1 0 0 0 0 0 0" for name, (r, s) in counted.items()]
        (self.proc / "net" / "dev").write_text("\n".join(["Inter-|", " face |", *lines]) + "\n")

    def hardware(self, name: str) -> None:
        (self.interfaces / name / "device").mkdir(parents=True)


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def make_host(kernel: Kernel, clock: ManualClock, tmp_path: Path) -> Host:
    (tmp_path / "mountinfo").write_text("")
    return Host(Filesystems(tmp_path, tmp_path / "mountinfo"), clock, kernel.proc, kernel.interfaces)


def test_all_of_it_is_read_from_the_kernel(kernel: Kernel, clock: ManualClock, tmp_path: Path) -> None:
    assert make_host(kernel, clock, tmp_path).status("down") == NodeStatus(
        problem="down",
        now_ms=clock.now_ms(),
        host=HostUsage(
            load_1m=0.25,
            load_5m=0.10,
            load_15m=0.05,
            memory_bytes=100 * KIB,
            memory_available_bytes=50 * KIB,
            swap_bytes=20 * KIB,
            swap_free_bytes=5 * KIB,
            uptime_s=1234.56,
            received_bytes=10,
            sent_bytes=20,
        ),
    )


def test_the_processors_are_told_of_over_the_time_since_the_last_reading(
    kernel: Kernel, clock: ManualClock, tmp_path: Path
) -> None:
    host = make_host(kernel, clock, tmp_path)
    told = []
    for busy, idle, seconds in ((1100, 1300, 5.0), (1100, 1400, 5.0), (1200, 1400, 5.0), (1300, 1500, 0.2)):
        kernel.processors(busy=busy, idle=idle)
        clock.advance(seconds)
        told.append(host.status("").host.cpu_percent)

    assert told == [25.0, 0.0, 100.0, 100.0]  # the last one came too soon to say anything new


def test_network_is_what_hardware_carries_and_not_what_is_carried_in_it(
    kernel: Kernel, clock: ManualClock, tmp_path: Path
) -> None:
    kernel.network(eth0=(10, 20), eth1=(1, 2), bond0=(11, 22), tailscale0=(5, 5))
    without = make_host(kernel, clock, tmp_path).status("").host
    kernel.hardware("eth0")
    kernel.hardware("eth1")
    with_hardware = make_host(kernel, clock, tmp_path).status("").host

    assert (with_hardware.received_bytes, with_hardware.sent_bytes) == (11, 22)
    assert (without.received_bytes, without.sent_bytes) == (27, 49)


def test_what_was_received_and_sent_never_falls_whichever_interfaces_come_and_go(
    kernel: Kernel, clock: ManualClock, tmp_path: Path
) -> None:
    host = make_host(kernel, clock, tmp_path)
    told = []
    for counted in (
        {"eth0": (100, 10), "wg0": (1000, 500)},
        {"eth0": (101, 12)},  # a tunnel is gone
        {"eth0": (103, 12), "wg0": (1000, 500)},  # another one, or it again, has counted all that elsewhere
        {"eth0": (104, 12), "wg0": (1005, 501)},
        {"eth0": (2, 1), "wg0": (1005, 501)},  # a driver that was loaded again
        {},
        {"eth0": (2, 1)},
    ):
        kernel.network(**counted)
        usage = host.status("").host
        told.append((usage.received_bytes, usage.sent_bytes))

    assert told == [(1100, 510), (1101, 512), (1103, 512), (1109, 513), (1111, 514), (1111, 514), (1111, 514)]


def test_what_docker_uses_is_told_once_it_was_asked(kernel: Kernel, clock: ManualClock, tmp_path: Path) -> None:
    host = make_host(kernel, clock, tmp_path)
    assert host.status("").host.docker is None
    host.docker = DockerUsage(images_bytes=5)
    assert host.status("").host.docker == DockerUsage(images_bytes=5)


def test_this_host_is_read_as_it_is(tmp_path: Path) -> None:
    told = Host(Filesystems(tmp_path), SystemClock()).status("").host

    assert told.memory_bytes == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < told.memory_available_bytes <= told.memory_bytes
    assert told.filesystems
