import check
import pytest


def test_all_checks_run_even_when_one_fails_and_the_summary_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "STEPS", {"first": fails, "second": passes})
    with pytest.raises(SystemExit) as ended:
        check.main([])
    lines = capsys.readouterr().out.splitlines()
    assert ended.value.code == 1
    assert lines[:3] == ["== first", "something is wrong", "== second"]
    assert [line.split()[:2] for line in lines[-2:]] == [["FAILED", "first"], ["ok", "second"]]


def test_a_check_can_run_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(check, "STEPS", {"first": fails, "second": passes})
    check.main(["second"])
    assert "first" not in capsys.readouterr().out


def test_an_unknown_check_is_named_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        check.main(["spelling"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "dev: no check 'spelling'; there are: lint format types imports generated locks web\n"
    )


def passes() -> None:
    pass


def fails() -> None:
    raise check.CheckFailed("something is wrong")


COMPLETE = {
    "node_modules/bundler": {"optionalDependencies": {"bundler-linux": "1", "bundler-darwin": "1"}},
    "node_modules/bundler-linux": {},
    "node_modules/bundler/node_modules/bundler-darwin": {},
}


def test_a_complete_lock_without_addresses_has_no_problem() -> None:
    assert check.lock_problems(COMPLETE) == []


def test_a_lock_that_lacks_a_package_of_another_platform_is_refused() -> None:
    incomplete = {name: package for name, package in COMPLETE.items() if not name.endswith("darwin")}
    assert check.lock_problems(incomplete) == [
        "node_modules/bundler: its optional bundler-darwin is not locked, so `npm ci` refuses the lock elsewhere"
    ]


def test_a_lock_that_holds_the_address_of_a_registry_is_refused() -> None:
    assert check.lock_problems({"node_modules/bundler": {"resolved": "https://registry.invalid/bundler.tgz"}}) == [
        "node_modules/bundler: locked with an address"
    ]
