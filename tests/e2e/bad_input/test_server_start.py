"""Servers and agents that cannot start: each says why in one error, ends, and leaves what was there as it was."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.fleet import Fleet, wait_until

Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A server that runs."""
    fleet = Fleet(directory=tmp_path_factory.mktemp("start"))
    fleet.write("web", "services: {main: {image: busybox}}\n", "a")
    fleet.commit()
    try:
        fleet.start_server()
        yield fleet
    finally:
        for name in list(fleet.processes):
            fleet.kill(name)


def server(fleet: Fleet, data: Path, *options: str) -> Done:
    """A server that must not start."""
    listen = () if "--listen" in options else ("--listen", "127.0.0.1:0")
    return fleet.run("server", "--data", str(data), "--repo", str(fleet.repo), *listen, *options, timeout=60)


def agent(fleet: Fleet, data: Path, *options: str) -> Done:
    """An agent that must not start. Of options that are given twice the last one counts."""
    return fleet.run(*agent_command(fleet, data, *options), timeout=60)


def agent_command(fleet: Fleet, data: Path, *options: str) -> tuple[str, ...]:
    token = fleet.directory / "a.token"
    if not token.exists():
        token.write_text(fleet.cli("token", "create", "--role", "node", "--node", "a", "-q"))
    return (
        *("agent", "--server", fleet.url, "--node", "a", "--data", str(data), "--executor", "simulated"),
        *("--token-file", str(token), "--ca-file", str(fleet.server_data / "ca.pem"), *options),
    )


def assert_refused(done: Done, code: int, error: str, hint: str) -> None:
    """It ended with that code, and its last lines are that error and, as far as given, that hint."""
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    *_, last, help_ = ["", *done.stderr.splitlines()]
    assert (done.returncode, last) == (code, f"composia: {error}")
    assert help_.startswith(f"  hint: {hint}")


def test_a_second_server_on_the_data_directory(fleet: Fleet) -> None:
    done = server(fleet, fleet.server_data)

    assert_refused(done, 5, f"{fleet.server_data}: another server uses this data directory", "stop that server")
    assert fleet.ask("status")["services"][0]["name"] == "web"


def test_a_port_that_is_taken(fleet: Fleet, tmp_path: Path) -> None:
    listen = fleet.url.rpartition("//")[2]

    done = server(fleet, tmp_path / "data", "--listen", listen)

    assert_refused(done, 1, f"listen {listen}: the port is taken", "another server runs, or choose another port")


@pytest.mark.parametrize(
    ("options", "code", "error", "hint"),
    [
        (("--listen", "127.0.0.1"), 2, "listen 127.0.0.1: not an address to listen on", "HOST:PORT"),
        (("--listen", "192.0.2.1:1"), 1, "listen 192.0.2.1:1: cannot listen: cannot assign requested address", "an address of"),
        (("--listen", "0.0.0.0:0", "--tls", "off"), 1, "listen 0.0.0.0:0: without TLS a server answers only on loopback", "set"),
        (("--tls", "files"), 2, "with tls: files the server needs a certificate and its key", "--tls-certificate FILE"),
        (("--tls", "files", "--tls-certificate", "/gone", "--tls-key", "/gone"), 2, "/gone: no such file", "--tls-certificate"),
        (("--public-url", "foo"), 2, "public URL foo: this is no URL that leads to a server", "https://NAME:PORT"),
        (("--public-url", "https://a b"), 2, "public URL https://a b: this is no URL that leads to a server", "https://NAME"),
        (("--data", "/dev/null"), 2, "/dev/null: this is no directory", "--data DIR"),
        (("--data", "/proc/x/y"), 1, "/proc/x/y: the data directory cannot be used: no such file or directory", None),
    ],
)  # fmt: skip
def test_what_a_server_is_told_and_cannot_be(
    fleet: Fleet, tmp_path: Path, options: tuple[str, ...], code: int, error: str, hint: str | None
) -> None:
    done = server(fleet, tmp_path / "data", *options)

    if hint is None:
        assert (done.returncode, done.stderr.splitlines()[-1]) == (code, f"composia: {error}")
    else:
        assert_refused(done, code, error, hint)


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can leave its rights")
def test_a_port_that_only_root_may_take(fleet: Fleet, tmp_path: Path) -> None:
    """As root without the right to take such a port, since others cannot read the tests."""
    command = ["setpriv", "--bounding-set", "-net_bind_service", *fleet.command]
    options = ("server", "--data", str(tmp_path / "data"), "--repo", str(fleet.repo), "--listen", "127.0.0.1:81")
    start = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if not shutil.which("setpriv") or int(start.read_text()) <= 81:
        pytest.skip("anybody may take any port here")

    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60, check=False)

    assert_refused(done, 1, "listen 127.0.0.1:81: cannot listen: permission denied", "ports below 1024 are for root")


