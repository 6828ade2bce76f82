"""What is used, on a terminal and over a time, and the words for it."""

import math
import time
from dataclasses import replace

import click
import pytest

from composia.cli import live, node_stats, stats
from composia.cli.quantities import binary, both, decimal, sparkline
from composia.core.usage import ContainerUsages, HostUsage, UsageQuery
from composia.errors import Unavailable
from tests.cli.conftest import Run
from tests.cli.fake_server import FakeServer
from tests.cli.fake_usage import CONTAINERS, USAGE

NAN = math.nan


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0B"),
        (1023, "1023B"),
        (1024, "1KiB"),
        (798_720, "780KiB"),
        (25_275_039_744, "23.54GiB"),
        (1_048_575, "1MiB"),
    ],
)
def test_memory_is_said_as_docker_says_it(amount: int, text: str) -> None:
    assert binary(amount) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0B"), (876, "876B"), (1180, "1.18kB"), (12_000_000, "12MB"), (999_400_000, "999MB"), (999_700_000, "1GB")],
)
def test_transfers_are_said_as_docker_says_them(amount: int, text: str) -> None:
    assert decimal(amount) == text


def test_what_is_not_known_is_no_number() -> None:
    assert both(None, None) == "-"
    assert both(0, 1000) == "0B / 1kB"


@pytest.mark.parametrize(
    ("values", "width", "line"),
    [
        ((0.0, 50.0, 100.0), 10, "▁▅█"),
        ((0.0, NAN, 100.0), 10, "▁ █"),
        ((0.0, 0.0), 10, "▁▁"),
        ((NAN, NAN), 10, "  "),
        ((0.0, 20.0, 80.0, 120.0), 2, "▂█"),
        ((), 10, ""),
    ],
)
def test_a_line_of_bars_shows_means_and_gaps(values: tuple[float, ...], width: int, line: str) -> None:
    assert sparkline(values, width) == line


@pytest.mark.parametrize(("command", "module"), [(("stats",), stats), (("node", "stats"), node_stats)])
def test_on_a_terminal_it_is_shown_again_and_again(
    command: tuple[str, ...], module: object, composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "is_watched", lambda: True)
    monkeypatch.setattr(live, "EVERY_S", 0)
    monkeypatch.setenv("COLUMNS", "40")
    server.usage = [USAGE, (), Unavailable("the server went away")]
    result = composia(*command, color=True)

    *screens, rest = result.stdout.split("\n\x1b[J")
    assert result.exit_code == 1
    assert (len(screens), rest) == (2, "")
    assert "node-a" in screens[0]
    assert "node-a" not in screens[1]
    lines = click.unstyle(screens[0]).splitlines()
    assert max(len(line) for line in lines) == 40


@pytest.mark.parametrize(
    "command", [("stats", "--no-stream"), ("node", "stats", "--no-stream"), ("stats", "-o", "json")]
)
def test_once_is_once_also_on_a_terminal(
    command: tuple[str, ...], composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (stats, node_stats):
        monkeypatch.setattr(module, "is_watched", lambda: True)
    server.usage = [USAGE, Unavailable("it was asked twice")]

    assert composia(*command).exit_code == 0


def test_a_column_that_no_host_can_tell_is_left_open(composia: Run, server: FakeServer) -> None:
    less = ContainerUsages(names=CONTAINERS.names, cpu_percent=(1.0, 2.0), memory_bytes=(1, 2))
    server.usage = [(replace(USAGE[0], containers=less),)]

    assert composia("stats", "web").stdout.splitlines()[1].split()[-4:-1] == ["-", "-", "-"]


def test_what_a_node_that_is_away_used_last_is_not_shown_as_what_it_uses(composia: Run, server: FakeServer) -> None:
    away = replace(USAGE[0], node="away", host_age_s=15.1)
    server.usage = [(replace(USAGE[0], host_age_s=15.0), away)]

    here, gone = (line.split() for line in composia("node", "stats").stdout.splitlines()[1:])
    assert (here[:2], gone) == (["node-a", "12.50%"], ["away", *["-"] * 9, "15s", "ago"])
    assert [line.split()[0] for line in composia("stats").stdout.splitlines()[1:]] == ["node-a", "node-a"]


def test_of_a_host_that_tells_nothing_nothing_is_shown(composia: Run, server: FakeServer) -> None:
    server.usage = [(replace(USAGE[0], host=HostUsage()),)]

    assert composia("node", "stats").stdout.splitlines()[1].split() == ["node-a", *["-"] * 9, "2s", "ago"]


def test_a_time_is_asked_for_as_it_was_said(composia: Run, server: FakeServer) -> None:
    composia("stats", "web", "--since", "2h", "--node", "node-a")
    composia("node", "stats", "--since", "1d")

    [of_service, *of_nodes] = server.queries
    assert of_service == UsageQuery(service="web", node="node-a", since_s=of_service.since_s)
    assert of_service.since_s == pytest.approx(7200, abs=60)
    assert [query.node for query in of_nodes] == ["node-a", "node-b"]
    assert all(query.since_s == pytest.approx(86_400, abs=60) for query in of_nodes)


def test_a_time_of_no_service_or_to_come_is_refused(composia: Run) -> None:
    nothing = composia("stats", "--since", "1h")
    to_come = composia("stats", "web", "--since", str(int(time.gmtime().tm_year) + 5) + "-01-01")

    assert "needs the name of a service" in nothing.stderr
    assert "in the future" in to_come.stderr
    assert nothing.exit_code == to_come.exit_code == 2
