"""What the server asks about the host: each question is answered by itself, within its deadline."""

from collections import deque
from dataclasses import replace
from pathlib import Path

import anyio

from composia.agent.bell import Bell
from composia.agent.checks import node_checks
from composia.agent.failure import failure
from composia.clock import Clock
from composia.core.session import Answer, Query, Subject
from composia.core.task import TaskError
from composia.errors import TimedOut
from composia.plugins.executor import Executor

AT_ONCE = 8
"""Questions that are worked on side by side; others wait, within their deadlines."""


class Queries:
    """The questions of the session that is open, and answers that it has not sent yet."""

    def __init__(self, executor: Executor, bell: Bell, data: Path, clock: Clock) -> None:
        self._executor = executor
        self._bell = bell
        self._data = data
        self._clock = clock
        self._questions: deque[Query] = deque()
        self._asked = Bell()
        self._answers: list[Answer] = []
        self._turns = anyio.Semaphore(AT_ONCE)
        self._session = 0

    async def run(self) -> None:
        """Answer for ever."""
        async with anyio.create_task_group() as tasks:
            while True:
                asked = self._asked.next
                while self._questions:
                    query = self._questions.popleft()
                    tasks.start_soon(self._answer, query, name=f"query {query.query}")
                await asked.wait()

    def ask(self, query: Query) -> None:
        """The server wants to know."""
        self._questions.append(query)
        self._asked.ring()

    def begin(self) -> None:
        """A new session: what the one before asked, nobody waits for any more, and its numbers may come again."""
        self._session += 1
        self._answers.clear()

    def take(self) -> tuple[Answer, ...]:
        """The answers that are to be sent."""
        answers, self._answers = tuple(self._answers), []
        return answers

    async def _answer(self, query: Query) -> None:
        session, answer = self._session, Answer(query=query.query, error=_late(query))
        with anyio.move_on_after(query.deadline_s):
            async with self._turns:
                try:
                    answer = await self._look(query)
                except Exception as error:  # noqa: BLE001 - of one question; it must not end the agent
                    answer = Answer(
                        query=query.query, error=failure(error, f"query for {query.subject}", str(self._data))
                    )
        if session == self._session:
            self._answers.append(replace(answer, now_ms=self._clock.now_ms()))
            self._bell.ring()

    async def _look(self, query: Query) -> Answer:
        match query.subject:
            case Subject.IMAGES:
                return Answer(query=query.query, images=await self._executor.images())
            case Subject.VOLUMES:
                return Answer(query=query.query, volumes=await self._executor.volumes())
            case Subject.NETWORKS:
                return Answer(query=query.query, networks=await self._executor.networks())
            case Subject.CONTAINER_SIZES:
                return Answer(query=query.query, container_sizes=await self._executor.container_sizes())
            case Subject.CHECKS:
                return Answer(query=query.query, checks=await node_checks(self._data, self._executor))


def _late(query: Query) -> TaskError:
    return TaskError.of(TimedOut(f"the host did not say within {query.deadline_s:g} s"))
