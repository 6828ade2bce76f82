"""Flags of `server` and `agent` win over their configuration files, and nothing else of the file is lost."""

import io
from pathlib import Path
from typing import Any

import click
import pytest

from composia.cli import agent, server
from composia.config import AgentConfig, LocalAgentConfig, LogConfig, ServerConfig, TlsConfig
from composia.core.join import JoinString
from composia.core.token import Token
from composia.errors import Invalid, NotFound


def flags(command: click.Command, *arguments: str) -> dict[str, Any]:
    """The flags as the command gets them."""
    given = command.make_context(command.name, list(arguments)).params
    given.pop("file")
    return given


def test_a_servers_flags_win_over_its_file() -> None:
    config = ServerConfig(
        listen="127.0.0.1:1", sync_interval_s=9, source={"provider": "git", "url": "u", "username": "ada"}
    )
    given = flags(
        server.server,
        *("--data", "/data", "--listen", "127.0.0.1:2", "--repo", "https://git.test/a.git", "--branch", "live"),
        *("--repo-token-file", "/t", "--public-url", "https://a.test", "--public-url", "https://b.test"),
        *("--tls", "files", "--tls-certificate", "/c", "--tls-key", "/k", "--log-format", "json"),
    )

    assert server._merge(config, given) == ServerConfig(
        data="/data",
        listen="127.0.0.1:2",
        public_urls=("https://a.test", "https://b.test"),
        sync_interval_s=9,
        tls=TlsConfig(mode="files", certificate="/c", key="/k"),
        log=LogConfig(format="json"),
        source={
            "provider": "git",
            "url": "https://git.test/a.git",
            "username": "ada",
            "branch": "live",
            "token_file": "/t",
        },
    )


def test_no_flag_changes_nothing() -> None:
    config = ServerConfig(data="/data", source={"provider": "directory", "path": "/services"})

    assert server._merge(config, flags(server.server)) == config


def test_a_repository_takes_the_place_of_another_kind_of_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "repo").mkdir()
    config = ServerConfig(data="/data", source={"provider": "directory", "path": "/services"})

    merged = server._merge(config, flags(server.server, "--repo", "repo"))

    assert merged.source == {"provider": "git", "url": str(tmp_path / "repo")}


def test_an_agents_flags_win_over_its_file() -> None:
    config = AgentConfig(server="https://a.test", labels={"zone": "a", "disk": "hdd"}, executor={"provider": "compose"})
    given = flags(
        agent.agent,
        *("--node", "b", "--data", "/data", "--token-file", "/t", "--ca-file", "/c", "--project-prefix", "p-"),
        *("--docker-host", "unix:///d.sock", "--label", "disk=ssd", "--label", "rack=1", "--log-level", "debug"),
    )

    assert agent._merge(config, given) == AgentConfig(
        server="https://a.test",
        node="b",
        data="/data",
        token_file="/t",
        ca_file="/c",
        labels={"zone": "a", "disk": "ssd", "rack": "1"},
        project_prefix="p-",
        log=LogConfig(level="debug"),
        executor={"provider": "compose", "docker_host": "unix:///d.sock"},
    )


@pytest.mark.parametrize(
    ("executor", "surroundings", "engine"),
    [
        ({"provider": "compose"}, "unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock"),
        ({"provider": "compose", "docker_host": "unix:///d.sock"}, "unix:///other.sock", "unix:///d.sock"),
        ({"provider": "compose"}, "ssh://elsewhere", None),
        ({"provider": "compose"}, None, None),
        ({"provider": "simulated"}, "unix:///run/user/1000/docker.sock", None),
    ],
)
def test_an_agent_finds_the_socket_that_docker_itself_would_use(
    monkeypatch: pytest.MonkeyPatch, executor: dict[str, Any], surroundings: str | None, engine: str | None
) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    if surroundings is not None:
        monkeypatch.setenv("DOCKER_HOST", surroundings)

    assert agent._merge(AgentConfig(executor=executor), flags(agent.agent)).executor.get("docker_host") == engine


@pytest.mark.parametrize(
    ("config", "join", "said"),
    [
        (AgentConfig(join_file="/j"), "cpj1_x", "--join and --join-file exclude each other"),
        (AgentConfig(token_file="/t"), "cpj1_x", "--token-file does not go with --join"),
        (AgentConfig(token_file="/t", join_file="/j"), "", "--token-file does not go with --join"),
        (AgentConfig(token_file="/t", node="a"), "", "--server is missing; or join, which needs none of them"),
        (AgentConfig(server="https://a.test"), "", "--node is missing"),
        (AgentConfig(server="https://a.test", node="a"), "cpj1_x", "--token-file is missing"),
        (AgentConfig(ca_file="/c"), "", "--server is missing"),
    ],
)
def test_an_agent_joins_or_is_told_all_that_joining_would_give_it(config: AgentConfig, join: str, said: str) -> None:
    with pytest.raises(click.UsageError, match=said):
        agent._check(config, join)


def test_a_join_string_comes_from_the_flag_a_file_or_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = str(Token(id="0" * 12, secret="s" * 43))
    first, second, third = (JoinString(url=f"https://{n}.test", ca_sha256="", secret=token) for n in "abc")
    file = tmp_path / "join"
    file.write_text(f"{second}\n")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{third}\nand more\n"))

    assert agent._join_string(AgentConfig(data=str(tmp_path)), str(first)) == first
    assert agent._join_string(AgentConfig(data=str(tmp_path), join_file=str(file)), "") == second
    assert agent._join_string(AgentConfig(data=str(tmp_path)), "-") == third
    assert agent._join_string(AgentConfig(data=str(tmp_path)), "") is None


def test_a_join_file_may_be_gone_once_the_host_has_joined_and_not_before(tmp_path: Path) -> None:
    config = AgentConfig(data=str(tmp_path), join_file=str(tmp_path / "join"))
    with pytest.raises(NotFound, match="no such file for --join-file"):
        agent._join_string(config, "")
    (tmp_path / "membership.json").write_text('{"server": "https://a.test", "node": "a", "token": "cps_1"}')

    assert agent._join_string(config, "") is None


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ((), LocalAgentConfig(node="old", data="/old")),
        (("--with-agent",), LocalAgentConfig(run=True, node="old", data="/old")),
        (("--with-agent", "--data", "/data"), LocalAgentConfig(run=True, node="old", data="/old")),
        (("--with-agent", "b"), LocalAgentConfig(run=True, node="b", data="/old")),
        (
            ("--with-agent=b", "--agent-data", "/b", "--agent-config", "/b.yaml"),
            LocalAgentConfig(run=True, node="b", data="/b", config="/b.yaml"),
        ),
    ],
)
def test_a_server_may_have_an_agent_of_its_own(given: tuple[str, ...], wanted: LocalAgentConfig) -> None:
    config = ServerConfig(agent=LocalAgentConfig(node="old", data="/old"))

    assert server._merge(config, flags(server.server, *given)).agent == wanted


@pytest.mark.parametrize("label", ["zone", "=a", "zone="])
def test_a_label_is_a_key_and_a_value(label: str) -> None:
    with pytest.raises(click.UsageError, match="expected KEY=VALUE"):
        agent._merge(AgentConfig(), flags(agent.agent, "--label", label))


@pytest.mark.parametrize(("node", "prefix"), [("Node A", ""), ("a", "P ")])
def test_a_node_or_prefix_that_is_no_name_is_refused(node: str, prefix: str) -> None:
    config = AgentConfig(server="https://a.test", token_file="/t", node=node, project_prefix=prefix)

    with pytest.raises(Invalid, match="is no "):
        agent._check(config, "")
