"""What server, agent and command line say of themselves and of their directory."""

from pathlib import Path

import pytest

from composia import self_check
from composia.core.check import Check, CheckResult
from composia.self_check import DAY_MS, directory_checks, expiry_check, program_checks
from tests.small_disk import small_disk

OK, WARNING, ERROR = CheckResult


def by_name(checks: tuple[Check, ...]) -> dict[str, Check]:
    return {check.name: check for check in checks}


@pytest.mark.parametrize(
    ("left_ms", "result", "text"),
    [
        (15 * DAY_MS, OK, "it is good for 15 days more"),
        (14 * DAY_MS - 1, WARNING, "it is good for 13 days more"),
        (DAY_MS, WARNING, "it is good for a day more"),
        (1, WARNING, "it is good for 0 days more"),
        (0, ERROR, "it has expired"),
        (-DAY_MS, ERROR, "it has expired"),
    ],
)
def test_what_ends_soon_is_warned_of_and_what_has_ended_is_an_error(
    left_ms: int, result: CheckResult, text: str
) -> None:
    found = expiry_check("credential", "it", 1_700_000_000_000 + left_ms, 1_700_000_000_000, "renew it")
    assert (found.result, found.text) == (result, text)
    assert found.hint == ("" if result is OK else "renew it")


def test_a_private_directory_with_room_is_as_it_should_be(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert [check.result for check in directory_checks(tmp_path, others=0)] == [OK, OK]


@pytest.mark.parametrize(
    ("mode", "others", "right"), [(0o750, 0, 0o700), (0o755, 0o55, 0), (0o775, 0o55, 0o755), (0o777, 0, 0o700)]
)
def test_one_with_which_others_can_do_more_than_they_need_is_warned_of(
    tmp_path: Path, mode: int, others: int, right: int
) -> None:
    tmp_path.chmod(mode)
    found = by_name(directory_checks(tmp_path, others=others))["permissions"]
    assert (found.result, found.hint) == ((WARNING, f"chmod {right:o} {tmp_path}") if right else (OK, ""))


def test_one_that_is_not_there_is_an_error_and_not_raised(tmp_path: Path) -> None:
    (found,) = directory_checks(tmp_path / "none", others=0)
    assert found.result is ERROR
    assert "no such file or directory" in found.text


def test_a_disk_that_is_full_is_an_error(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        assert by_name(directory_checks(disk.place, others=0o77))["disk"].result is ERROR


def test_an_extraction_tells_of_the_others_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, other = tmp_path / "composia_1111", tmp_path / "composia_2222"
    for extraction in (own, other):
        (extraction / "site-packages" / "composia").mkdir(parents=True)
    (other / "site-packages" / "big").write_bytes(b"x" * (3 << 20))
    monkeypatch.setattr(self_check, "__file__", str(own / "site-packages" / "composia" / "self_check.py"))
    found = by_name(program_checks())["extractions"]
    assert found.text == f"1 other unpacked in {tmp_path}, 3 MiB; each goes a week after it was last used"


def test_a_checkout_has_no_extractions() -> None:
    assert "extractions" not in by_name(program_checks())
