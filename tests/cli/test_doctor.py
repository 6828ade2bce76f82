"""`composia doctor --agent`: what this host says of itself. Whether a server is reached is in agent/test_checks.py."""

import json
from pathlib import Path

from tests.cli.conftest import Run

SIMULATED = "executor: {provider: simulated}\n"


def server_check(composia: Run, directory: Path, config: str, code: int) -> dict[str, str]:
    (directory / "agent.yaml").write_text(config)
    arguments = ("--config", str(directory / "agent.yaml"), "--data", str(directory))
    result = composia("doctor", "--agent", *arguments, "-o", "json")
    assert result.exit_code == code, result.output
    found: dict[str, str] = json.loads(result.stdout)["this host"][-1]
    return found


def test_a_host_that_has_not_joined_is_warned_of(composia: Run, tmp_path: Path) -> None:
    check = server_check(composia, tmp_path, SIMULATED, 0)

    assert (check["name"], check["result"], check["text"]) == ("server", "warning", "this host is no node yet")


def test_a_token_file_that_is_missing_is_a_finding_like_others(composia: Run, tmp_path: Path) -> None:
    missing = tmp_path / "token"
    told = f"server: https://composia.test\nnode: a\ntoken_file: {missing}\n"
    check = server_check(composia, tmp_path, SIMULATED + told, 1)

    assert (check["name"], check["result"]) == ("server", "error")
    assert check["text"] == f"{missing}: no such file for --token-file"


def test_the_server_that_the_configuration_names_is_asked(composia: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("cps_a_b")
    told = f"server: https://nowhere.invalid/\nnode: a\ntoken_file: {tmp_path / 'token'}\n"
    check = server_check(composia, tmp_path, SIMULATED + told, 1)

    assert check["text"] == "https://nowhere.invalid: no address is known for nowhere.invalid"
