"""`composia logs`: what it asks, what it prints, and that it comes back."""

import json
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from composia.cli import logs, reading_logs
from composia.cli.log_printing import COLOURS
from composia.core.container_log import LogPage, LogsQuery
from composia.errors import NotFound, Unavailable
from tests.cli.conftest import Run
from tests.cli.fake_logs import entry
from tests.cli.fake_server import FakeServer

GOLDEN = Path(__file__).parent / "golden"

ALL = (b"ready", b"listening \xff", b"\x1b[31mGET\x1b[0m /\x07")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked again at once."""
    monkeypatch.setattr(reading_logs, "AGAIN_S", 0.01)


@pytest.mark.parametrize(
    ("golden", "arguments"),
    [
        ("logs.txt", ("web",)),
        ("logs-of-all.txt", ("--timestamps",)),
        ("logs.jsonl", ("web", "-o", "json")),
    ],
)
def test_lines_are_printed_as_it_is_written_down(golden: str, arguments: tuple[str, ...], composia: Run) -> None:
    result = composia("logs", *arguments)

    assert result.exit_code == 0, result.output
    assert result.stdout == (GOLDEN / golden).read_text()


def test_raw_lines_are_the_bytes_alone_and_pieces_of_one_are_put_together(composia: Run, server: FakeServer) -> None:
    pieces = (entry("n", "app", 3, b"a long", partial=True), entry("n", "app", 3, b" line\r"))
    server.log_pages.append(LogPage(entries=pieces))

    assert composia("logs", "-o", "raw").stdout_bytes == b"".join(line + b"\n" for line in ALL) + b"a long line\r\n"


def test_json_has_the_bytes_of_what_is_no_text(composia: Run) -> None:
    lines = [json.loads(line) for line in composia("logs", "-o", "json").stdout.splitlines()]

    assert [line["base64"] for line in lines] == [None, "bGlzdGVuaW5nIP8=", None]
    assert lines[0]["time"] == "2026-11-03T12:00:00.000000000Z"


def test_each_source_has_a_colour_of_its_own_which_is_gone_where_none_is_wanted(
    composia: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_terminal = composia("logs", "web", color=True).stdout.splitlines()
    monkeypatch.setenv("NO_COLOR", "1")
    not_wanted = composia("logs", "web", color=True).stdout

    colours = [line.partition("node")[0] for line in on_a_terminal]
    assert colours[0] == colours[2] != colours[1]
    assert all(colour.startswith("\x1b[") for colour in colours)
    assert not_wanted == (GOLDEN / "logs.txt").read_text()


def test_a_colour_comes_a_second_time_only_when_there_is_no_other(composia: Run, server: FakeServer) -> None:
    names = [f"app-{n}" for n in range(2 * len(COLOURS))]
    server.log_pages = [LogPage(entries=tuple(entry("n", name, 0, b"one") for name in names + names))]

    lines = composia("logs", "web", color=True).stdout.splitlines()
    colours = [line.partition("n/")[0] for line in lines]

    assert len(set(colours[: len(COLOURS)])) == len(COLOURS)
    assert set(Counter(colours[: len(names)]).values()) == {2}
    assert colours[len(names) :] == colours[: len(names)]


def test_what_is_asked_reaches_the_server(composia: Run, server: FakeServer) -> None:
    composia("logs", "-f", "web", "db", "--since", "2026-11-01T10:00Z", "--tail", "7", "--node", "n1", "--node", "n2")
    composia("logs", "--until", "2026-11-01T10:00Z", "--container", "app", "--grep", "a b", "--regex", "-i", "--live")

    ten_ms = 1_793_527_200_000
    assert server.logs_asked == [
        LogsQuery(services=("web", "db"), nodes=("n1", "n2"), since_ms=ten_ms, tail=7, follow=True),
        LogsQuery(containers=("app",), until_ms=ten_ms, grep="a b", regex=True, ignore_case=True, live=True),
    ]


@pytest.mark.parametrize(
    ("arguments", "tail"),
    [((), 100), (("--tail", "all"), 0), (("--since", "1h"), 0), (("--grep", "x"), 0), (("-f",), 100), (("-n3",), 3)],
)
def test_without_a_word_of_which_it_is_the_last_lines(
    arguments: tuple[str, ...], tail: int, composia: Run, server: FakeServer
) -> None:
    assert composia("logs", *arguments).exit_code == 0
    assert server.logs_asked[0].tail == tail


@pytest.mark.parametrize(
    "arguments",
    [
        ("-f", "--until", "1h"),
        ("--since", "1h", "--until", "2h"),
        ("--since", "2026-11-01T10:00Z", "--until", "2026-11-01T10:00Z"),
        ("--regex",),
        ("-i",),
        ("--tail", "0"),
        ("--tail", "some"),
        ("--tail", "-1"),
        ("--tail", "3000000000"),
        ("--tail", "9" * 5000),
        ("--since", "soon"),
        ("--grep", ""),
        ("web", ""),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(arguments: tuple[str, ...], composia: Run, server: FakeServer) -> None:
    assert composia("logs", *arguments).exit_code == 2
    assert server.logs_asked == []


@pytest.mark.parametrize("follow", [(), ("-f",)])
def test_a_lost_connection_is_taken_up_behind_the_last_page(
    follow: tuple[str, ...], composia: Run, server: FakeServer
) -> None:
    server.log_pages.insert(1, Unavailable("connection refused"))
    server.log_pages.insert(1, Unavailable("connection reset"))

    result = composia("logs", *follow, "-o", "raw")

    assert result.stdout_bytes == b"".join(line + b"\n" for line in ALL)
    assert [query.cursor for query in server.logs_asked] == ["", "1", "1"]


def test_what_containers_say_themselves_cannot_be_taken_up(composia: Run, server: FakeServer) -> None:
    server.log_pages = [LogPage(entries=(entry("n", "app", 0, b"one"),)), Unavailable("connection reset")]

    result = composia("logs", "--live", "-f")

    assert result.exit_code == 1
    assert "connection reset" in result.stderr


def test_a_server_that_stays_away_is_an_error(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_logs, "PATIENCE_S", -1.0)
    server.log_pages.insert(1, Unavailable("connection refused"))

    assert composia("logs", "-f").exit_code == 1


def test_what_is_missing_is_said_beside_the_lines(composia: Run, server: FakeServer) -> None:
    server.log_pages = [LogPage(note="no logs of web are kept yet\x1b[2J"), LogPage()]

    result = composia("logs", "web")

    assert (result.stdout, result.stderr) == ("", "composia: no logs of web are kept yet\\x1b[2J\n")


def test_a_name_that_nobody_has_is_one_error(composia: Run, server: FakeServer) -> None:
    server.log_pages = [NotFound("no service named wep", hint="did you mean web?")]

    result = composia("logs", "wep")

    assert (result.exit_code, result.stderr) == (1, "composia: no service named wep\n  hint: did you mean web?\n")


def test_ctrl_c_ends_it_without_a_word(composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.log_pages.append(None)
    monkeypatch.setattr(logs, "_print", lambda _printer, _page: os.kill(os.getpid(), signal.SIGINT))

    result = composia("logs", "-f")

    assert (result.exit_code, result.stderr) == (130, "")