@pytest.mark.parametrize("spoilt", ["certificate", "key"])
def test_a_certificate_that_does_not_fit_its_key(fleet: Fleet, tmp_path: Path, spoilt: str) -> None:
    given = {"certificate": fleet.server_data / "tls" / "server.pem", "key": fleet.server_data / "tls" / "server.key"}
    given[spoilt] = fleet.server_data / "admin.token"
    options = ("--tls", "files", "--tls-certificate", str(given["certificate"]), "--tls-key", str(given["key"]))

    done = server(fleet, tmp_path / "data", *options)

    where = f"{given['certificate']}, {given['key']}"
    assert_refused(done, 2, f"{where}: certificate and key cannot be used: they are not PEM", "a chain and its key")


@pytest.mark.parametrize("kind", ["server", "agent"])
def test_the_data_of_a_newer_version(fleet: Fleet, tmp_path: Path, kind: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "format").write_text("99\n")

    done = server(fleet, data) if kind == "server" else agent(fleet, data)

    error = f"{data}: the data was written by a newer Composia (format 99, this one knows up to 1)"
    assert_refused(done, 1, error, "use that version or a newer one")
    assert (data / "format").read_text() == "99\n"


def test_a_queue_of_a_newer_version(fleet: Fleet, tmp_path: Path) -> None:
    import apsw  # noqa: PLC0415

    (tmp_path / "data" / "sqlite").mkdir(parents=True)
    file = tmp_path / "data" / "sqlite" / "work.db"
    db = apsw.Connection(str(file))
    db.pragma("user_version", 999)
    db.close()

    done = server(fleet, tmp_path / "data")

    assert done.stderr.startswith(f"composia: {file}: the data was written by a newer Composia (schema 999, this one ")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "  hint: use that version or a newer one")


def test_a_plugin_that_does_not_load_ends_a_server_that_needs_it_and_no_other(fleet: Fleet, tmp_path: Path) -> None:
    plugins = tmp_path / "data" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "mine.py").write_text("raise RuntimeError('no such luck')\n")
    config = tmp_path / "server.yaml"
    config.write_text("scheduler: {provider: mine}\n")

    done = server(fleet, tmp_path / "data", "--config", str(config))

    *logged, error, hint = done.stderr.splitlines()
    assert (done.returncode, error) == (1, "composia: scheduler: no scheduler named mine")
    assert hint == f"  hint: known: fair; not loaded: mine (RuntimeError: no such luck ({plugins / 'mine.py'}:1))"
    assert ["plugin not loaded" in line for line in logged] == [True]


