"""Questions to agents: side by side, in any order, and never waited for in vain."""

import asyncio

import anyio
import pytest

from composia.core.host_object import ContainerSize, Image, Network, Volume
from composia.core.session import Answer, Pace, Query, Subject
from composia.core.task import TaskError
from composia.errors import NotFound, NotPossible, TimedOut, Unavailable
from composia.server.looking import CLOSE_S, WIDE_S
from composia.server.sessions import OUTBOX
from tests.server.world import PlayedAgent, World

pytestmark = pytest.mark.anyio

IMAGES = (Image(id="sha256:1", tags=("web:1",), size_bytes=5),)
VOLUMES = (Volume(name="data", size_bytes=7),)
NETWORKS = (Network(id="1", name="bridge"),)
SIZES = (ContainerSize(id="1", size_bytes=9),)


async def hear_query(agent: PlayedAgent) -> Query:
    while not isinstance(message := await agent.hear(), Query):
        pass
    return message


async def test_questions_are_answered_side_by_side_in_any_order(world: World) -> None:
    async with world.agent("a") as agent:
        await agent.see()
        images = asyncio.create_task(world.people.list_images("a"))
        first = await hear_query(agent)
        volumes = asyncio.create_task(world.people.list_volumes("a"))
        second = await hear_query(agent)
        networks = asyncio.create_task(world.people.list_networks("a"))
        third = await hear_query(agent)
        sizes = asyncio.create_task(world.people.list_container_sizes("a"))
        fourth = await hear_query(agent)
        await agent.send(Answer(query=fourth.query, container_sizes=SIZES))
        await agent.send(Answer(query=third.query, networks=NETWORKS))
        await agent.send(Answer(query=second.query, volumes=VOLUMES))
        await agent.send(Answer(query=first.query, images=IMAGES))

        assert [q.subject for q in (first, second, third)] == [Subject.IMAGES, Subject.VOLUMES, Subject.NETWORKS]
        assert fourth.subject is Subject.CONTAINER_SIZES
        assert second.deadline_s > first.deadline_s
        assert await sizes == SIZES
        assert (await images, await volumes, await networks) == (IMAGES, VOLUMES, NETWORKS)


async def test_an_agent_that_goes_away_fails_all_that_wait_for_it_at_once_and_nobody_else(world: World) -> None:
    async with world.agent("b") as other:
        await other.see()
        elsewhere = asyncio.create_task(world.people.list_images("b"))
        query = await hear_query(other)
        async with world.agent("a") as agent:
            await agent.see()
            asked = [asyncio.create_task(world.people.list_images("a")) for _ in range(3)]
            for _ in asked:
                await hear_query(agent)
        with anyio.fail_after(60):
            errors = await asyncio.gather(*asked, return_exceptions=True)
        await other.send(Answer(query=query.query, images=IMAGES))

        assert await elsewhere == IMAGES
    assert {str(error) for error in errors} == {"node a: the connection to the agent was lost: the stream ended"}
    assert {type(error) for error in errors} == {Unavailable}


async def test_a_question_on_a_newer_session_outlives_the_end_of_the_older_one(world: World) -> None:
    async with world.agent("a") as older:
        await older.see()
        async with world.agent("a") as newer:
            await newer.see()
            asked = asyncio.create_task(world.people.list_images("a"))
            query = await hear_query(newer)
            await older.leave()
            await newer.send(Answer(query=query.query, images=IMAGES))

            assert await asked == IMAGES


async def test_a_node_that_is_away_or_that_never_was_is_said_at_once(world: World) -> None:
    async with world.agent("a") as agent:
        await agent.see()
    with pytest.raises(Unavailable, match="the node is disconnected"):
        await world.people.list_images("a")
    with pytest.raises(NotFound, match="no node named b"):
        await world.people.list_volumes("b")


async def test_what_the_agent_cannot_tell_is_the_error(world: World) -> None:
    async with world.agent("a") as agent:
        await agent.see()
        asked = asyncio.create_task(world.people.list_networks("a"))
        query = await hear_query(agent)
        await agent.send(Answer(query=query.query, error=TaskError(code="not_possible", message="no", hint="yes")))
        with pytest.raises(NotPossible) as refused:
            await asked

    assert (refused.value.message, refused.value.hint) == ("no", "yes")


async def test_an_answer_that_comes_too_late_or_from_another_node_counts_for_nothing(world: World) -> None:
    async with world.agent("a") as agent, world.agent("b") as other:
        await agent.see()
        await other.see()
        with pytest.raises(TimedOut, match=r"the agent did not say within 0\.05 s"):
            await world.plane.queries.ask("a", Subject.IMAGES, deadline_s=0.05)
        late = await hear_query(agent)
        await agent.send(Answer(query=late.query, images=IMAGES))
        asked = asyncio.create_task(world.people.list_volumes("a"))
        query = await hear_query(agent)
        await other.send(Answer(query=query.query))
        await other.see()  # its answer has been heard
        await agent.send(Answer(query=query.query, volumes=VOLUMES))

        assert await asked == VOLUMES


async def test_one_person_cannot_ask_an_agent_so_much_that_it_is_taken_for_one_that_does_not_read(world: World) -> None:
    async with world.agent("a") as agent:
        await agent.see()
        asked = [asyncio.create_task(world.people.list_images("a")) for _ in range(2 * OUTBOX)]
        examined = asyncio.create_task(world.people.examine(["a"] * OUTBOX))
        for _ in range(2 * OUTBOX + 1):
            query = await hear_query(agent)
            await agent.send(Answer(query=query.query, images=IMAGES))

        assert await asyncio.gather(*asked) == [IMAGES] * len(asked)
        assert [checks.node for checks in (await examined).nodes] == ["a"]


async def test_who_looks_at_a_node_by_its_name_again_and_again_tells_its_agent_once(world: World) -> None:
    async with world.agent("a") as agent:
        await agent.see()
        with world.plane.looking.watching(["a"] * OUTBOX):
            paces = [await agent.hear()]
        paces.append(await agent.hear())

        assert paces == [Pace(usage_s=CLOSE_S), Pace(usage_s=WIDE_S)]
