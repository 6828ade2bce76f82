"""The agent's data directory: one agent's at a time."""

from pathlib import Path

import pytest

from composia.agent.identity import FORMAT, alone
from composia.errors import ComposiaError, Invalid, NotPossible


def refusal(data: Path) -> ComposiaError:
    with pytest.raises(ComposiaError) as refused, alone(data):
        pass
    return refused.value


def test_two_agents_on_one_directory_are_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    with alone(tmp_path / "data"):
        error = refusal(tmp_path / "data")
    with alone(tmp_path / "data"):
        pass

    assert isinstance(error, NotPossible)
    assert str(error) == f"{tmp_path / 'data'}: another agent runs on this data directory"
    assert error.hint == "stop it, or give this one a --data directory of its own"


def test_what_a_newer_agent_has_written_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "format").write_text(f"{FORMAT + 1}\n")

    error = refusal(tmp_path)

    assert isinstance(error, NotPossible)
    assert error.message.startswith(f"the data was written by a newer Composia (format {FORMAT + 1}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["format", "lock"]


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    error = refusal(tmp_path / "file")

    assert (type(error), error.message, error.where) == (Invalid, "this is no directory", str(tmp_path / "file"))
