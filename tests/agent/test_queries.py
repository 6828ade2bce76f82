"""What a server asks about the host."""

import pytest

from composia.core.check import CheckResult
from composia.core.host_object import ContainerSize, Image, Network, Volume
from composia.core.session import Answer, Query, Subject
from composia.core.task import TaskError
from composia.errors import Unavailable
from tests.agent.line import Line

pytestmark = pytest.mark.anyio


def answers(line: Line) -> list[Answer]:
    return [message for message in line.server.said if isinstance(message, Answer)]


def ask(line: Line, number: int, subject: Subject, deadline_s: float = 20.0) -> None:
    line.server.send(Query(query=number, subject=subject, deadline_s=deadline_s))


async def test_questions_are_answered_side_by_side_and_not_with_the_next_heartbeat(line: Line) -> None:
    line.server.heartbeat_s = 30.0
    async with line.agent():
        ask(line, 1, Subject.IMAGES)
        ask(line, 2, Subject.VOLUMES)
        ask(line, 3, Subject.NETWORKS)
        ask(line, 4, Subject.CONTAINER_SIZES)
        await line.server.until(lambda: len(answers(line)) == 3)
        line.puppet.answers.set()
        await line.server.until(lambda: len(answers(line)) == 4)

    given = {answer.query: answer for answer in answers(line)}
    assert (given[1].images, given[2].volumes) == ((Image(id="i"),), (Volume(name="v"),))
    assert given[3].networks == (Network(id="n", name="n"),)
    assert given[4].container_sizes == (ContainerSize(id="c", size_bytes=7),)
    assert answers(line)[-1].query == 1
    assert min(answer.now_ms for answer in answers(line)) > 0


async def test_what_the_host_cannot_tell_is_the_answer(line: Line) -> None:
    line.puppet.answers.set()
    line.puppet.silence = Unavailable("no such socket", where="docker")
    async with line.agent():
        ask(line, 1, Subject.IMAGES)
        [answer] = await line.server.until(lambda: answers(line))

    assert answer.error == TaskError(code="unavailable", message="no such socket", where="docker")


async def test_what_nobody_thought_of_is_an_answer_too(line: Line) -> None:
    line.puppet.refusal = KeyError("odd")
    async with line.agent():
        ask(line, 1, Subject.VOLUMES)
        [answer] = await line.server.until(lambda: answers(line))

    assert answer.error is not None
    assert answer.error.code == "internal"


async def test_after_its_deadline_a_question_is_given_up(line: Line) -> None:
    async with line.agent():
        ask(line, 1, Subject.IMAGES, deadline_s=0.05)
        [answer] = await line.server.until(lambda: answers(line))

    assert answer.error == TaskError(code="timed_out", message="the host did not say within 0.05 s")


async def test_a_question_of_a_session_that_is_over_is_not_answered_in_the_next(line: Line) -> None:
    async with line.agent():
        ask(line, 1, Subject.IMAGES)
        ask(line, 2, Subject.VOLUMES)
        await line.server.until(lambda: answers(line))
        line.server.cut()
        await line.server.until(lambda: len(line.server.hellos) == 2)
        ask(line, 3, Subject.VOLUMES)
        await line.server.until(lambda: len(answers(line)) > 1)
        line.puppet.answers.set()
        beats = len(line.server.heartbeats)
        await line.server.until(lambda: len(line.server.heartbeats) > beats + 1)

    assert [answer.query for answer in answers(line)] == [2, 3]


async def test_the_checks_of_the_doctor_are_answered_too(line: Line) -> None:
    async with line.agent():
        ask(line, 1, Subject.CHECKS)
        [answer] = await line.server.until(lambda: answers(line))

    assert ("docker", CheckResult.OK) in [(check.name, check.result) for check in answer.checks]
