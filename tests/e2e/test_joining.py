"""A host becomes a node with one string, over real TLS, and stays one without any secret of a person's."""

import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from composia.clock import SystemClock
from composia.core.join import fingerprint, name_of_host, read_join_string
from composia.core.token import Token
from composia.server.certificates import CertificateFiles, ensure_certificates
from tests.e2e.fleet import Fleet, wait_until
from tests.e2e.joining import (
    credentials,
    in_between,
    join_string,
    membership,
    run_agent,
    start_host,
    stopped,
    wait_online,
)


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """A server alone."""
    fleet = Fleet(directory=tmp_path)
    fleet.commit()
    try:
        fleet.start_server()
        yield fleet
    finally:
        fleet.end()


@pytest.fixture
def other(tmp_path: Path) -> CertificateFiles:
    """A CA and certificate of somebody else, for the address that the server has."""
    return ensure_certificates(tmp_path / "other", ("127.0.0.1",), SystemClock())


def test_one_string_is_all_that_a_host_needs_and_after_that_it_needs_none(fleet: Fleet, tmp_path: Path) -> None:
    file = tmp_path / "join"
    file.write_text(join_string(fleet))
    start_host(fleet, "a", "--join-file", str(file))
    node = name_of_host(socket.gethostname())
    wait_online(fleet, node)
    stopped(fleet, "a")
    file.unlink()

    start_host(fleet, "a", "--join-file", str(file))
    wait_online(fleet, node)
    stopped(fleet, "a")
    start_host(fleet, "a")
    wait_online(fleet, node)

    (token,) = [t for t in fleet.ask("token", "list")["tokens"] if t["role"] == "node"]
    assert (token["node"], token["uses"]) == (node, None)
    assert token["expires"] > token["created"]
    secret = membership(fleet.agent_data("a"))["token"].split("_", 2)[2].encode()
    kept = [path for path in fleet.server_data.rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert kept == []


def test_the_doctor_of_a_host_says_whether_its_server_is_reached_and_takes_its_credential(
    fleet: Fleet, tmp_path: Path
) -> None:
    config = tmp_path / "agent.yaml"
    config.write_text("executor: {provider: simulated}\n")
    asked = ("doctor", "--agent", "--config", str(config), "--data", str(fleet.agent_data("a")))
    start_host(fleet, "a", "--join", join_string(fleet, "--node", "a"))
    wait_online(fleet, "a")
    (well,) = [check for check in fleet.ask(*asked)["this host"] if check["name"] == "server"]
    assert (well["result"], well["text"]) == ("ok", f"{fleet.url} is reached and takes this node's credential")
    assert fleet.node("a")["state"] == "online"

    stopped(fleet, "a")
    for credential in credentials(fleet, "a"):
        fleet.cli("token", "revoke", credential)
    (refused,) = [check for check in fleet.ask(*asked, code=1)["this host"] if check["name"] == "server"]
    assert refused["result"] == "error"
    assert "is reached, but refuses this node's credential: this token was revoked" in refused["text"]
    assert "composia node join-token --node a" in refused["hint"]


def test_the_string_may_come_over_standard_input_and_name_the_node(fleet: Fleet, tmp_path: Path) -> None:
    made = fleet.ask("node", "join-token", "--node", "web-1", "--ttl", "5m")
    assert (made["role"], made["node"], made["uses"]) == ("joiner", "web-1", 1)
    (tmp_path / "join").write_text(f"{made['join']}\n")
    fleet.program = ("sh", "-c", f'exec "$@" <{tmp_path}/join', "sh", *fleet.command)
    start_host(fleet, "a", "--join", "-")
    wait_online(fleet, "web-1")


def test_a_join_token_that_has_ended_is_refused_in_one_clear_error_each(fleet: Fleet) -> None:
    used_up = join_string(fleet, "--node", "a")
    start_host(fleet, "a", "--join", used_up)
    wait_online(fleet, "a")
    revoked = fleet.ask("node", "join-token")
    fleet.cli("token", "revoke", revoked["id"])
    expired = join_string(fleet, "--ttl", "1ms")
    unknown = str(replace(read_join_string(used_up), secret=str(Token(id="0" * 12, secret="s" * 43))))

    said = {}
    for name, join in (("used up", used_up), ("revoked", revoked["join"]), ("expired", expired), ("none", unknown)):
        done = run_agent(fleet, f"late-{name[:2]}", "--join", join)
        assert (done.returncode, done.stdout) == (1, "")
        said[name] = [line for line in done.stderr.splitlines() if line.startswith(("composia:", "  hint:"))]

    hint = "  hint: composia node join-token"
    assert said == {
        "used up": ["composia: this join token is used up", f"{hint} --node a"],
        "revoked": ["composia: this token was revoked", hint],
        "expired": ["composia: this join token has expired", hint],
        "none": ["composia: this token is not known or was revoked", "  hint: composia token create"],
    }
    assert [node["name"] for node in fleet.ask("node", "list")["nodes"]] == ["a"]


def test_what_is_no_join_string_or_not_all_of_it_is_said_before_anything_is_done(fleet: Fleet) -> None:
    done = run_agent(fleet, "a", "--join", join_string(fleet)[:-3])

    assert done.returncode == 2
    assert "composia: this is no join string, or not all of it" in done.stderr
    assert not fleet.agent_data("a").exists()


def test_a_name_that_is_taken_goes_only_with_a_string_that_is_bound_to_it(fleet: Fleet) -> None:
    start_host(fleet, "a", "--join", join_string(fleet, "--node", "a"))
    wait_online(fleet, "a")
    stopped(fleet, "a")

    done = run_agent(fleet, "b", "--join", join_string(fleet), "--node", "a")
    assert done.returncode == 5
    assert "composia: node a: there is a node a already" in done.stderr
    assert "composia node join-token --node a" in done.stderr
    start_host(fleet, "b", "--join", join_string(fleet, "--node", "a"))
    wait_online(fleet, "a")
    assert credentials(fleet, "a") == [_id(membership(fleet.agent_data("b"))["token"])]


def test_who_answers_with_another_ca_is_sent_nothing(fleet: Fleet, other: CertificateFiles) -> None:
    join = read_join_string(join_string(fleet))
    with in_between(other, other.ca.read_bytes()) as somebody:
        done = run_agent(fleet, "a", "--join", str(replace(join, url=somebody.url)))

    assert done.returncode == 1
    assert f"composia: the CA of {somebody.url} is not the one of this join string" in done.stderr
    assert somebody.heard.splitlines()[0] == b"GET /ca.pem HTTP/1.0"
    assert join.secret.encode() not in somebody.heard
    assert not (fleet.agent_data("a") / "membership.json").exists()


def test_who_answers_with_the_right_ca_but_has_no_certificate_of_it_is_sent_nothing(
    fleet: Fleet, other: CertificateFiles
) -> None:
    join = read_join_string(join_string(fleet, "--node", "a"))
    with in_between(other, (fleet.server_data / "ca.pem").read_bytes()) as somebody:
        start_host(fleet, "a", "--join", str(replace(join, url=somebody.url)))
        wait_until(lambda: "cannot join yet" in fleet.log("agent-a"), "it cannot join")
        stopped(fleet, "a")

    assert "the server's certificate is not from the CA that is trusted here" in fleet.log("agent-a")
    assert join.secret.encode() not in somebody.heard
    start_host(fleet, "a", "--join", str(join))
    wait_online(fleet, "a")


def test_a_data_directory_that_has_joined_one_server_joins_no_other(fleet: Fleet, tmp_path: Path) -> None:
    start_host(fleet, "a", "--join", join_string(fleet, "--node", "a"))
    wait_online(fleet, "a")
    stopped(fleet, "a")
    (tmp_path / "second").mkdir()
    second = Fleet(directory=tmp_path / "second")
    second.commit()
    try:
        second.start_server()
        done = run_agent(fleet, "a", "--join", join_string(second, "--node", "a"))
    finally:
        second.end()

    assert done.returncode == 5
    assert f"this data directory belongs to a node of {fleet.url}, the join string is of {second.url}" in done.stderr
    start_host(fleet, "a")
    wait_online(fleet, "a")


def test_a_server_that_others_reach_has_to_know_by_which_name(fleet: Fleet) -> None:
    fleet.kill("server", signal.SIGTERM)
    port = fleet.url.rpartition(":")[2]
    fleet.url = f"https://0.0.0.0:{port}"
    fleet.start_server()
    done = fleet.run("node", "join-token")
    assert done.returncode == 1
    assert "composia: nobody has said how agents reach this server" in done.stderr
    assert "--public-url https://NAME:PORT" in done.stderr
    fleet.kill("server", signal.SIGTERM)

    fleet.url = f"https://0.0.0.0:{port}"
    fleet.start_server("--public-url", f"https://127.0.0.1:{port}", "--public-url", "https://b.test")
    assert read_join_string(join_string(fleet)).url == f"https://127.0.0.1:{port}"
    start_host(fleet, "a", "--join", join_string(fleet, "--node", "a"))
    wait_online(fleet, "a")


@pytest.mark.parametrize("named", [True, False])
def test_with_a_certificate_of_another_ca_agents_are_told_of_that_ca_or_ask_their_hosts(
    tmp_path: Path, other: CertificateFiles, named: bool
) -> None:
    fleet = Fleet(directory=tmp_path)
    fleet.commit()
    fleet.server_data.mkdir()
    (fleet.server_data / "ca.pem").write_bytes(other.ca.read_bytes())  # for the command line
    tls = ("--tls", "files", "--tls-certificate", str(other.certificate), "--tls-key", str(other.key))
    try:
        fleet.start_server(*tls, *(("--tls-ca", str(other.ca)) if named else ()))
        join = join_string(fleet, "--node", "a")
        start_host(fleet, "a", "--join", join)
        if named:
            wait_online(fleet, "a")
        else:  # and they do not know it
            wait_until(lambda: "cannot join yet" in fleet.log("agent-a"), "it cannot join")
    finally:
        fleet.end()

    assert read_join_string(join).ca_sha256 == (fingerprint(other.ca.read_bytes()) if named else "")


def test_a_credential_is_renewed_in_time_and_one_that_has_expired_lets_nobody_in(tmp_path: Path) -> None:
    config = tmp_path / "server.yaml"
    config.write_text(f"node_credential_days: {24 / 86_400}\nheartbeat_s: 0.5\nlease_s: 5\n")
    fleet = Fleet(directory=tmp_path)
    fleet.commit()
    try:
        fleet.start_server("--config", str(config))
        start_host(fleet, "a", "--join", join_string(fleet, "--node", "a"))
        data = fleet.agent_data("a")
        first = wait_until(lambda: membership(data).get("token"), "it has joined")
        second = wait_until(lambda: _other(data, first), "it has renewed its credential")
        wait_until(lambda: _other(data, second), "it has renewed it once more")
        # whichever it has by then
        wait_until(lambda: credentials(fleet, "a") == [_id(membership(data)["token"])], "the old ones are ended")
        wait_online(fleet, "a")

        fleet.kill("agent-a")
        wait_until(lambda: credentials(fleet, "a") == [], "the last one has expired")
        start_host(fleet, "a")
        wait_until(lambda: "this token has expired" in fleet.log("agent-a"), "it is refused")
        stopped(fleet, "a")
        start_host(fleet, "a", "--join", join_string(fleet, "--node", "a"))
        wait_online(fleet, "a")
        assert "cannot join anew" not in fleet.log("agent-a")
    finally:
        fleet.end()


def _id(token: str) -> str:
    """The id in a token."""
    return token.split("_")[1]


def _other(data: Path, token: str) -> str:
    """The agent's token, once it is another one."""
    present = str(membership(data).get("token", ""))
    return "" if present == token else present


def test_a_stream_ends_when_its_credential_expires(tmp_path: Path) -> None:
    config = tmp_path / "server.yaml"
    config.write_text(f"node_credential_days: {12 / 86_400}\nheartbeat_s: 0.5\nlease_s: 5\n")
    fleet = Fleet(directory=tmp_path)
    fleet.commit()
    try:
        fleet.start_server("--config", str(config))
        start_host(fleet, "a", "--join", join_string(fleet, "--node", "a"))
        wait_until(lambda: "connected version" in fleet.log("agent-a"), "it is connected")
        data = fleet.agent_data("a")
        (data / ".membership.json.new").mkdir()  # what it renews cannot be kept
        wait_until(lambda: "cannot renew the credential" in fleet.log("agent-a"), "it cannot renew")
        wait_until(lambda: 'reason="the token has expired"' in fleet.log("agent-a"), "the stream ends")
        wait_until(lambda: fleet.node("a")["state"] != "online", "the node is away")
    finally:
        fleet.end()
