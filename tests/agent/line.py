"""An agent in the tests' own process, with a fake server and a puppet for an executor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from composia.agent.main import run_agent
from composia.agent.settings import AgentSettings
from composia.clock import Clock, SystemClock
from composia.plugins.executor import Executor
from tests.agent.fake_server import FakeServer, FakeTransport
from tests.agent.puppet import Puppet
from tests.agent.waiting import eventually


@dataclass(kw_only=True)
class Line:
    """An agent, its server and its executor, which is the puppet unless the test has another."""

    server: FakeServer
    transport: FakeTransport
    puppet: Puppet
    settings: AgentSettings
    executor: Executor | None = None
    clock: Clock = field(default_factory=SystemClock)

    @property
    def data(self) -> Path:
        return self.settings.data

    def journals(self) -> list[str]:
        return sorted(path.name for path in (self.data / "attempts").iterdir())

    async def until_settled(self) -> None:
        await eventually(lambda: not self.journals())

    @asynccontextmanager
    async def agent(self) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run_agent, self.settings, self.transport, self.executor or self.puppet, self.clock)
            yield
            tasks.cancel_scope.cancel()
