"""Who looks at what nodes use: while somebody does, their agents read what containers use more often."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from composia.core.session import Pace
from composia.server.sessions import Session, Sessions

CLOSE_S = 5.0
"""How often is read while somebody looks, and otherwise."""
WIDE_S = 15.0

ASKED_S = 30.0
"""Whoever has asked once is taken to look for so long."""


class Looking:
    """Counts who looks at each node, and at all of them, and tells agents what follows from it."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._at: Counter[str] = Counter()
        self._at_all = 0

    def pace(self, node: str) -> Pace:
        """How often a node's agent is to read now."""
        return Pace(usage_s=CLOSE_S if self._at_all or self._at[node] else WIDE_S)

    def welcome(self, session: Session) -> None:
        """Tell an agent that has just come, if somebody looks at its node."""
        if self.pace(session.node).usage_s != WIDE_S:
            session.send(self.pace(session.node))

    def asked(self, nodes: Collection[str]) -> None:
        """Somebody has asked once what these nodes use, or all where none is named."""
        self._look(nodes, 1)
        asyncio.get_running_loop().call_later(ASKED_S, self._look, nodes, -1)

    @contextmanager
    def watching(self, nodes: Collection[str]) -> Iterator[None]:
        """Somebody watches what these nodes use, or all where none is named."""
        self._look(nodes, 1)
        try:
            yield
        finally:
            self._look(nodes, -1)

    def _look(self, nodes: Collection[str], more: int) -> None:
        reached = tuple(dict.fromkeys(nodes)) or self._sessions.settled()
        before = {node: self.pace(node) for node in reached}
        if nodes:
            self._at.update(dict.fromkeys(nodes, more))
            self._at += Counter()  # without those that nobody looks at
        else:
            self._at_all += more
        for node in reached:
            if self.pace(node) != before[node]:
                self._sessions.send(node, self.pace(node))
