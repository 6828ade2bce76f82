"""Each verb of the test bed does what it says, seen from outside: through sockets, ports and the kernel."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.testbed import cgroup, claim, mounts, network
from tests.e2e.testbed.daemon import TestbedFailed, argv, is_alive, wait_until
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.place import Place
from tests.e2e.testbed.registry import Registry
from tests.e2e.testbed.testbed import Testbed, remove_abandoned

pytestmark = pytest.mark.engine

PORT = 18080
Run = Callable[..., str]


@pytest.fixture
def run(registry: Registry, owned: Callable[[Engine, str], str]) -> Run:
    """Starts a container of the fixture image in a mode; it is removed at the end."""

    def start(engine: Engine, mode: str, *options: str) -> str:
        project = owned(engine, "testbed")
        label = f"--label=com.docker.compose.project={project}"
        return engine.docker("run", "--detach", label, *options, registry.name("fixture:1"), "/bin/fixture", mode)

    return start


@pytest.fixture
def other(testbed: Testbed) -> Iterator[Testbed]:
    """A second test bed beside the first one, with a registry and no engine yet."""
    other = Testbed.up(f"other-{os.getpid()}", engines=0, user=claim.own_user())
    yield other
    other.down()


@contextmanager
def running(command: list[str], *, stdin: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block, however the block ends."""
    with subprocess.Popen(command, stdin=stdin, bufsize=0) as process:
        try:
            yield process
        finally:
            process.kill()


def published() -> str:
    """The option that publishes a container's page."""
    return f"--publish={PORT}:80"


def get(engine: Engine, path: str = "/") -> tuple[int, str] | None:
    """One try to get a page from the published port, over the network; None when nobody answers."""
    connection = http.client.HTTPConnection(engine.address, PORT, timeout=1)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode().strip()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def page(engine: Engine, path: str = "/") -> tuple[int, str] | None:
    """The page, as soon as somebody answers."""
    wait_until(lambda: get(engine) is not None, timeout=10)
    return get(engine, path)


def field(engine: Engine, container: str, template: str) -> str:
    """A field of a container."""
    return engine.docker("inspect", "--format", template, container)


def status(engine: Engine, container: str) -> str:
    """The state of a container."""
    return field(engine, container, "{{.State.Status}}")


def wait_for_exit(engine: Engine, container: str) -> str:
    """The exit code of a container that ends by itself."""
    return engine.docker("wait", container)


def traces(place: Place) -> list[tuple[str, str]]:
    """What the kernel and the disk know of a test bed, each with its kind; empty when it has never been."""
    groups = [root / place.cgroup.lstrip("/") for root in cgroup.roots()]
    processes = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [
        *(("namespace", name) for name in network.namespaces() if name.startswith(f"composia-{place.name}-")),
        *(("link", path.name) for path in Path("/sys/class/net").glob(place.host_link)),
        *(("mount", point) for point in (*mounts.below(place.run), *mounts.below(place.data))),
        *(("cgroup", str(group)) for group in groups if group.exists()),
        *(("process", str(pid)) for pid in processes if f"/{place.name}/".encode() in argv(pid) and is_alive(pid)),
        *(("file", str(path)) for path in (place.run, place.data, claim.lock_of(place.name)) if path.exists()),
    ]


# Engines


def test_engines_have_containers_and_ports_of_their_own(engine_a: Engine, engine_b: Engine, run: Run) -> None:
    on_a = run(engine_a, "web", published())
    on_b = run(engine_b, "unhealthy", published())
    assert engine_a.docker("ps", "--quiet", "--no-trunc") == on_a
    assert engine_b.docker("ps", "--quiet", "--no-trunc") == on_b
    assert page(engine_a, "/healthz") == (200, "ok")
    answer = page(engine_b, "/healthz")
    assert answer is not None
    assert answer[0] == 404


def test_a_third_engine_comes_up_on_demand(engine_c: Engine) -> None:
    assert engine_c.state() == "up"
    assert engine_c.docker("info", "--format", "{{.DockerRootDir}}") == str(engine_c.data / "docker")


def test_bringing_up_what_is_up_changes_nothing(testbed: Testbed, engine_a: Engine, run: Run) -> None:
    container = run(engine_a, "web", published())
    before = page(engine_a), field(engine_a, container, "{{.State.Pid}}"), testbed.describe()
    again = Testbed.up(testbed.place.name, engines=2, user=claim.own_user())
    assert (page(engine_a), field(engine_a, container, "{{.State.Pid}}"), again.describe()) == before


