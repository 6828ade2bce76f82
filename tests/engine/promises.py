"""What holds of stored work whenever nothing moves."""

from collections.abc import Iterable, Mapping, Sequence

from composia.core.deployment import Deployment, DeploymentState, advance
from composia.core.session import Attempt, Cancel, Run
from composia.core.task import TRANSITIONS, Task, TaskKind, TaskState
from tests.engine.played import CAPACITY, PlayedAgent


def _reachable() -> dict[TaskState, frozenset[TaskState]]:
    """The states that come after each one, over any number of arrows."""
    found = {state: {state} | TRANSITIONS[state] for state in TaskState}
    for _ in TaskState:
        found = {state: set().union(*(found[after] for after in afters)) for state, afters in found.items()}
    return {state: frozenset(afters) for state, afters in found.items()}


REACHABLE = _reachable()


def each_moved_along_its_arrows(before: Mapping[str, Task], tasks: Mapping[str, Task]) -> None:
    """Its state follows from the one before; what is over stays as it is, unless a person says more of what is lost."""
    for task in tasks.values():
        if (known := before.get(task.id)) is not None:
            assert task.state in REACHABLE[known.state], f"{known.state} → {task.state}"
            assert task.attempt >= known.attempt
            if known.state.final and known.state is not TaskState.LOST:
                assert task == known


def nothing_is_held_twice(tasks: Iterable[Task], nodes: Sequence[str]) -> None:
    """One live task an instance, no more than an agent works on at once."""
    live = [task for task in tasks if task.state.live]
    instances = [(task.service, task.node) for task in live]
    assert len(instances) == len(set(instances)), live
    mine = [task for task in live if task.server == "s1"]
    for node in nodes:
        assert sum(task.node == node for task in mine) <= CAPACITY


def first_in_first_out(tasks: Sequence[Task], deployments: Mapping[str, Deployment]) -> None:
    """Nobody has been served while one of its instance waits that came before it; only a paused deployment stands
    aside, and what was overtaken meanwhile does not come back."""
    for task in tasks:
        if task.attempt > 0:
            before = [
                t
                for t in tasks
                if t.state is TaskState.PENDING
                and (t.service, t.node) == (task.service, task.node)
                and t.sequence < task.sequence
                and deployments[t.deployment].state is not DeploymentState.PAUSED
            ]
            assert before == []


def deployments_stand_where_their_tasks_put_them(
    tasks: Sequence[Task], deployments: Mapping[str, Deployment], now_ms: int
) -> None:
    """What is open is in the present batch or a later one, and nothing but time would advance it."""
    of: dict[str, list[Task]] = {name: [] for name in deployments}
    for task in tasks:
        of[task.deployment].append(task)
    for name, deployment in deployments.items():
        assert all(task.batch >= deployment.batch for task in of[name] if not task.state.final), deployment
        if not deployment.resume_ms:
            assert advance(deployment, of[name], now_ms) == deployment


def agents_know_what_to_cancel(tasks: Iterable[Task], agents: Iterable[PlayedAgent]) -> None:
    """Who is connected and holds what is to be cancelled has been told so, or will read it."""
    cancelled = {Attempt(task=t.id, number=t.attempt) for t in tasks if t.state.live and t.cancel_requested}
    for agent in agents:
        if agent.connected:
            coming = {message.attempt for message in agent.inbox if isinstance(message, Cancel)}
            ordered = {message.attempt for message in agent.inbox if isinstance(message, Run)}
            told = {attempt for attempt, entry in agent.journal.items() if entry.cancelled or entry.ended}
            assert cancelled & (agent.journal.keys() | ordered) <= coming | told


def outdated_by(new: Sequence[Task], before: Iterable[Task], retry_of: str = "") -> set[str]:
    """Which of the tasks from before have to give way to the new ones."""
    instances = {(task.service, task.node): task.kind for task in new}
    return {
        old.id
        for old in before
        if old.state in (TaskState.PENDING, TaskState.LOST)
        and (old.service, old.node) in instances
        and (old.deployment == retry_of or old.kind is instances[old.service, old.node] is TaskKind.DEPLOY)
    }
