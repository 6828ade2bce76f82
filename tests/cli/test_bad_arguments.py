"""Arguments that are none: each is one clear error, as text and as JSON, and nothing is asked of a server."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composia.cli import connection
from composia.cli.main import COMMANDS, main
from composia.errors import Internal
from tests.cli.conftest import Run
from tests.cli.fake_server import FakeServer, FakeTransport

NAMED = [
    ("deploy", "{}"),
    ("deploy", "web", "{}"),
    ("deploy", "web", "--node", "{}"),
    ("deploy", "web", "--revision", "{}"),
    ("stop", "{}"),
    ("start", "{}"),
    ("restart", "{}"),
    ("down", "{}"),
    ("status", "{}"),
    ("service", "show", "{}"),
    ("node", "show", "{}"),
    ("node", "prune", "{}"),
    ("task", "show", "{}"),
    ("task", "logs", "{}"),
    ("task", "cancel", "{}"),
    ("task", "retry", "{}"),
    ("task", "list", "--service", "{}"),
    ("deployment", "show", "{}"),
    ("deployment", "cancel", "{}"),
    ("deployment", "list", "--service", "{}"),
    ("token", "revoke", "{}"),
    ("token", "create", "--role", "node", "--node", "{}"),
    ("validate", "{}"),
    ("login", "{}", "--token-file", "x"),
    ("login", "https://composia.test", "--token-file", "{}"),
    ("config", "show", "--config", "{}"),
    ("server", "--data", "{}"),
    ("server", "--listen", "{}"),
    ("agent", "--node", "{}"),
]


def texts(words: tuple[str, ...], value: str) -> list[str]:
    return [word.format(value) for word in words]


@pytest.mark.parametrize("number", ["3000000000", "9" * 5000, "0", "-1", "some"], ids=lambda number: number[:10])
@pytest.mark.parametrize(
    "words",
    [("logs", "--tail"), ("task", "logs", "t1", "--attempt"), ("node", "join-token", "--uses")],
    ids=lambda words: words[-1],
)
def test_a_number_that_the_api_cannot_hold_is_a_usage_error(
    composia: Run, server: FakeServer, words: tuple[str, ...], number: str
) -> None:
    result = composia(*words, number)

    assert (result.exit_code, server.asked) == (2, [])
    assert "is no number from 1 to 2147483647" in result.stderr
    assert len(result.stderr) < 300


@pytest.mark.parametrize("words", NAMED, ids=" ".join)
def test_an_argument_that_is_empty_is_refused_before_anything_is_asked(
    composia: Run, server: FakeServer, words: tuple[str, ...]
) -> None:
    result = composia(*texts(words, ""))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(": it is empty\n")
    assert server.asked == []
    assert server.open == 0


@pytest.mark.parametrize("words", [w for w in NAMED if w[0] not in ("validate", "config")][:22], ids=" ".join)
def test_an_argument_that_is_no_text_is_refused_and_not_said_back_as_it_is(
    composia: Run, server: FakeServer, words: tuple[str, ...]
) -> None:
    result = composia(*texts(words, os.fsdecode(b"\xff\x1b[31m")))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(r": '\udcff\x1b[31m' is no text in UTF-8" + "\n")
    assert server.asked == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("deploy", "", "-o", "json"),
        ("deploy", "web", "--bogus", "-o", "json"),
        ("deploy", "web", "--bogus", "-ojson"),
        ("deplyo", "web", "--output=json"),
        ("task", "shwo", "t1", "-o", "json"),
        ("task", "show", "-o", "json"),
    ],
    ids=" ".join,
)
def test_whoever_asks_for_json_gets_it_even_of_a_command_line_that_cannot_be_read(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(result.stderr)["code"] == "invalid"


def test_what_a_terminal_would_obey_is_not_said_to_it(composia: Run) -> None:
    result = composia("task", "show", "t\x1b[2J\x07")

    assert (result.exit_code, result.stderr) == (1, "composia: no task t\\x1b[2J\\x07\n")


class Broken(Exception):
    """What nobody foresaw."""


@pytest.fixture
def broken(composia: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command line with a fault in it."""

    def fail(_: object) -> None:
        raise Broken("the secret of the fault")

    monkeypatch.setattr(connection, "load_profile", lambda: fail(None))
    return composia