def test_more_projects_find_a_network_than_dockers_own_pools_hold(
    engine_b: Engine, owned: Callable[[Engine, str], str]
) -> None:
    label = f"--label=com.docker.compose.project={owned(engine_b, 'many')}"
    for number in range(35):
        engine_b.docker("network", "create", label, f"many-{number}")
    assert len(engine_b.docker("network", "ls", "--quiet", "--filter=name=many-").split()) == 35


def test_removing_a_project_removes_its_containers_networks_and_volumes_and_no_others(
    engine_a: Engine, registry: Registry, owned: Callable[[Engine, str], str]
) -> None:
    for project in ("mine", "theirs"):
        owned(engine_a, project)
        label = f"--label=com.docker.compose.project={project}"
        engine_a.docker("network", "create", label, project)
        engine_a.docker("volume", "create", label, project)
        use = (f"--name={project}", f"--network={project}", f"--volume={project}:/data")
        engine_a.docker("run", "--detach", label, *use, registry.name("fixture:1"), "/bin/fixture", "sleep")
    engine_a.remove_project("mine")
    assert engine_a.docker("ps", "--all", "--format={{.Names}}", "--filter=name=mine|theirs") == "theirs"
    assert engine_a.docker("network", "ls", "--format={{.Name}}", "--filter=name=mine|theirs") == "theirs"
    assert engine_a.docker("volume", "ls", "--format={{.Name}}", "--filter=name=mine|theirs") == "theirs"


def test_a_command_runs_in_the_nodes_network_with_its_engine(engine_b: Engine) -> None:
    command = engine_b.command("sh", "-c", 'ip -4 -o address show eth0; echo "$DOCKER_HOST"')
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"inet {engine_b.address}/24" in said
    assert said.splitlines()[-1] == engine_b.docker_host


# Faults


def test_a_crashed_engine_leaves_its_containers_and_ports_at_work(engine_a: Engine, run: Run) -> None:
    container = run(engine_a, "web", published(), "--restart=always")
    pid = int(field(engine_a, container, "{{.State.Pid}}"))
    assert page(engine_a) == (200, "fixture:1")
    engine_a.kill()
    assert engine_a.state() == "down"
    assert not engine_a.answers()
    assert is_alive(pid)
    assert get(engine_a) == (200, "fixture:1")
    engine_a.start()
    wait_until(lambda: status(engine_a, container) == "running", timeout=10)


def test_a_power_loss_ends_everything_on_the_node_and_nothing_on_another(
    engine_a: Engine, engine_b: Engine, run: Run
) -> None:
    always, never = run(engine_a, "web", published(), "--restart=always"), run(engine_a, "sleep")
    beside = run(engine_b, "sleep")
    pids = [int(field(engine_a, container, "{{.State.Pid}}")) for container in (always, never)]
    with running(engine_a.command("sleep", "1000")) as agent:
        engine_a.power_loss()
        assert agent.wait(timeout=5) == -9
    assert engine_a.state() == "down"
    assert [is_alive(pid) for pid in pids] == [False, False]
    assert get(engine_a) is None
    assert mounts.below(engine_a.data) == []
    assert status(engine_b, beside) == "running"
    engine_a.start()
    assert (status(engine_a, always), status(engine_a, never)) == ("running", "exited")
    assert page(engine_a) == (200, "fixture:1")


def test_a_stopped_engine_ends_its_containers_and_starts_those_that_nobody_stopped(engine_a: Engine, run: Run) -> None:
    container = run(engine_a, "sleep", "--restart=unless-stopped")
    pid = int(field(engine_a, container, "{{.State.Pid}}"))
    engine_a.stop()
    assert (engine_a.state(), is_alive(pid)) == ("down", False)
    engine_a.start()
    assert (engine_a.state(), status(engine_a, container)) == ("up", "running")


def test_a_hanging_engine_accepts_connections_and_never_answers(engine_a: Engine, run: Run) -> None:
    run(engine_a, "web", published())
    assert page(engine_a) == (200, "fixture:1")
    engine_a.hang()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(engine_a.socket))
        client.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.recv(1)
    assert engine_a.state() == "hung"
    assert get(engine_a) == (200, "fixture:1")
    engine_a.resume()
    assert engine_a.answers()


