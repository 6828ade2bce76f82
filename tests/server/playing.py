"""An agent's end of a tunnel, and a person's side of a command, as a test plays them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

import anyio

from composia.core.session import CloseTunnel, OpenTunnel
from composia.core.task import TaskError
from composia.core.tunnel import ExecInput, ExecOutput, TunnelDown, TunnelOpened, TunnelUp
from composia.server.people import People
from tests.server.world import PlayedAgent

PATIENCE_S = 60


@dataclass(kw_only=True)
class End:
    """An agent's end of a tunnel: what it says goes up, `heard` is what came down, `over` is set once the server is done."""

    opened: TunnelOpened
    heard: list[TunnelDown] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    error: BaseException | None = None
    _says: "asyncio.Queue[TunnelUp | None]" = field(default_factory=asyncio.Queue)

    def say(self, *messages: TunnelUp) -> None:
        for message in messages:
            self._says.put_nowait(message)

    @property
    def left(self) -> int:
        """How much the server has not taken yet."""
        return self._says.qsize()

    def leave(self) -> None:
        """Say nothing more."""
        self._says.put_nowait(None)

    async def until_heard(self, *messages: TunnelDown) -> None:
        with anyio.fail_after(PATIENCE_S):
            while self.heard != list(messages):
                self.news.clear()
                await self.news.wait()

    async def messages(self) -> AsyncIterator[TunnelUp]:
        yield self.opened
        while (message := await self._says.get()) is not None:
            yield message


@asynccontextmanager
async def answered(agent: PlayedAgent, tunnel: str, error: TaskError | None = None) -> AsyncIterator[End]:
    """Call the server for a tunnel, for as long as the block."""
    end = End(opened=TunnelOpened(tunnel=tunnel, error=error))

    async def call() -> None:
        try:
            async with aclosing(agent.api.tunnel(end.messages())) as answers:  # type: ignore[type-var]
                async for message in answers:
                    end.heard.append(message)
                    end.news.set()
        except Exception as refused:  # noqa: BLE001 - the test looks at it
            end.error = refused
        finally:
            end.over.set()

    calling = asyncio.create_task(call())
    try:
        yield end
    finally:
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)


async def hear_open(agent: PlayedAgent) -> OpenTunnel:
    """The server asks for a tunnel."""
    while not isinstance(message := await agent.hear(), OpenTunnel):
        pass
    return message


async def hear_close(agent: PlayedAgent) -> CloseTunnel:
    """The server wants one no more."""
    while not isinstance(message := await agent.hear(), CloseTunnel):
        pass
    return message


@dataclass(kw_only=True)
class Person:
    """Who runs a command: `got` is what came out, `error` how it failed."""

    got: list[ExecOutput] = field(default_factory=list)
    error: BaseException | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    reads: asyncio.Event = field(default_factory=asyncio.Event)
    inputs: "asyncio.Queue[ExecInput]" = field(default_factory=asyncio.Queue)
    task: "asyncio.Task[None] | None" = None

    async def until_over(self) -> None:
        with anyio.fail_after(PATIENCE_S):
            await self.over.wait()

    async def until_got(self, count: int, *, within_s: float = PATIENCE_S) -> None:
        with anyio.fail_after(within_s):
            while len(self.got) < count:
                self.news.clear()
                await self.news.wait()

    async def says(self) -> AsyncIterator[ExecInput]:
        while True:
            yield await self.inputs.get()


@asynccontextmanager
async def running(people: People, *first: ExecInput) -> AsyncIterator[Person]:
    """A person who runs a command, and reads what comes unless `reads` is cleared."""
    person = Person()
    person.reads.set()
    for message in first:
        person.inputs.put_nowait(message)

    async def run() -> None:
        try:
            async with aclosing(people.exec(person.says())) as outputs:  # type: ignore[type-var]
                async for output in outputs:
                    person.got.append(output)
                    person.news.set()
                    await person.reads.wait()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            person.error = error
        finally:
            person.over.set()

    person.task = asyncio.create_task(run())
    try:
        yield person
    finally:
        person.task.cancel()
        await asyncio.gather(person.task, return_exceptions=True)
