"""Configuration files: the examples are the defaults, and what is wrong is named with its place."""

from pathlib import Path

import pytest

from composia.config import AgentConfig, ServerConfig, example, load_config
from composia.core.attempt import Retries
from composia.core.step import StepName, StepTimeout, Timeouts
from composia.errors import ComposiaError, Invalid


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "server.yaml"
    file.write_text(text)
    return file


def test_the_examples_say_the_defaults(tmp_path: Path) -> None:
    server = load_config(ServerConfig, write(tmp_path, example("server")))
    agent = load_config(AgentConfig, write(tmp_path, example("agent")))

    assert server == ServerConfig()
    assert agent == AgentConfig()


@pytest.mark.parametrize(("kind", "config"), [("server", ServerConfig), ("agent", AgentConfig)])
def test_the_examples_hold_every_key(kind: str, config: type[ServerConfig] | type[AgentConfig]) -> None:
    text = example("server" if kind == "server" else "agent")

    assert [key for key in config.__struct_fields__ if f"\n{key}:" not in text] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("data: x\nlistne: 1\n", ":2:1: unknown key listne"),
        ("tls:\n  moed: auto\n", ":2:3: unknown key moed"),
        ("tls:\n  mode: Maybe\n", ":2:9: invalid enum value 'Maybe'"),
        ("sync_interval_s: 0\n", ":1:18: expected `float` > 0.0"),
        ("heartbeat_s: 40\n", ":1:1: lease_s must be at least two heartbeats, 80"),
        ("heartbeat_s: soon\n", ":1:14: expected `float`, got `str`"),
        ("auth:\n  - provider: tokens\n  - tokens\n", ":3:5: expected `object`, got `str`"),
        ("timeouts:\n  task_s: 0\n", ":2:11: expected `float` > 0.0"),
        ("timeouts:\n  steps_s: {up: 5, pul: 3}\n", ":2:20: unknown key pul"),
        ("wait_s: 1e12\n", ":1:9: expected `float` <= 1000000000.0"),
        ("retries:\n  attempts: 0\n", ":2:13: expected `int` >= 1"),
        ("retention:\n  output_days: 1e300\n", ":2:16: expected `float` <= 36500.0"),
        ("retention:\n  output_mb: 1\n", ":2:3: unknown key output_mb"),
        ("data: [\n", "server.yaml:2:1: "),
        ("data: x\ndata: y\n", "server.yaml:2:1"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_column(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ComposiaError) as caught:
        load_config(ServerConfig, write(tmp_path, text))

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("listne: 1\n", "did you mean listen?"),
        ("log: {colour: red}\n", "known: format, level"),
        ("log: {level: loud}\n", "one of debug, info, warning, error"),
        ("timeouts: {steps_s: {pul: 1}}\n", f"one of {', '.join(StepName)}"),
    ],
)
def test_the_hint_says_what_would_be_right(tmp_path: Path, text: str, hint: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_config(ServerConfig, write(tmp_path, text))

    assert caught.value.hint == hint


def test_a_value_without_a_type_to_name_is_still_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        load_config(AgentConfig, write(tmp_path, "labels: {a: 1}\n"))

    assert (caught.value.message, caught.value.hint) == ("expected `str`, got `int`", "")
    assert caught.value.where.endswith(":1:9")


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ComposiaError, match="no such configuration file"):
        load_config(ServerConfig, tmp_path / "gone.yaml")


def test_limits_reach_the_domain_as_they_were_written(tmp_path: Path) -> None:
    text = "timeouts: {task_s: 60, steps_s: {pull: 9}}\nretries: {attempts: 2, backoff_s: 0.5}\n"

    config = load_config(ServerConfig, write(tmp_path, text))

    assert config.timeouts.timeouts == Timeouts(task_s=60, steps=(StepTimeout(step=StepName.PULL, seconds=9),))
    assert config.retries.retries == Retries(attempts=2, backoff_ms=500)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("{name: S, cron: '@daily', do: deploy}", "'S' is no name for a schedule"),
        ("{name: s, cron: '@daily', do: restart}", "do: restart needs services"),
        ("{name: s, cron: '@daily', do: prune, services: [web]}", "services go neither with all nor with do: prune"),
        ("{name: s, cron: '@daily', do: stop, services: [web], pull: true}", "all and pull go with do: deploy"),
        ("{name: s, cron: '@daily', do: deploy, prune: [unused-images]}", "prune goes with do: prune"),
        ("{name: s, cron: '@daily', do: dploy}", "invalid enum value 'dploy'"),
        ("{name: s, do: deploy}", "object missing required field `cron`"),
    ],
)
def test_a_schedule_that_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, schedule: str, said: str) -> None:
    (tmp_path / "server.yaml").write_text(f"schedules:\n  - {schedule}\n")
    with pytest.raises(Invalid) as refused:
        load_config(ServerConfig, tmp_path / "server.yaml")
    assert refused.value.message.startswith(said)
    assert refused.value.where.startswith(f"{tmp_path / 'server.yaml'}:2:")


def test_two_schedules_of_one_name_are_refused(tmp_path: Path) -> None:
    one = "  - {name: s, cron: '@daily', do: deploy}\n"
    (tmp_path / "server.yaml").write_text(f"schedules:\n{one}{one}")
    with pytest.raises(Invalid, match="two schedules have one name"):
        load_config(ServerConfig, tmp_path / "server.yaml")


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    assert load_config(ServerConfig, write(tmp_path, "# nothing yet\n")) == ServerConfig()
