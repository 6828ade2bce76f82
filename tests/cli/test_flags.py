"""Flags of `server` and `agent` win over their configuration files, and nothing else of the file is lost."""

from pathlib import Path
from typing import Any

import click
import pytest

from composia.cli import agent, server
from composia.config import AgentConfig, LogConfig, ServerConfig, TlsConfig
from composia.errors import Invalid


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


@pytest.mark.parametrize("label", ["zone", "=a", "zone="])
def test_a_label_is_a_key_and_a_value(label: str) -> None:
    with pytest.raises(click.UsageError, match="expected KEY=VALUE"):
        agent._merge(AgentConfig(), flags(agent.agent, "--label", label))


@pytest.mark.parametrize(("node", "prefix"), [("Node A", ""), ("a", "P ")])
def test_a_node_or_prefix_that_is_no_name_is_refused(node: str, prefix: str) -> None:
    config = AgentConfig(server="https://a.test", token_file="/t", node=node, project_prefix=prefix)

    with pytest.raises(Invalid, match="is no "):
        agent._check(config)
