from composia.core.step import StepName, StepTimeout, Timeouts


def limits(**seconds: float) -> tuple[StepTimeout, ...]:
    return tuple(StepTimeout(step=StepName(step), seconds=value) for step, value in seconds.items())


def test_what_is_said_goes_before_the_default_and_the_rest_is_the_default() -> None:
    own = Timeouts(steps=limits(up=60, pull=600))
    defaults = Timeouts(task_s=1800, steps=limits(health=90, up=300))
    assert own.over(defaults) == Timeouts(task_s=1800, steps=limits(pull=600, up=60, health=90))
    assert Timeouts(task_s=20).over(defaults) == Timeouts(task_s=20, steps=limits(up=300, health=90))


def test_a_step_that_is_not_named_has_no_limit_of_its_own() -> None:
    own = Timeouts(task_s=10, steps=limits(up=5))
    assert (own.of(StepName.UP), own.of(StepName.PULL)) == (5, None)
