"""`status --watch`: what changes is shown as it changes, and a lost connection loses nothing."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
import pytest
import yaml

from composia.cli import status, watching
from composia.core.container import ContainerState
from composia.core.instance import InstanceState
from composia.core.node import NodeState
from composia.core.status import InstanceStatus
from composia.errors import ComposiaError, NotFound, Unavailable
from composia.plugins.watching import WatchEvent, WatchRequest, WatchTopic
from tests.cli.conftest import Run
from tests.cli.fake_server import FakeServer
from tests.cli.sample import NODE_A, NODE_B, STATUS, WEB

GOLDEN = Path(__file__).parent / "golden"
SNAPSHOT = WatchEvent(cursor="e:1", snapshot=True, services=STATUS.services, nodes=STATUS.nodes)
DOWN = InstanceStatus(
    service="web",
    node="node-a",
    state=InstanceState.FAILED,
    reason="web: exited 137 (killed), 2 s ago",
    revision=STATUS.services[0].instances[0].revision,
    containers=(replace(WEB, state=ContainerState.EXITED, exit_code=137),),
)
CHANGES = (
    WatchEvent(cursor="e:2", instances=(DOWN,)),
    WatchEvent(cursor="e:3"),
    WatchEvent(cursor="e:4", nodes=(replace(NODE_B, state=NodeState.ONLINE, status=NODE_A.status),)),
    WatchEvent(cursor="e:5", services=(replace(STATUS.services[0], instances=(DOWN,)),), gone_services=("worker",)),
)


def script(server: FakeServer, monkeypatch: pytest.MonkeyPatch, *watches: Sequence[WatchEvent | ComposiaError]) -> None:
    """What each watch yields or raises, in turn; at the end of the last one somebody presses Ctrl-C."""
    left = list(watches)

    async def watch(request: WatchRequest) -> AsyncIterator[WatchEvent]:
        server.asked.append(request)
        for event in left.pop(0):
            if isinstance(event, ComposiaError):
                raise event
            yield event
        if not left:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()

    monkeypatch.setattr(watching, "AGAIN_S", 0.0)
    monkeypatch.setattr(server, "watch", watch)


def test_without_a_terminal_each_row_is_printed_when_it_is_another_one(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(server, monkeypatch, (SNAPSHOT, *CHANGES, replace(CHANGES[2], cursor="e:6")))
    result = composia("status", "--watch")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (GOLDEN / "status-watch.txt").read_text()


def test_what_went_while_the_connection_was_lost_is_told_once_the_picture_is_whole(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = replace(SNAPSHOT.services[0], instances=SNAPSHOT.services[0].instances[:1])
    first = WatchEvent(cursor="f:1", snapshot=True, more=True, nodes=(NODE_A,))
    script(server, monkeypatch, (SNAPSHOT, Unavailable("no")), (first, WatchEvent(cursor="f:2", services=(web,))))
    before = composia("status", "--watch")
    told = [line for line in before.stdout.splitlines() if line.endswith("  gone")]
    others = [
        f"{service.name}@{instance.node}  gone" for service in SNAPSHOT.services[1:] for instance in service.instances
    ]
    alone = [f"{service.name}  gone" for service in SNAPSHOT.services[1:] if not service.instances]
    assert sorted(told) == sorted(
        [*others, *alone, "node-b  gone"]
        + [f"web@{instance.node}  gone" for instance in SNAPSHOT.services[0].instances[1:]]
    )


def test_programs_get_an_object_for_each_event_and_none_for_what_keeps_the_stream_alive(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(server, monkeypatch, (SNAPSHOT, *CHANGES))
    result = composia("status", "--watch", "-o", "json")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (GOLDEN / "status-watch.json").read_text()
    assert [json.loads(line)["cursor"] for line in result.stdout.splitlines()] == ["e:1", "e:2", "e:4", "e:5"]


def test_programs_hear_the_end_of_what_was_announced_though_nothing_followed(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = replace(SNAPSHOT, more=True)
    script(server, monkeypatch, (part, WatchEvent(cursor="e:2"), WatchEvent(cursor="e:3")))
    result = composia("status", "--watch", "-o", "json")

    assert [json.loads(line)["more"] for line in result.stdout.splitlines()] == [True, False]


def test_yaml_says_the_same_in_documents(composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    script(server, monkeypatch, (SNAPSHOT, *CHANGES))
    result = composia("status", "--watch", "-o", "yaml")

    lines = (GOLDEN / "status-watch.json").read_text().splitlines()
    assert list(yaml.safe_load_all(result.stdout)) == [json.loads(line) for line in lines]


def test_a_terminal_shows_both_tables_as_they_are_now(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames: list[str] = []

    def draw(lines: Sequence[str]) -> None:
        frames.append("\n".join(lines) + "\n")
        if "exited 137" in frames[-1] and "worker" not in frames[-1]:
            os.kill(os.getpid(), signal.SIGINT)

    async def watch(_request: WatchRequest) -> AsyncIterator[WatchEvent]:
        for event in (SNAPSHOT, *CHANGES):
            yield event
        await asyncio.Event().wait()

    monkeypatch.setattr(server, "watch", watch)
    monkeypatch.setattr(status, "is_watched", lambda: True)
    monkeypatch.setattr(watching, "draw", draw)
    result = composia("status", "--watch")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert click.unstyle(frames[-1]) == (GOLDEN / "status-watch-terminal.txt").read_text()


def test_after_a_lost_connection_it_goes_on_where_it_was_and_says_so(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Unavailable("the server is stopping", where="https://composia.test")
    script(server, monkeypatch, (SNAPSHOT, away), (away,), (*CHANGES[:1],))
    result = composia("status", "-w", "web", "worker")

    topics = (WatchTopic.SERVICES, WatchTopic.NODES)
    cursors = [asked.cursor for asked in server.asked if isinstance(asked, WatchRequest)]
    assert server.asked[0] == WatchRequest(topics=topics, services=("web", "worker"))
    assert (result.exit_code, cursors) == (0, ["", "e:1", "e:1"])
    assert result.stdout.splitlines()[-1].startswith("web@node-a  failed  0/1")
    assert result.stderr.splitlines() == [
        "the connection is lost, trying again: https://composia.test: the server is stopping",
        "connected again",
    ]


def test_a_fresh_snapshot_repeats_no_row_that_is_as_it_was(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(server, monkeypatch, (SNAPSHOT, Unavailable("no answer")), (replace(SNAPSHOT, cursor="f:1"),))
    lines = composia("status", "-w").stdout.splitlines()

    assert len(lines) == len(set(lines)) > 4


@pytest.mark.parametrize(
    "error", [NotFound("no service named wbe", hint="did you mean web?"), Unavailable("no answer")]
)
def test_what_the_server_refuses_or_who_never_answers_ends_it(
    error: ComposiaError, composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(server, monkeypatch, (error,))
    result = composia("status", "--watch", "wbe")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"composia: {error}\n")


def test_a_server_that_says_nothing_any_more_is_asked_anew(
    composia: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[WatchRequest] = []

    async def watch(request: WatchRequest) -> AsyncIterator[WatchEvent]:
        asked.append(request)
        if len(asked) > 1:
            os.kill(os.getpid(), signal.SIGINT)
        else:
            yield SNAPSHOT
        await asyncio.Event().wait()

    monkeypatch.setattr(watching, "AGE_S", 0.01)
    monkeypatch.setattr(watching, "SILENCE_S", 0.05)
    monkeypatch.setattr(watching, "AGAIN_S", 0.0)
    monkeypatch.setattr(server, "watch", watch)
    result = composia("status", "-w")

    assert result.stderr == "the connection is lost, trying again: no word from the server\n"
    assert [request.cursor for request in asked] == ["", "e:1"]