def test_starting_a_hanging_engine_is_refused(engine_a: Engine) -> None:
    engine_a.hang()
    with pytest.raises(TestbedFailed, match="node 1 hangs"):
        engine_a.start()


def test_a_cut_cable_stalls_tcp_and_loses_nothing_when_it_heals(testbed: Testbed, engine_a: Engine) -> None:
    with socket.create_server((testbed.place.host, 0)) as server:
        server.settimeout(5)
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
        wait_until(lambda: status(engine_c, run(engine_c, "sleep")) == "running", timeout=10)
        with socket.create_connection((testbed.place.host, 5000), timeout=5):
            pass
        reached = subprocess.run(engine_c.command("busybox", "nc", testbed.place.host, "5000"), input=b"", check=False)
        assert reached.returncode == 0


# Images


def test_the_same_text_gives_the_same_digest_and_another_text_moves_the_tag(
    engine_a: Engine, registry: Registry
) -> None:
    first = registry.push("moving:1", "first")
    assert registry.push("moving:1", "first") == first
    second = registry.push("moving:1", "second")
    assert second != first
    engine_a.docker("pull", registry.name("moving:1"))
    digests = engine_a.docker("image", "inspect", "--format={{json .RepoDigests}}", registry.name("moving:1"))
    assert json.loads(digests) == [f"{registry.place.registry}/moving@{second}"]


def test_nodes_know_library_images_by_their_short_names(engine_b: Engine) -> None:
    assert engine_b.docker("run", "--rm", "busybox:1.36", "sh", "-c", "echo $((6 * 7))") == "42"


def test_an_image_that_no_one_has_fails_at_once(engine_b: Engine) -> None:
    with pytest.raises(TestbedFailed, match="network is unreachable"):
        engine_b.docker("pull", "no-such-image:1", timeout=5)


@pytest.mark.parametrize(("mode", "code"), [("crash", "3"), ("oneshot", "0"), ("no-such-mode", "64")])
def test_the_fixture_exits_with_the_code_of_its_mode(engine_a: Engine, run: Run, mode: str, code: str) -> None:
    assert wait_for_exit(engine_a, run(engine_a, mode)) == code


def test_the_fixture_is_killed_for_its_memory(engine_a: Engine, run: Run) -> None:
    container = run(engine_a, "oom", "--memory=16m")
    assert wait_for_exit(engine_a, container) == "137"
    assert field(engine_a, container, "{{.State.OOMKilled}}") == "true"


def test_the_fixture_is_slow_to_serve(engine_a: Engine, run: Run) -> None:
    container = run(engine_a, "slow", published(), "--env=DELAY=1")
    assert status(engine_a, container) == "running"
    assert engine_a.docker("logs", container) == ""
    assert page(engine_a) == (200, "fixture:1")


def test_the_fixture_prints_numbered_lines(engine_a: Engine, run: Run) -> None:
    container = run(engine_a, "spam", "--env=EVERY=0.05")
    wait_until(lambda: engine_a.docker("logs", container).startswith("line 1\nline 2\nline 3"), timeout=10)


def test_the_fixture_ends_at_once_when_it_is_asked(engine_a: Engine, run: Run) -> None:
    containers = [run(engine_a, mode) for mode in ("web", "spam", "sleep", "slow")]
    wait_until(lambda: engine_a.docker("logs", containers[0]) != "", timeout=10)
    engine_a.docker("stop", "--time=30", *containers, timeout=10)
    assert [field(engine_a, container, "{{.State.ExitCode}}") for container in containers] == ["0"] * 4


# Test beds


def test_two_test_beds_meet_nowhere(testbed: Testbed, other: Testbed, engine_a: Engine) -> None:
    other.engine(1).start()
    assert other.place.prefix != testbed.place.prefix
    assert not other.registry.has("moving:only-here")
    testbed.registry.push("moving:only-here")
    assert not other.registry.has("moving:only-here")
    with pytest.raises(TestbedFailed, match=r"no route to host|network is unreachable"):
        other.engine(1).docker("pull", testbed.registry.name("moving:only-here"))
    engine_a.docker("pull", testbed.registry.name("moving:only-here"))


