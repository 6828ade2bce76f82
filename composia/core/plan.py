"""What a deploy will change on a node, and why: wanted is compared with what was seen and what was released last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from composia.core.container import Container, ContainerState
from composia.core.release import Release, ReleasedContainer


class Action(StrEnum):
    """What becomes of the containers of one Compose service."""

    KEEP = "keep"
    CREATE = "create"
    RECREATE = "recreate"
    REMOUNT = "remount"
    """Recreate where Compose itself sees no difference: only the content of mounted files changed."""
    START = "start"
    ADOPT = "adopt"
    """Containers that no known release made: Compose compares them."""
    REMOVE = "remove"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One Compose service as rendered. `count` is how many containers; `one_shot` that it ends with exit 0 by design;
    `shares` names the services whose network, process or ipc namespace or volumes it uses."""

    service: str
    config_digest: str
    files_digest: str = ""
    image: str = ""
    count: int = 1
    one_shot: bool = False
    shares: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one Compose service. `files_changed` says that mounted files have other content than before."""

    service: str
    action: Action
    reason: str = ""
    files_changed: bool = False

    def __str__(self) -> str:
        return f"{self.service}: {self.action}" + (f", {self.reason}" if self.reason else "")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All changes, by service. `project_reason` says what changed beside the services; empty when nothing did."""

    changes: tuple[Change, ...]
    project_reason: str = ""

    @property
    def needs_up(self) -> bool:
        """Whether Compose has anything to do by itself."""
        return bool(self.project_reason) or any(
            change.action not in (Action.KEEP, Action.REMOUNT) for change in self.changes
        )

    @property
    def remounted(self) -> tuple[str, ...]:
        """The services whose containers must be new ones, whether Compose sees a reason or not."""
        return tuple(change.service for change in self.changes if change.files_changed)


def plan(
    *,
    wanted: Sequence[Wanted],
    project_digest: str,
    seen: Sequence[Container],
    last: Release | None,
    images: Mapping[str, str],
) -> Plan:
    """The plan of a deploy. `seen` are the project's containers, `images` the ids of the wanted images that are on the
    node, by reference."""
    changes = {one.service: _change(one, _of(one.service, seen), _known(one.service, last), images) for one in wanted}
    before: dict[str, Change] = {}
    while changes != before:  # who shares with one that follows follows too
        before = dict(changes)
        for one in wanted:
            changes[one.service] = _follow(one, changes)
    for service in sorted({container.service for container in seen} - changes.keys()):
        changes[service] = Change(service=service, action=Action.REMOVE, reason="no longer in the files")
    return Plan(changes=tuple(changes.values()), project_reason=_project_reason(project_digest, last))


def _of(service: str, seen: Sequence[Container]) -> list[Container]:
    return [container for container in seen if container.service == service]


def _known(service: str, last: Release | None) -> ReleasedContainer | None:
    return next((c for c in last.containers if c.service == service), None) if last else None


def _project_reason(project_digest: str, last: Release | None) -> str:
    if last is None or last.project_digest == project_digest:
        return ""
    return "networks, volumes, configs or secrets changed"


def _change(
    wanted: Wanted, seen: list[Container], known: ReleasedContainer | None, images: Mapping[str, str]
) -> Change:
    if len(seen) < wanted.count:
        count = f", {len(seen)} of {wanted.count}" if seen else ""
        return Change(service=wanted.service, action=Action.CREATE, reason=f"not there{count}")
    if len(seen) > wanted.count:
        return Change(service=wanted.service, action=Action.REMOVE, reason=f"{len(seen)} of {wanted.count} are there")
    if not seen:
        return Change(service=wanted.service, action=Action.KEEP, reason="none wanted")
    if known is None:
        return Change(service=wanted.service, action=Action.ADOPT, reason="no release of it is known")
    action, reason = _compare(wanted, seen, known, images)
    changed = bool(wanted.files_digest) and wanted.files_digest != known.files_digest
    if changed and action is Action.KEEP:
        action, reason = Action.REMOUNT, "the content of mounted files changed"
    return Change(service=wanted.service, action=action, reason=reason, files_changed=changed)


def _compare(
    wanted: Wanted, seen: list[Container], known: ReleasedContainer, images: Mapping[str, str]
) -> tuple[Action, str]:
    if wanted.config_digest != known.config_digest:
        return Action.RECREATE, "its configuration changed"
    if any(container.config_hash != known.config_hash for container in seen):
        return Action.RECREATE, "it was changed outside of Composia"
    image_id = images.get(wanted.image)
    if image_id is None:
        return Action.RECREATE, f"image {wanted.image} is not here"
    if any(container.image_id != image_id for container in seen):
        return Action.RECREATE, f"image {wanted.image} is another one now"
    for container in seen:
        if reason := _not_up(container, one_shot=wanted.one_shot or known.one_shot):
            return Action.START, reason
    return Action.KEEP, ""


def _not_up(container: Container, *, one_shot: bool) -> str:
    if container.state is ContainerState.RUNNING:
        return ""
    if container.state is ContainerState.EXITED:
        return "" if one_shot and container.exit_code == 0 else f"it exited with {container.exit_code}"
    return f"it is {container.state}"


def _follow(wanted: Wanted, changes: Mapping[str, Change]) -> Change:
    """A container that lives in the namespace of one that is remounted has to be made again after it."""
    change = changes[wanted.service]
    leader = next((s for s in wanted.shares if s in changes and changes[s].files_changed), None)
    if leader is None or change.files_changed or change.action not in (Action.KEEP, Action.START):
        return change
    return Change(service=wanted.service, action=Action.REMOUNT, reason=f"it shares with {leader}", files_changed=True)
