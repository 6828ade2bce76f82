"""Configuration files: the examples are the defaults, and what is wrong is named with its place."""

from pathlib import Path

import pytest

from composia.config import AgentConfig, ServerConfig, example, load_config
from composia.errors import ComposiaError


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "server.yaml"
    file.write_text(text)
    return file


def test_the_examples_say_the_defaults(tmp_path: Path) -> None:
    server = load_config(ServerConfig, write(tmp_path, example("server")))
    agent = load_config(AgentConfig, write(tmp_path, example("agent")))

    assert server == ServerConfig(scheduler={"provider": "fair", "per_node": 4})
    assert agent == AgentConfig()


@pytest.mark.parametrize(("kind", "config"), [("server", ServerConfig), ("agent", AgentConfig)])
def test_the_examples_hold_every_key(kind: str, config: type[ServerConfig] | type[AgentConfig]) -> None:
    text = example("server" if kind == "server" else "agent")

    assert [key for key in config.__struct_fields__ if f"\n{key}:" not in text] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("listne: 1\n", ":1:1: object contains unknown field `listne`"),
        ("tls:\n  mode: maybe\n", ":2:9: invalid enum value 'maybe'"),
        ("heartbeat_s: soon\n", ":1:14: expected `float`, got `str`"),
        ("auth:\n  - provider: tokens\n  - tokens\n", ":3:5: expected `object`, got `str`"),
        ("a: [\n", "server.yaml:"),
        ("data: x\ndata: y\n", "server.yaml:2:1"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_column(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ComposiaError) as caught:
        load_config(ServerConfig, write(tmp_path, text))

    assert said in str(caught.value)


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ComposiaError, match="no such configuration file"):
        load_config(ServerConfig, tmp_path / "gone.yaml")


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    assert load_config(ServerConfig, write(tmp_path, "# nothing yet\n")) == ServerConfig()