def test_a_fault_of_ours_is_one_line_and_its_text_lies_in_a_file(
    broken: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with no_log():
        result = broken("node", "list", "-o", "json")

    error = json.loads(result.stderr)
    (file,) = (tmp_path / "state" / "composia").iterdir()
    assert (result.exit_code, result.stdout) == (1, "")
    assert error == {
        "code": Internal.code,
        "message": "internal error",
        "where": "",
        "hint": f"{file} has more; please report it",
        "id": error["id"],
    }
    assert error["id"] in file.name
    assert "Broken: the secret of the fault" in file.read_text()


def test_a_fault_is_told_even_where_nothing_can_be_written(
    broken: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with no_log():
        result = broken("node", "list")

    assert result.exit_code == 1
    assert result.stderr.startswith("composia: internal error: Broken (id ")
    assert "secret" not in result.stderr


class no_log:  # noqa: N801 - it reads as a block
    """Without pytest's own handlers, as a client command runs."""

    def __enter__(self) -> None:
        import logging  # noqa: PLC0415

        self._handlers, logging.getLogger().handlers = logging.getLogger().handlers, []

    def __exit__(self, *_: object) -> None:
        import logging  # noqa: PLC0415

        logging.getLogger().handlers = self._handlers


def commands(group: click.Group = main, *above: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)
        else:
            yield (*above, name)


RUNS_ON = {"server", "agent", "demo"}
QUIET = [words for words in commands() if words[0] not in RUNS_ON]
OPTIONS = [
    "-o",
    "json",
    "table",
    "yaml",
    "--node",
    "--all",
    "--revision",
    "--limit",
    "--after",
    "--since",
    "-f",
    "-d",
    "--",
]
WORDS = st.one_of(
    st.sampled_from([*COMMANDS, *OPTIONS, "web", "t1", "d1", "node-a", "0", "-1", "1e9", "😀", "\x00", "\x1b[31m"]),
    st.text(max_size=40),
    st.binary(max_size=12).map(os.fsdecode),
    st.text(alphabet="-=a1", max_size=8),
)


FLAGS = ["--data", "--listen", "--repo", "--branch", "--public-url", "--tls", "--config", "--tls-key", "--log-level"]
FLAGS += [
    "--with-agent",
    "--repo-token-file",
    "--log-format",
    "auto",
    "off",
    "files",
    "json",
    "127.0.0.1:1",
    "https://a",
]
SERVER_WORDS = WORDS | st.sampled_from(FLAGS)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(command=st.sampled_from(QUIET), words=st.lists(WORDS, max_size=5))
def test_whatever_is_written_behind_a_command_it_is_done_or_is_one_clear_error(
    transport: FakeTransport,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: tuple[str, ...],
    words: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMPOSIA_SERVER", "https://composia.test")
    monkeypatch.setenv("COMPOSIA_TOKEN", "cps_1f0c9a3b7e52_secret")
    transport.server.deployments = ()  # nothing to follow

    result = CliRunner().invoke(main, [*command, *words], prog_name="composia")

    assert_clean(result)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(words=st.lists(SERVER_WORDS, max_size=5))
def test_whatever_is_written_behind_server_it_starts_or_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str]
) -> None:
    async def run_server(*_: object, **__: object) -> None:
        """It would have started."""

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("composia.server.main.run_server", run_server)
    monkeypatch.setattr("composia.cli.server._use_uvloop", lambda: None)
    monkeypatch.setattr("composia.log.configure", lambda *_: None)

    result = CliRunner().invoke(main, ["server", *words], prog_name="composia")

    assert_clean(result)


def assert_clean(result: Result) -> None:
    """It ended by itself, and what is wrong was said in a line or an object."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert "internal error" not in result.output
    if result.exit_code:
        assert result.stderr.startswith(("composia: ", "Usage: ", "Error: ", '{"code": ', "Aborted")), result.output
