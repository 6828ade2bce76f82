"""Questions to agents: side by side, each with a deadline."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count

from composia.core.session import Answer, Query, Subject
from composia.errors import TimedOut, Unavailable
from composia.server.sessions import Sessions

DEADLINES_S = {
    Subject.IMAGES: 15.0,
    Subject.VOLUMES: 60.0,
    Subject.NETWORKS: 15.0,
    Subject.CHECKS: 30.0,
    Subject.CONTAINER_SIZES: 60.0,
}
"""The sizes of volumes and containers are counted file by file."""

AT_ONCE = 32
"""How many questions one agent answers side by side; further ones wait, within their deadlines."""


@dataclass(eq=False, kw_only=True)
class _Asked:
    node: str
    answer: "asyncio.Future[Answer]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def lost(self, reason: str) -> None:
        """The session that it was asked on is over."""
        if not self.answer.done():
            error = Unavailable(f"the connection to the agent was lost: {reason}", where=f"node {self.node}")
            self.answer.set_exception(error)


class Queries:
    """What is waited for."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._numbers = count(1)
        self._asked: dict[int, _Asked] = {}
        self._places: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))

    async def ask(self, node: str, subject: Subject, *, deadline_s: float | None = None) -> Answer:
        """What a node's agent answers now. `Unavailable` when it is away or goes away, `TimedOut` after the deadline, and
        the error that it answers with."""
        session = self._sessions.reachable(node)
        number, asked = next(self._numbers), _Asked(node=node)
        seconds = DEADLINES_S[subject] if deadline_s is None else deadline_s
        self._asked[number] = asked
        session.when_over.add(asked.lost)
        try:
            async with asyncio.timeout(seconds), self._places[node]:
                session.send(Query(query=number, subject=subject, deadline_s=seconds))
                answer = await asked.answer
        except TimeoutError:
            raise TimedOut(f"the agent did not say within {seconds:g} s", where=f"node {node}") from None
        finally:
            session.when_over.discard(asked.lost)
            del self._asked[number]
        if answer.error is not None:
            raise answer.error.raised()
        return answer

    def take(self, node: str, answer: Answer) -> None:
        """An agent has answered; what nobody waits for any more is passed over."""
        asked = self._asked.get(answer.query)
        if asked is not None and asked.node == node and not asked.answer.done():
            asked.answer.set_result(answer)
