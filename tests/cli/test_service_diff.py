"""`composia service diff`: what a deploy would bring, from what runs."""

from dataclasses import replace

import click
import pytest

from composia.core.file import Comparison
from composia.core.status import StatusReport
from composia.plugins.api import CompareRevisionsRequest
from tests.cli import sample
from tests.cli.conftest import Run
from tests.cli.fake_server import FakeServer


def running(monkeypatch: pytest.MonkeyPatch, *revisions: str) -> None:
    """Web runs at these, each on a node of its own."""
    web = sample.STATUS.services[0]
    instances = tuple(
        replace(web.instances[0], node=f"node-{number}", revision=revision)
        for number, revision in enumerate(revisions, 1)
    )
    report: StatusReport = replace(sample.STATUS, services=(replace(web, instances=instances),))
    monkeypatch.setattr(sample, "STATUS", report)


def test_it_goes_from_what_runs_to_the_head(server: FakeServer, composia: Run) -> None:
    assert composia("service", "diff", "web").exit_code == 0
    assert server.compared == [CompareRevisionsRequest(service="web", older=sample.BEFORE)]


def test_both_revisions_may_be_given(server: FakeServer, composia: Run) -> None:
    assert composia("service", "diff", "web", "--from", "v1", "--to", "feature").exit_code == 0
    assert server.compared == [CompareRevisionsRequest(service="web", older="v1", newer="feature")]


def test_of_what_runs_nowhere_all_is_new(server: FakeServer, composia: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch, "")
    assert "web nothing..4f1c4f1c4f1c: 4 files" in composia("service", "diff", "web").stderr
    assert server.compared == [CompareRevisionsRequest(service="web")]


def test_nodes_that_run_the_same_revision_are_one_and_others_have_to_be_chosen_from(
    server: FakeServer, composia: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    running(monkeypatch, sample.BEFORE, sample.BEFORE)
    assert composia("service", "diff", "web").exit_code == 0
    running(monkeypatch, sample.BEFORE, sample.HEAD)
    refused = composia("service", "diff", "web")
    assert refused.exit_code != 0
    assert "web runs at more than one revision: a0b3a0b3a0b3 on node-1, 4f1c4f1c4f1c on node-2" in refused.stderr
    assert "--from a0b3a0b3a0b3" in refused.stderr


def test_the_commits_are_said_aside_so_that_the_diff_can_be_piped(server: FakeServer, composia: Run) -> None:
    result = composia("service", "diff", "web")
    assert result.stderr.splitlines() == [
        "web a0b3a0b3a0b3..4f1c4f1c4f1c: 4 files, 3 lines added, 2 removed",
        "  4f1c4f1c4f1c Greet (Ada)",
    ]


@pytest.mark.parametrize(
    ("comparison", "said"),
    [
        (Comparison(older="", newer=""), ["web a0b3a0b3a0b3..4f1c4f1c4f1c: no file differs"]),
        (
            Comparison(older="", newer="", more_commits=True),
            [
                "web a0b3a0b3a0b3..4f1c4f1c4f1c: no file differs",
                "  a0b3a0b3a0b3 is not among those before it",
            ],
        ),
        (
            Comparison(older="", newer="", commits=sample.REVISIONS[:1], more_commits=True),
            ["web a0b3a0b3a0b3..4f1c4f1c4f1c: no file differs", "  4f1c4f1c4f1c Greet (Ada)", "  and more"],
        ),
    ],
)
def test_what_is_not_told_is_said(server: FakeServer, composia: Run, comparison: Comparison, said: list[str]) -> None:
    server.comparison = comparison
    result = composia("service", "diff", "web")
    assert (result.stdout, result.stderr.splitlines()) == ("", said)


def test_lines_have_colours_on_a_terminal_and_none_of_their_own(composia: Run) -> None:
    coloured = composia("service", "diff", "web", color=True).stdout
    assert click.style("+timeout\t= 5", fg="green") in coloured
    assert click.style("-greeting = hello", fg="red") in coloured
    assert "\x1b" not in composia("service", "diff", "web").stdout
    assert "+greeting = \\x1b[1mhello\\x1b[0m" in coloured
