"""How often somebody may fail."""

from composia.clock import ManualClock
from composia.server.patience import FORGOTTEN_S, KNOWN_MOST, Patience


def waits(patience: Patience, clock: ManualClock, times: int) -> list[float]:
    """After each of so many failures, for how long it has to wait; it does."""
    found = []
    for _ in range(times):
        patience.fail("ada")
        found.append(patience.wait_s("ada"))
        clock.advance(found[-1])
        assert patience.wait_s("ada") == 0
    return found


def test_a_few_failures_cost_nothing_then_each_waits_twice_as_long_up_to_a_limit() -> None:
    clock = ManualClock()
    patience = Patience(clock, free=3, longest_s=10)

    assert waits(patience, clock, 9) == [0, 0, 1, 2, 4, 8, 10, 10, 10]
    assert patience.wait_s("bob") == 0


def test_however_often_it_fails_the_wait_can_be_told() -> None:
    clock = ManualClock()
    patience = Patience(clock, free=1, longest_s=60)
    for _ in range(5000):
        patience.fail("ada")

    assert patience.wait_s("ada") == 60


def test_a_success_takes_back_one_failure_or_all() -> None:
    patience = Patience(ManualClock(), free=2, longest_s=60)
    tried_s = [patience.fail("ada") for _ in range(3)]
    patience.excuse("ada", tried_s[2])
    one_less = patience.wait_s("ada")
    patience.excuse("ada", tried_s[1])
    two_less = patience.wait_s("ada")
    patience.fail("ada")
    patience.fail("ada")
    patience.forget("ada")

    assert (one_less, two_less, patience.wait_s("ada")) == (1, 0, 0)
    patience.excuse("ada", tried_s[0])
    patience.excuse("nobody", tried_s[0])


def test_what_went_well_was_no_failure_at_any_time() -> None:
    clock = ManualClock()
    patience = Patience(clock, free=2, longest_s=60)
    for _ in range(9):
        patience.fail("ada")
    clock.advance(50)
    early_s = patience.fail("ada")
    clock.advance(1)
    late_s = patience.fail("ada")
    patience.excuse("ada", early_s)
    one_is_under_way = patience.wait_s("ada")
    patience.excuse("ada", late_s)

    assert (one_is_under_way, patience.wait_s("ada")) == (60, 9)


def test_what_goes_well_each_half_hour_does_not_keep_failures_from_being_forgotten() -> None:
    clock = ManualClock()
    patience = Patience(clock, free=2, longest_s=60)
    for _ in range(9):
        patience.fail("ada")
    for _ in range(2):
        clock.advance(FORGOTTEN_S / 2)
        patience.excuse("ada", patience.fail("ada"))
    patience.fail("ada")

    assert patience.wait_s("ada") == 0


def test_after_an_hour_without_a_failure_all_is_forgotten() -> None:
    clock = ManualClock()
    patience = Patience(clock, free=2, longest_s=60)
    for _ in range(9):
        patience.fail("ada")
    clock.advance(FORGOTTEN_S - 1)
    patience.fail("ada")
    still = patience.wait_s("ada")
    clock.advance(FORGOTTEN_S)
    patience.fail("ada")

    assert (still, patience.wait_s("ada")) == (60, 0)


def test_of_very_many_those_go_that_failed_longest_ago() -> None:
    patience = Patience(ManualClock(), free=1, longest_s=60)
    for number in range(KNOWN_MOST):
        patience.fail(str(number))
    patience.fail("0")
    patience.fail("one more")

    assert [patience.wait_s(name) > 0 for name in ("0", "1", "2", "one more")] == [True, False, True, True]
