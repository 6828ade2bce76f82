"""What things are called: errors for names and ids that nothing has, with what may have been meant."""

import re
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Literal

from composia.core.suggest import shown, unknown
from composia.errors import Invalid, NotFound
from composia.plugins.queue import DeploymentFilter, Queue, TaskFilter

NO_NODE = "no node has joined yet; composia node join-token"
"""The hint for a node's name, when there is none at all."""

Kind = Literal["task", "deployment"]

_LETTERS: dict[Kind, str] = {"task": "t", "deployment": "d"}
_NUMBER = re.compile(r"([a-zA-Z]*)[-_ ]?0*([1-9][0-9]{0,17})")


def check_nodes(names: Iterable[str], known: Collection[str]) -> None:
    """`NotFound` for the first of these names that no node has."""
    for name in names:
        if name not in known:
            raise unknown("node", name, known, otherwise=NO_NODE)


@asynccontextmanager
async def named(kind: Kind, id_: str, queue: Queue) -> AsyncIterator[None]:
    """A block that looks for a task or deployment of that id: what is not found there is told with what may have been
    meant, and `Invalid` when there is no id at all."""
    if not id_:
        raise Invalid(f"the id of a {kind} is empty", hint=f"composia {kind} list")
    try:
        yield
    except NotFound as error:
        if error.message != f"no {kind} {id_}":
            raise
        raise NotFound(f"no {kind} {shown(id_)}", hint=await _meant(kind, id_, queue)) from None


async def _meant(kind: Kind, id_: str, queue: Queue) -> str:
    other: Kind = "deployment" if kind == "task" else "task"
    if match := _NUMBER.fullmatch(id_.strip()):
        word, number = match[1].lower(), match[2]
        if word == _LETTERS[other] and await _exists(other, f"{word}{number}", queue):
            return f"that is a {other}: composia {other} show {word}{number}"
        if await _exists(kind, f"{_LETTERS[kind]}{number}", queue):
            return f"did you mean {_LETTERS[kind]}{number}?"
    newest = await _newest(kind, queue)
    return f"the newest is {newest}; composia {kind} list" if newest else f"there is no {kind} yet"


async def _exists(kind: Kind, id_: str, queue: Queue) -> bool:
    try:
        await (queue.task(id_) if kind == "task" else queue.deployment(id_))
    except NotFound:
        return False
    return True


async def _newest(kind: Kind, queue: Queue) -> str:
    if kind == "task":
        return "".join(task.id for task in (await queue.tasks(TaskFilter(), 1)).items)
    return "".join(deployment.id for deployment in (await queue.deployments(DeploymentFilter(), 1)).items)
