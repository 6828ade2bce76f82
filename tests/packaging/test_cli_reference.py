"""The reference of the command line has every command with its help, and is noticed when it is out of date."""

from pathlib import Path

import cli_reference
import pytest

from composia.cli.main import COMMANDS


def test_every_command_and_every_one_below_it_is_there_with_its_help() -> None:
    text = cli_reference.reference()
    for name in COMMANDS:
        assert f"\n## composia {name}\n" in text
    shown = text.partition("\n## composia task cancel\n")[2].partition("\n## ")[0]
    assert "Usage: composia task cancel [OPTIONS]" in shown
    assert "-h, --help" in shown


def test_a_reference_that_is_out_of_date_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_reference, "FILE", tmp_path / "docs" / "cli.md")
    cli_reference.main([])
    cli_reference.main(["--check"])
    cli_reference.FILE.write_text(cli_reference.FILE.read_text().replace("composia task cancel", "composia task end"))
    with pytest.raises(SystemExit, match=r"docs/reference/cli\.md is not what the commands' help says: run \./dev gen"):
        cli_reference.main(["--check"])
