"""Names and ids that nothing has: one clear error each, with what may have been meant, and nothing is stored."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from composia.core.principal import Role
from composia.core.task import PruneTarget, TaskKind, TaskState
from composia.errors import ComposiaError, Invalid, NotFound
from composia.plugins.api import DeployRequest, DrainRequest, OperateRequest, PruneRequest, RetryRequest
from composia.plugins.queue import DeploymentFilter, TaskFilter
from composia.plugins.watching import WatchRequest
from composia.server.people import People
from tests.server.world import World

pytestmark = pytest.mark.anyio

Ask = Callable[[People, str], Awaitable[Any]]
WHAT = (PruneTarget.DANGLING_IMAGES,)


async def output(people: People, task: str) -> None:
    async for _ in people.task_output(task, follow=False, attempt=0, offset=0):
        pass


async def watched(people: People, deployment: str) -> None:
    async for _ in people.watch(WatchRequest(deployments=(deployment,))):
        return


SERVICES: dict[str, Ask] = {
    "status": lambda people, name: people.get_status([name]),
    "show": lambda people, name: people.get_service(name),
    "deploy": lambda people, name: people.deploy(DeployRequest(request_id="r", services=("web", name))),
    "stop": lambda people, name: people.operate(OperateRequest(request_id="r", kind=TaskKind.STOP, service=name)),
}
NODES: dict[str, Ask] = {
    "show": lambda people, name: people.get_node(name),
    "prune": lambda people, name: people.prune_node(PruneRequest(request_id="r", node=name, what=WHAT)),
    "drain": lambda people, name: people.drain_node(DrainRequest(request_id="drain", node=name)),
    "deploy": lambda people, name: people.deploy(DeployRequest(request_id="r", services=("web",), nodes=(name,))),
}
TASKS: dict[str, Ask] = {
    "show": lambda people, task: people.get_task(task),
    "logs": output,
    "cancel": lambda people, task: people.cancel_task(task),
    "resolve": lambda people, task: people.resolve_task(task, TaskState.FAILED),
    "retry": lambda people, task: people.retry(RetryRequest(request_id="r", task=task)),
}
DEPLOYMENTS: dict[str, Ask] = {
    "show": lambda people, deployment: people.get_deployment(deployment),
    "cancel": lambda people, deployment: people.cancel_deployment(deployment),
    "pause": lambda people, deployment: people.pause_deployment(deployment),
    "resume": lambda people, deployment: people.resume_deployment(deployment),
    "retry": lambda people, deployment: people.retry(RetryRequest(request_id="r", deployment=deployment)),
    "watch": watched,
}
LONG = "a" * 100_000
CUT = "a" * 80 + "…"


async def refusal(asking: Awaitable[Any]) -> ComposiaError:
    with pytest.raises(ComposiaError) as refused:
        await asking
    return refused.value


@pytest.fixture
async def deployed(world: World) -> World:
    """A world with a service, its node, and one deployment: d1 with t2."""
    await world.commit("web", "a")
    async with world.agent("a"):
        await world.people.deploy(world.request("web"))
    return world


async def stored(world: World) -> tuple[int, int]:
    deployments = await world.plane.queue.deployments(DeploymentFilter(), 100)
    return len(deployments.items), len((await world.plane.queue.tasks(TaskFilter(), 100)).items)


@pytest.mark.parametrize("ask", SERVICES.values(), ids=SERVICES)
@pytest.mark.parametrize(
    ("name", "kind", "message", "hint"),
    [
        ("wbe", NotFound, "no service named wbe", "did you mean web?"),
        ("nothing", NotFound, "no service named nothing", "known: web"),
        ("", Invalid, "the name of a service is empty", "known: web"),
        ("wéb ", NotFound, "no service named 'wéb '", "known: web"),
        ("w\x1b[31m\n", NotFound, r"no service named 'w\x1b[31m\n'", "known: web"),
        ("☃", NotFound, "no service named ☃", "known: web"),
        (LONG, NotFound, f"no service named {CUT}", "known: web"),
    ],
)
async def test_a_service_that_does_not_exist(
    deployed: World, ask: Ask, name: str, kind: type[ComposiaError], message: str, hint: str
) -> None:
    before = await stored(deployed)
    error = await refusal(ask(deployed.people, name))
    assert (type(error), error.message, error.hint) == (kind, message, hint)
    assert await stored(deployed) == before


@pytest.mark.parametrize("ask", NODES.values(), ids=NODES)
@pytest.mark.parametrize(
    ("name", "kind", "message", "hint"),
    [
        ("b", NotFound, "no node named b", "known: a"),
        ("aa", NotFound, "no node named aa", "did you mean a?"),
        ("", Invalid, "the name of a node is empty", "known: a"),
        (LONG, NotFound, f"no node named {CUT}", "known: a"),
    ],
)
async def test_a_node_that_does_not_exist(
    deployed: World, ask: Ask, name: str, kind: type[ComposiaError], message: str, hint: str
) -> None:
    before = await stored(deployed)
    error = await refusal(ask(deployed.people, name))
    assert (type(error), error.message, error.hint) == (kind, message, hint)
    assert await stored(deployed) == before


async def test_where_no_node_has_joined_it_is_said_how_one_does(world: World) -> None:
    error = await refusal(world.people.get_node("a"))
    assert (error.message, error.hint) == ("no node named a", "no node has joined yet; composia node join-token")


@pytest.mark.parametrize("ask", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize(
    ("id_", "kind", "message", "hint"),
    [
        ("t9", NotFound, "no task t9", "the newest is {task}; composia task list"),
        ("{number}", NotFound, "no task {number}", "did you mean {task}?"),
        ("T-{number}", NotFound, "no task T-{number}", "did you mean {task}?"),
        ("{deployment}", NotFound, "no task {deployment}", "that is a deployment: composia deployment show {deployment}"),
        ("../x", NotFound, "no task ../x", "the newest is {task}; composia task list"),
        ("t\x00", NotFound, r"no task 't\x00'", "the newest is {task}; composia task list"),
        (LONG, NotFound, f"no task {CUT}", "the newest is {task}; composia task list"),
    ],
)  # fmt: skip
async def test_a_task_that_does_not_exist(
    deployed: World, ask: Ask, id_: str, kind: type[ComposiaError], message: str, hint: str
) -> None:
    error = await refusal(ask(deployed.people, await filled(deployed, id_)))
    expected = (kind, await filled(deployed, message), await filled(deployed, hint))
    assert (type(error), error.message, error.hint) == expected


@pytest.mark.parametrize("ask", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
@pytest.mark.parametrize(
    ("id_", "kind", "message", "hint"),
    [
        ("d9", NotFound, "no deployment d9", "the newest is {deployment}; composia deployment list"),
        ("D1", NotFound, "no deployment D1", "did you mean d1?"),
        ("{task}", NotFound, "no deployment {task}", "that is a task: composia task show {task}"),
    ],
)
async def test_a_deployment_that_does_not_exist(
    deployed: World, ask: Ask, id_: str, kind: type[ComposiaError], message: str, hint: str
) -> None:
    error = await refusal(ask(deployed.people, await filled(deployed, id_)))
    expected = (kind, await filled(deployed, message), await filled(deployed, hint))
    assert (type(error), error.message, error.hint) == expected


IDS = [("task", ask) for name, ask in TASKS.items() if name != "retry"]
IDS += [("deployment", ask) for name, ask in DEPLOYMENTS.items() if name != "retry"]


@pytest.mark.parametrize(("kind", "ask"), IDS)
async def test_an_id_that_is_empty(deployed: World, kind: str, ask: Ask) -> None:
    error = await refusal(ask(deployed.people, ""))
    said = (f"the id of a {kind} is empty", f"composia {kind} list")
    assert (type(error), error.message, error.hint) == (Invalid, *said)


async def filled(world: World, text: str) -> str:
    """A text with the ids of the one deployment and its task."""
    (task,) = (await world.plane.queue.tasks(TaskFilter(), 100)).items
    return text.format(task=task.id, deployment=task.deployment, number=task.id[1:]) if "{" in text else text


async def test_where_there_is_no_task_yet_that_is_said(world: World) -> None:
    error = await refusal(world.people.get_task("t1"))
    assert (error.message, error.hint) == ("no task t1", "there is no task yet")


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ("Ä b", "'Ä b' is no name for a node"),
        ("-a", "'-a' is no name for a node"),
        ("a" * 64, "a node's name of 64 characters is too long"),
        ("../a", "'../a' is no name for a node"),
        ("a\n", "'a\\n' is no name for a node"),
    ],
)
async def test_a_name_that_no_node_can_have_gets_no_token(world: World, node: str, message: str) -> None:
    before = await world.people.list_tokens()
    assert (await refusal(world.people.create_token(Role.NODE, node))).message == message
    assert (await refusal(world.people.create_join_token(node, 60, 1))).message == message
    assert await world.people.list_tokens() == before


async def test_a_token_that_does_not_exist(world: World) -> None:
    token, secret = await world.people.create_token(Role.VIEWER, "")
    close = token.id[:-1] + ("0" if token.id[-1] != "0" else "1")

    nearly = await refusal(world.people.revoke_token(close))
    strange = await refusal(world.people.revoke_token("x"))
    whole = await refusal(world.people.revoke_token(secret))
    part = await refusal(world.people.revoke_token("cps_"))
    empty = await refusal(world.people.revoke_token(""))

    assert (nearly.message, nearly.hint) == (f"no token {close}", f"did you mean {token.id}?")
    assert (strange.message, strange.hint) == ("no token x", "composia token list")
    assert isinstance(whole, Invalid)
    assert (str(whole), whole.hint) == (
        "token: this is a token itself, and its id is needed",
        f"composia token revoke {token.id}",
    )
    assert secret not in f"{whole} {whole.hint}"
    assert (str(part), part.hint) == (str(whole), "composia token list")
    assert (type(empty), empty.message) == (Invalid, "the id of a token is empty")
    assert token in await world.people.list_tokens()


@pytest.mark.parametrize(("attempt", "offset"), [(-1, 0), (1, -1)])
async def test_output_from_before_its_beginning_is_refused(deployed: World, attempt: int, offset: int) -> None:
    chunks = deployed.people.task_output("t2", follow=False, attempt=attempt, offset=offset)
    with pytest.raises(Invalid, match="output begins at attempt 1 and offset 0"):
        await anext(chunks)


@pytest.mark.parametrize("cursor", ["x", "e:", "e:-1", "e:²", f"e:{'9' * 5000}"])
async def test_a_cursor_that_no_event_carried_is_refused(world: World, cursor: str) -> None:
    with pytest.raises(Invalid, match="a cursor is a text that an event carried") as refused:
        await anext(world.people.watch(WatchRequest(cursor=cursor)))
    assert len(refused.value.where) < 100
