from dataclasses import replace

import pytest

from composia.core.container import Container, ContainerState
from composia.core.plan import Action, Change, Plan, Wanted, plan
from composia.core.release import Release, ReleasedContainer

IMAGES = {"web:1": "sha256:i1", "db:1": "sha256:i2"}


def wanted(service: str = "web", **changes: object) -> Wanted:
    one = Wanted(service=service, config_digest="sha256:c", files_digest="sha256:f", image=f"{service}:1")
    return replace(one, **changes)  # type: ignore[arg-type]


def container(service: str = "web", number: int = 1, **changes: object) -> Container:
    one = Container(
        id=f"{service}{number}",
        name=f"p-{service}-{number}",
        project="p",
        service=service,
        image=f"{service}:1",
        image_id=IMAGES[f"{service}:1"],
        state=ContainerState.RUNNING,
        config_hash="h",
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def known(service: str = "web", **changes: object) -> ReleasedContainer:
    one = ReleasedContainer(
        service=service, config_digest="sha256:c", files_digest="sha256:f", config_hash="h", image=f"{service}:1"
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def release(*containers: ReleasedContainer, project_digest: str = "sha256:p") -> Release:
    return Release(
        service="s",
        node="n",
        task="t",
        revision="r",
        bundle="b",
        project="p",
        containers=containers,
        project_digest=project_digest,
    )


def planned(
    *, want: tuple[Wanted, ...] = (wanted(),), seen: tuple[Container, ...] = (container(),), last: Release | None
) -> Plan:
    return plan(wanted=want, project_digest="sha256:p", seen=seen, last=last, images=IMAGES)


def change(action: Action, reason: str = "", *, service: str = "web", files_changed: bool = False) -> Change:
    return Change(service=service, action=action, reason=reason, files_changed=files_changed)


def test_when_everything_agrees_nothing_is_done() -> None:
    made = planned(last=release(known()))

    assert made == Plan(changes=(change(Action.KEEP),))
    assert not made.needs_up
    assert made.remounted == ()


def test_a_first_deploy_creates() -> None:
    made = planned(seen=(), last=None)

    assert made == Plan(changes=(change(Action.CREATE, "not there"),))
    assert made.needs_up


def test_running_containers_of_nobody_are_adopted() -> None:
    made = planned(last=None)

    assert made == Plan(changes=(change(Action.ADOPT, "no release of it is known"),))
    assert made.needs_up
    assert made.remounted == ()


@pytest.mark.parametrize(
    ("want", "seen", "released", "expected"),
    [
        (
            wanted(config_digest="sha256:c2"),
            container(),
            known(),
            change(Action.RECREATE, "its configuration changed"),
        ),
        (
            wanted(),
            container(config_hash="h2"),
            known(),
            change(Action.RECREATE, "it was changed outside of Composia"),
        ),
        (wanted(image="web:2"), container(), known(), change(Action.RECREATE, "image web:2 is not here")),
        (
            wanted(),
            container(image_id="sha256:old"),
            known(),
            change(Action.RECREATE, "image web:1 is another one now"),
        ),
        (
            wanted(),
            container(state=ContainerState.EXITED, exit_code=3),
            known(),
            change(Action.START, "it exited with 3"),
        ),
        (wanted(), container(state=ContainerState.CREATED), known(), change(Action.START, "it is created")),
        (wanted(), container(state=ContainerState.RESTARTING), known(), change(Action.START, "it is restarting")),
    ],
)
def test_a_difference_is_acted_on_and_named(
    want: Wanted, seen: Container, released: ReleasedContainer, expected: Change
) -> None:
    made = planned(want=(want,), seen=(seen,), last=release(released))

    assert made == Plan(changes=(expected,))
    assert made.needs_up


@pytest.mark.parametrize(("by_design", "by_record"), [(True, False), (False, True)])
def test_a_job_that_has_finished_is_not_started_again(by_design: bool, by_record: bool) -> None:
    finished = container(state=ContainerState.EXITED, exit_code=0)
    made = planned(want=(wanted(one_shot=by_design),), seen=(finished,), last=release(known(one_shot=by_record)))

    assert made == Plan(changes=(change(Action.KEEP),))


def test_a_job_that_failed_is_started_again() -> None:
    failed = container(state=ContainerState.EXITED, exit_code=1)
    made = planned(want=(wanted(one_shot=True),), seen=(failed,), last=release(known(one_shot=True)))

    assert made == Plan(changes=(change(Action.START, "it exited with 1"),))


def test_other_content_of_mounted_files_recreates_that_container_alone() -> None:
    made = planned(
        want=(wanted("db"), wanted(files_digest="sha256:f2")),
        seen=(container("db"), container()),
        last=release(known("db"), known()),
    )

    assert made == Plan(
        changes=(
            change(Action.KEEP, service="db"),
            change(Action.REMOUNT, "the content of mounted files changed", files_changed=True),
        )
    )
    assert not made.needs_up
    assert made.remounted == ("web",)


def test_a_container_that_needs_up_and_has_other_files_is_remounted_too() -> None:
    made = planned(want=(wanted(config_digest="sha256:c2", files_digest="sha256:f2"),), last=release(known()))

    assert made == Plan(changes=(change(Action.RECREATE, "its configuration changed", files_changed=True),))
    assert made.needs_up
    assert made.remounted == ("web",)


def test_a_container_that_lives_in_the_namespace_of_a_remounted_one_follows_it() -> None:
    made = planned(
        want=(wanted("db", shares=("web",)), wanted(files_digest="sha256:f2")),
        seen=(container("db"), container()),
        last=release(known("db"), known()),
    )

    assert made.remounted == ("db", "web")
    assert made.changes[0] == change(Action.REMOUNT, "it shares with web", service="db", files_changed=True)


def test_who_shares_with_one_that_follows_follows_too() -> None:
    """In whatever order they are named."""
    made = planned(
        want=(
            wanted("a", image="web:1", shares=("db",)),
            wanted("db", shares=("web",)),
            wanted(files_digest="sha256:f2"),
        ),
        seen=(replace(container(), service="a"), container("db"), container()),
        last=release(replace(known(), service="a"), known("db"), known()),
    )

    assert made.remounted == ("a", "db", "web")
    assert made.changes[0] == change(Action.REMOUNT, "it shares with db", service="a", files_changed=True)


def test_what_shares_with_somebody_outside_of_the_files_does_not_follow() -> None:
    made = planned(want=(wanted(shares=("elsewhere",)),), last=release(known()))

    assert made == Plan(changes=(change(Action.KEEP),))


def test_what_is_made_anew_anyway_is_not_made_twice_for_whom_it_shares_with() -> None:
    made = planned(
        want=(wanted("db", shares=("web",), config_digest="sha256:c2"), wanted(files_digest="sha256:f2")),
        seen=(container("db"), container()),
        last=release(known("db"), known()),
    )

    assert made.changes[0] == change(Action.RECREATE, "its configuration changed", service="db")


def test_an_exit_that_no_design_or_record_speaks_for_is_started_again() -> None:
    ended = container(state=ContainerState.EXITED, exit_code=0)
    made = planned(want=(wanted(),), seen=(ended,), last=release(known()))

    assert made == Plan(changes=(change(Action.START, "it exited with 0"),))


def test_what_mounts_nothing_any_more_is_not_remounted() -> None:
    made = planned(want=(wanted(files_digest=""),), last=release(known()))

    assert made.remounted == ()


def test_a_service_that_left_the_files_is_removed() -> None:
    made = planned(seen=(container(), container("db")), last=release(known(), known("db")))

    assert made == Plan(changes=(change(Action.KEEP), change(Action.REMOVE, "no longer in the files", service="db")))
    assert made.needs_up


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (3, change(Action.CREATE, "not there, 2 of 3")),
        (2, change(Action.KEEP)),
        (1, change(Action.REMOVE, "2 of 1 are there")),
    ],
)
def test_containers_are_counted(count: int, expected: Change) -> None:
    made = planned(want=(wanted(count=count),), seen=(container(), container(number=2)), last=release(known()))

    assert made == Plan(changes=(expected,))


def test_a_service_that_is_scaled_to_nothing_is_no_reason_to_act() -> None:
    made = planned(want=(wanted(count=0),), seen=(), last=release())

    assert made == Plan(changes=(change(Action.KEEP, "none wanted"),))
    assert not made.needs_up


def test_other_networks_or_volumes_are_a_reason_of_their_own() -> None:
    made = planned(last=release(known(), project_digest="sha256:p0"))

    assert made == Plan(changes=(change(Action.KEEP),), project_reason="networks, volumes, configs or secrets changed")
    assert made.needs_up


def test_a_container_of_which_nothing_is_known_is_made_anew() -> None:
    made = planned(last=release(known(config_digest="", files_digest="", config_hash="")))

    assert made == Plan(changes=(change(Action.RECREATE, "its configuration changed", files_changed=True),))


@pytest.mark.parametrize(
    ("one", "text"),
    [(change(Action.KEEP), "web: keep"), (change(Action.CREATE, "not there"), "web: create, not there")],
)
def test_a_change_reads_as_a_line(one: Change, text: str) -> None:
    assert str(one) == text
