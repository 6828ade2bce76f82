"""Each fault of a node does what it says, seen from outside: through sockets, ports and the kernel."""

import socket
import subprocess

import pytest

from tests.e2e.lifetime import Run, running
from tests.e2e.testbed import mounts
from tests.e2e.testbed.daemon import TestbedFailed, wait_until
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.process import is_alive
from tests.e2e.testbed.testbed import Testbed

pytestmark = pytest.mark.engine

PORT = 18080
PUBLISHED = f"--publish={PORT}:80"


def test_a_crashed_engine_leaves_its_containers_and_ports_at_work(engine_a: Engine, run: Run) -> None:
    container = run(engine_a, "web", PUBLISHED, "--restart=always")
    pid = int(engine_a.inspect(container, "{{.State.Pid}}"))
    assert engine_a.page(PORT) == (200, "fixture:1")
    engine_a.kill()
    assert engine_a.state() == "down"
    assert not engine_a.answers()
    assert is_alive(pid)
    assert engine_a.page(PORT) == (200, "fixture:1")
    engine_a.start()
    wait_until(lambda: engine_a.inspect(container, "{{.State.Status}}") == "running", timeout=60)


def test_a_power_loss_ends_everything_on_the_node_and_nothing_on_another(
    engine_a: Engine, engine_b: Engine, run: Run
) -> None:
    always, never = run(engine_a, "web", PUBLISHED, "--restart=always"), run(engine_a, "sleep")
    beside = run(engine_b, "sleep")
    pids = [int(engine_a.inspect(container, "{{.State.Pid}}")) for container in (always, never)]
    with running(engine_a.command("sleep", "1000")) as agent:
        engine_a.power_loss()
        assert agent.wait(timeout=60) == -9
    assert engine_a.state() == "down"
    assert [is_alive(pid) for pid in pids] == [False, False]
    assert engine_a.get(PORT) is None
    assert mounts.below(engine_a.data) == []
    assert engine_b.inspect(beside, "{{.State.Status}}") == "running"
    engine_a.start()
    states = [engine_a.inspect(container, "{{.State.Status}}") for container in (always, never)]
    assert states == ["running", "exited"]
    assert engine_a.page(PORT) == (200, "fixture:1")


def test_a_stopped_engine_ends_its_containers_and_starts_those_that_nobody_stopped(engine_a: Engine, run: Run) -> None:
    container = run(engine_a, "sleep", "--restart=unless-stopped")
    pid = int(engine_a.inspect(container, "{{.State.Pid}}"))
    engine_a.stop()
    assert (engine_a.state(), is_alive(pid)) == ("down", False)
    engine_a.start()
    assert (engine_a.state(), engine_a.inspect(container, "{{.State.Status}}")) == ("up", "running")


def test_a_hanging_engine_accepts_connections_and_never_answers(engine_a: Engine, run: Run) -> None:
    run(engine_a, "web", PUBLISHED)
    assert engine_a.page(PORT) == (200, "fixture:1")
    engine_a.hang()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(engine_a.socket))
        client.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.recv(1)
    assert engine_a.state() == "hung"
    assert engine_a.page(PORT) == (200, "fixture:1")
    engine_a.resume()
    wait_until(engine_a.answers, timeout=60)


def test_starting_a_hanging_engine_is_refused(engine_a: Engine) -> None:
    engine_a.hang()
    with pytest.raises(TestbedFailed, match="node 1 hangs"):
        engine_a.start()


def test_a_cut_cable_stalls_tcp_and_loses_nothing_when_it_heals(testbed: Testbed, engine_a: Engine) -> None:
    with socket.create_server((testbed.place.host, 0)) as server:
        server.settimeout(60)
        command = engine_a.command("busybox", "nc", testbed.place.host, str(server.getsockname()[1]))
        with running(command, stdin=subprocess.PIPE) as agent:
            assert agent.stdin is not None
            connection, peer = server.accept()
            with connection:
                assert peer[0] == engine_a.address
                engine_a.cut()
                agent.stdin.write(b"said while it was cut")
                connection.settimeout(0.6)
                with pytest.raises(TimeoutError):
                    connection.recv(100)
                assert engine_a.answers()
                engine_a.heal()
                connection.settimeout(10)
                assert connection.recv(100) == b"said while it was cut"


def test_whatever_happened_restoring_brings_the_engine_back(testbed: Testbed, engine_c: Engine, run: Run) -> None:
    def crash() -> None:
        engine_c.hang()
        engine_c.kill()

    for fault in (engine_c.cut, engine_c.hang, engine_c.kill, engine_c.power_loss, engine_c.stop, crash):
        fault()
        engine_c.restore()
        wait_until(lambda: engine_c.inspect(run(engine_c, "sleep"), "{{.State.Status}}") == "running", timeout=60)
        with socket.create_connection((testbed.place.host, 5000), timeout=5):
            pass
        reached = subprocess.run(engine_c.command("busybox", "nc", testbed.place.host, "5000"), input=b"", check=False)
        assert reached.returncode == 0