def test_taking_a_test_bed_down_leaves_nothing(other: Testbed) -> None:
    first, second = other.engine(1), other.engine(2)
    for engine in (first, second):
        engine.start()
        image = other.registry.name("fixture:1")
        engine.docker("run", "--detach", "--restart=always", published(), image)
    first.hang()
    second.cut()
    second.kill()
    kinds = {"namespace", "link", "mount", "cgroup", "process", "file"}
    assert {kind for kind, _ in traces(other.place)} == kinds
    other.down()
    assert traces(other.place) == []


def test_a_test_bed_avoids_a_network_that_the_machine_has(testbed: Testbed) -> None:
    place = Place(name="x", number=256 + os.getpid() % 256)
    assert network.is_free(place)
    assert not network.is_free(testbed.place)
    network.ip("route", "add", f"{place.prefix}.128/25", "dev", "lo")
    try:
        assert not network.is_free(place)
    finally:
        network.ip("route", "delete", f"{place.prefix}.128/25", "dev", "lo")
    assert network.is_free(place)


def test_a_stranger_on_the_registrys_address_is_named(other: Testbed) -> None:
    other.registry.stop()
    with socket.create_server((other.place.host, 5000)), pytest.raises(TestbedFailed, match="is taken"):
        other.registry.start()


def test_a_test_bed_ends_with_its_last_user(other: Testbed) -> None:
    with running(["sleep", "1000"]) as process:
        user = claim.process_user(process.pid)
        same = Testbed.up(other.place.name, engines=0, user=user)
        assert same == other
        other.release(claim.own_user())
        assert other.registry.answers()
        same.release(user)
        assert traces(other.place) == []


def test_a_test_bed_whose_users_died_is_removed_by_the_next(testbed: Testbed, other: Testbed) -> None:
    with running(["sleep", "1000"]) as process:
        Testbed.up(other.place.name, engines=0, user=claim.process_user(process.pid))
        other.release(claim.own_user())
        remove_abandoned()
        assert other.registry.answers()
    remove_abandoned()
    assert traces(other.place) == []
    assert testbed.registry.answers()


# The command line


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the test bed's command line."""
    words = [sys.executable, "-m", "tests.e2e.testbed", *arguments]
    root = Path(__file__).parents[2]
    return subprocess.run(words, cwd=root, capture_output=True, text=True, check=False, timeout=60)


def test_the_command_line_says_what_is_there(testbed: Testbed) -> None:
    done = command("--name", testbed.place.name, "env")
    assert json.loads(done.stdout) == testbed.describe()


def test_the_command_line_does_not_take_down_what_tests_use(testbed: Testbed) -> None:
    done = command("--name", testbed.place.name, "down")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{testbed.place.name} is used by the processes {claim.own_user()}" in done.stderr
    assert testbed.registry.answers()


def test_the_command_line_names_the_test_beds_there_are(testbed: Testbed) -> None:
    done = command("--name", "no-such", "env")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no test bed named no-such is up; there is: " in done.stderr
    assert testbed.place.name in done.stderr


def test_the_command_line_reaches_every_verb_of_a_node(testbed: Testbed, engine_c: Engine) -> None:
    def verb(*words: str) -> str:
        done = command("--name", testbed.place.name, "node", "3", *words)
        assert done.returncode == 0, done.stderr
        return engine_c.state()

    states = [verb(word) for word in ("kill", "start", "hang", "resume", "powerloss", "start", "stop", "start")]
    assert states == ["down", "up", "hung", "up", "down", "up", "down", "up"]
    verb("cut")
    assert network.is_cut(testbed.place, 3)
    verb("heal")
    assert not network.is_cut(testbed.place, 3)
    assert command("--name", testbed.place.name, "node", "3", "exec", "sh", "-c", "exit 7").returncode == 7


def test_the_demo_gets_two_engines_and_an_image_that_runs_on_them(testbed: Testbed) -> None:
    demo = json.loads(command("demo-engines").stdout)
    place = claim.find(f"demo-{os.getpid()}")
    assert place is not None
    assert len(demo["engines"]) == 2
    for host in demo["engines"]:
        said = subprocess.run(
            ["docker", "-H", host, "run", "--rm", demo["image"], "echo", "hello"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (said.returncode, said.stdout) == (0, "hello\n")
    subprocess.run(demo["release"], cwd=Path(__file__).parents[2], check=True)
    assert traces(place) == []
