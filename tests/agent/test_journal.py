"""What is written down of an attempt, and what is read of it after a crash."""

import errno
import os
from pathlib import Path

import pytest

from composia.agent.journal import AttemptJournal, StopReason, read_journals
from composia.core.release import Release
from composia.core.session import Accepted, Attempt, Finished, Report, StepReport
from composia.core.step import StepName, StepState
from composia.core.task import TaskError, TaskState
from tests.agent.making import make_run

RUNNING = StepReport(name=StepName.UP, state=StepState.RUNNING)
FAILED = StepReport(name=StepName.UP, state=StepState.FAILED, elapsed_ms=12, note="no such image: ☃")
RELEASE = Release(service="web", node="n", task="t1", revision="r1", bundle="sha256:b", project="web")
END = Finished(
    state=TaskState.FAILED, output_bytes=3, error=TaskError(code="internal", message="m", where="w"), release=RELEASE
)


def make_journal(directory: Path, *, task: str = "t1", number: int = 1) -> AttemptJournal:
    return AttemptJournal.create(directory / f"{task}.{number}", make_run(task=task, number=number), 1000)


def reports(*bodies: tuple[int, Accepted | StepReport | Finished]) -> list[Report]:
    return [Report(attempt=Attempt(task="t1", number=1), number=number, body=body) for number, body in bodies]


def facts(journal: AttemptJournal) -> tuple[object, ...]:
    return (
        journal.run,
        journal.given_ms,
        journal.reports,
        journal.begun,
        journal.last,
        journal.stopped,
        journal.finished,
        journal.acknowledged,
    )


def read(journal: AttemptJournal) -> AttemptJournal:
    again = AttemptJournal.read(journal.directory)
    assert again is not None
    return again


def test_an_accepted_order_is_on_disk_and_private(tmp_path: Path) -> None:
    journal = make_journal(tmp_path / "attempts")

    assert facts(journal) == (make_run(), 1000, reports((1, Accepted())), False, None, None, None, False)
    assert facts(read(journal)) == facts(journal)
    modes = {path.name: path.stat().st_mode & 0o777 for path in [journal.directory, *journal.directory.iterdir()]}
    assert modes == {"t1.1": 0o700, "journal.jsonl": 0o600, "output": 0o600, "executor": 0o700}


def test_all_that_was_reported_is_read_again(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    journal.begin(RELEASE)
    journal.step(RUNNING)
    journal.step(FAILED)
    journal.stop(StopReason.CANCELLED)
    journal.finish(END)

    assert facts(journal) == (
        make_run(),
        1000,
        reports((1, Accepted()), (2, RUNNING), (3, FAILED), (4, END)),
        True,
        RELEASE,
        StopReason.CANCELLED,
        END,
        False,
    )
    assert facts(read(journal)) == facts(journal)


def test_work_that_is_taken_up_again_is_on_top_of_the_same_release(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    journal.begin(None)
    again = read(journal)
    again.begin(RELEASE)

    assert (again.begun, again.last) == (True, None)


def test_a_number_of_an_earlier_life_is_never_used_again(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    again = read(journal)
    again.step(RUNNING)
    third = read(again)
    third.step(FAILED)

    assert third.reports == reports((1, Accepted()), (1001, RUNNING), (2001, FAILED))


def test_acknowledged_reports_are_kept_no_longer(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    journal.step(RUNNING)
    journal.step(FAILED)

    journal.acknowledge(2)

    assert journal.reports == reports((3, FAILED))
    assert not journal.acknowledged


def test_an_acknowledged_end_is_not_reported_again(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    journal.finish(END)
    journal.acknowledge(1)
    assert (journal.reports, journal.acknowledged) == (reports((2, END)), False)

    journal.acknowledge(2)

    again = read(journal)
    assert (journal.reports, journal.acknowledged) == ([], True)
    assert (again.reports, again.finished, again.acknowledged) == ([], END, True)


@pytest.mark.parametrize("write", ["acknowledge", "disown"])
def test_on_a_full_disk_an_acknowledged_end_is_told_no_more_by_this_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    journal = make_journal(tmp_path)
    journal.finish(END)
    with monkeypatch.context() as full:
        full.setattr(os, "write", _no_room)
        journal.acknowledge(2) if write == "acknowledge" else journal.disown()

    assert (journal.reports, journal.acknowledged) == ([], True)
    assert (read(journal).reports, read(journal).acknowledged) == (reports((1, Accepted()), (2, END)), False)
    journal.remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["write", "fsync"])
def test_an_order_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    make_journal(tmp_path, task="t2").remove()
    monkeypatch.setattr(os, name, _no_room)

    with pytest.raises(OSError, match="no space left"):
        make_journal(tmp_path)

    assert list(tmp_path.iterdir()) == []


def _no_room(*arguments: object) -> int:
    raise OSError(errno.ENOSPC, "no space left on device")


def test_a_fence_is_the_last_word_on_why_to_stop(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    reasons = []
    for reason in (StopReason.CANCELLED, StopReason.TIMED_OUT, StopReason.FENCED, StopReason.CANCELLED):
        journal.stop(reason)
        reasons.append(read(journal).stopped)

    assert reasons == [StopReason.CANCELLED, StopReason.CANCELLED, StopReason.FENCED, StopReason.FENCED]


@pytest.mark.parametrize("torn", [b'{"type":"finished","num', b"\0\0\0\0", b'{"type":"step"}\n', b"\xff\xfe\n"])
def test_a_last_line_that_the_power_took_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    journal = make_journal(tmp_path)
    journal.step(RUNNING)
    whole = (journal.directory / "journal.jsonl").read_bytes()
    (journal.directory / "journal.jsonl").write_bytes(whole + torn)

    assert facts(read(journal)) == facts(journal)
    assert (journal.directory / "journal.jsonl").read_bytes() == whole
    again = read(journal)
    again.finish(END)
    assert read(again).reports == reports((1, Accepted()), (2, RUNNING), (1001, END))


def test_an_order_that_is_not_whole_was_never_accepted(tmp_path: Path) -> None:
    first, second, third = (make_journal(tmp_path, task=task) for task in ("t1", "t2", "t3"))
    lines = (first.directory / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (first.directory / "journal.jsonl").write_bytes(lines[0])
    (second.directory / "journal.jsonl").unlink()
    (tmp_path / ".t9.1.gone").mkdir()

    assert [facts(journal) for journal in read_journals(tmp_path)] == [facts(third)]
    assert list(tmp_path.iterdir()) == [third.directory]
    assert facts(make_journal(tmp_path)) == facts(first)


def test_attempts_are_read_in_the_order_in_which_they_were_given(tmp_path: Path) -> None:
    for task, given in (("t10", 1), ("t9", 2), ("t1", 3)):
        AttemptJournal.create(tmp_path / f"{task}.1", make_run(task=task), given)

    assert [str(journal.attempt) for journal in read_journals(tmp_path)] == ["t10.1", "t9.1", "t1.1"]
    assert read_journals(tmp_path / "none") == ()


def test_a_removed_attempt_is_gone(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    (journal.executor / "child").write_bytes(b"1")

    journal.remove()

    assert list(tmp_path.iterdir()) == []