@pytest.mark.parametrize(
    ("options", "code", "error", "hint"),
    [
        (("--server", "foo"), 2, "foo: not the address of a server", "https://HOST:PORT"),
        (("--server", "http://192.0.2.1:1"), 2, "http://192.0.2.1:1: without TLS only a server on this machine", "https://"),
        (("--token-file", "{empty}"), 2, "{empty}: the file for --token-file is empty", ""),
        (("--token-file", "/gone"), 1, "/gone: no such file for --token-file", ""),
        (("--token-file", "/dev"), 2, "/dev: the file for --token-file cannot be read: is a directory", "a directory lies"),
        (("--token-file", "{junk}"), 2, "{junk}: the file for --token-file is no text", ""),
        (("--ca-file", "{token}"), 2, "{url}: the CA to trust is not a PEM certificate", "give the file ca.pem"),
        (("--node", "Node A"), 2, "'Node A' is no name for a node", "lower case letters"),
        (("--node", "a" * 64), 2, f"{'a' * 64}: a node's name of 64 characters is too long", "63 at most"),
        (("--data", "/dev/null"), 1, "/dev/null/simulated: not a directory", "something else lies"),
        (("--executor", "dcoker"), 1, "executor: no executor named dcoker", "known: compose, simulated"),
    ],
)  # fmt: skip
def test_what_an_agent_is_told_and_cannot_be(
    fleet: Fleet, tmp_path: Path, options: tuple[str, ...], code: int, error: str, hint: str
) -> None:
    files = {"empty": tmp_path / "empty", "junk": tmp_path / "junk", "token": fleet.directory / "a.token"}
    files["empty"].touch()
    files["junk"].write_bytes(b"\xff\x00")
    said = {key: str(file) for key, file in files.items()} | {"url": fleet.url}

    done = agent(fleet, tmp_path / "data", *(option.format(**said) for option in options))

    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    first, *rest = done.stderr.splitlines()
    assert (done.returncode, first[: len(f"composia: {error.format(**said)}")]) == (
        code,
        f"composia: {error.format(**said)}",
    )
    assert [line[: len(f"  hint: {hint}")] for line in rest] == ([f"  hint: {hint}"] if hint else [])


def test_agents_that_the_server_refuses_say_why_and_go_on_trying(fleet: Fleet, tmp_path: Path) -> None:
    """A token that is not known, one that was revoked, another CA, another node's token; then two agents on one data
    directory, and a second agent under the name of a live one."""
    revoked = tmp_path / "revoked"
    revoked.write_text(fleet.cli("token", "create", "--role", "node", "--node", "b", "-q"))
    fleet.cli("token", "revoke", json.loads(fleet.cli("token", "list", "-o", "json"))["tokens"][-1]["id"])
    unknown = tmp_path / "unknown"
    unknown.write_text(f"cps_{'0' * 12}_{'a' * 43}\n")
    other_ca = tmp_path / "other.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", "/CN=x", "-keyout", os.devnull, "-out", str(other_ca)),
        ],
        check=True,
        capture_output=True,
    )
    started = {
        "unknown": ("--token-file", str(unknown)),
        "revoked": ("--token-file", str(revoked), "--node", "b"),
        "stranger": ("--ca-file", str(other_ca)),
        "other": ("--node", "b"),
    }
    for name, options in started.items():
        fleet.start(name, *agent_command(fleet, tmp_path / f"data-{name}", *options))
    fleet.start("first", *agent_command(fleet, tmp_path / "data-first"))
    wait_until(lambda: fleet.node("a")["state"] == "online", "the first agent is connected")
    fleet.start("second", *agent_command(fleet, tmp_path / "data-second"))

    said = {
        "unknown": "this token is not known or was revoked",
        "revoked": "this token was revoked",
        "stranger": "the server's certificate is not from the CA that is trusted here",
        "other": "this token is for node a",
        "second": "another agent is connected as a",
    }
    for name, words in said.items():
        wait_until(lambda n=name, w=words: w in fleet.log(n), f"{name} says: {words}")  # type: ignore[misc]
        assert fleet.processes[name].poll() is None
        assert "Traceback" not in fleet.log(name)
    both = agent(fleet, tmp_path / "data-first")
    assert_refused(
        both, 1, f"{tmp_path / 'data-first'}: another agent runs on this data directory", "stop it, or give this one"
    )
    assert fleet.node("a")["state"] == "online"
    assert [node["name"] for node in fleet.ask("node", "list")["nodes"]] == ["a"]
    for name in (*started, "first", "second"):
        fleet.kill(name)
