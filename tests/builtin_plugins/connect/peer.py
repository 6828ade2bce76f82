"""Both ends of one HTTP/2 connection in memory: hypercorn's protocol, and a client that does only what it is told."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import h2.config
import h2.connection
import h2.events
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData
from hypercorn.protocol.h2 import H2Protocol
from hypercorn.typing import ConnectionState
from hypercorn.utils import wrap_app

App = Callable[[Any, Any, Any], Awaitable[None]]
Found = TypeVar("Found", bound=h2.events.Event)

DATA = b"x" * 16384


class Tasks(TaskGroup):
    """Tasks that one end starts, without a group that waits for them."""

    def __init__(self) -> None:
        super().__init__(asyncio.get_running_loop())
        self.running: set[asyncio.Task[Any]] = set()

    def spawn(self, func: Callable[..., Any], *args: Any) -> None:
        task = asyncio.get_running_loop().create_task(func(*args))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def end(self) -> None:
        """Cancel until they are gone; some take it more than once."""
        while self.running:
            for task in self.running:
                task.cancel()
            await asyncio.wait(self.running, timeout=0.1)


class Peer:
    """The client's end."""

    def __init__(self, protocol: type[H2Protocol], app: App, config: Config) -> None:
        self.client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self.events: list[h2.events.Event] = []
        self.tasks = Tasks()
        self._server = protocol(
            wrap_app(app, 0, "asgi"),
            config,
            WorkerContext(None),
            self.tasks,
            ConnectionState({}),
            False,
            ("127.0.0.1", 1),
            ("127.0.0.1", 2),
            self._from_server,
        )

    async def begin(self) -> None:
        """Exchange the settings."""
        self.client.initiate_connection()
        await self._server.initiate()
        await self.flush()

    async def request(self, *, end: bool = True) -> int:
        """Begin a request and return its stream's number."""
        stream = self.client.get_next_available_stream_id()
        headers = [(":method", "POST"), (":scheme", "http"), (":authority", "test"), (":path", f"/{stream}")]
        self.client.send_headers(stream, [*headers, ("te", "trailers")], end_stream=end)
        await self.flush()
        return stream

    async def data(self, stream: int, data: bytes = DATA, *, end: bool = False) -> None:
        """Send a part of a request's body."""
        self.client.send_data(stream, data, end_stream=end)
        await self.flush()

    async def reset(self, stream: int) -> None:
        """End a stream without a word."""
        self.client.reset_stream(stream)
        await self.flush()

    async def lose(self) -> None:
        """The network is gone."""
        await self._server.handle(Closed())

    async def flush(self) -> None:
        """Hand over what the client has to say; a server that stops listening is not waited for."""
        data = self.client.data_to_send()
        if data:
            async with asyncio.timeout(0.5):
                await self._server.handle(RawData(data))
        await settle()

    async def read(self, stream: int) -> None:
        """Take all that has arrived, so that the server may send as much again."""
        arrived = [event for event in self.of(h2.events.DataReceived) if event.stream_id == stream]
        self.events = [event for event in self.events if event not in arrived]
        self.client.acknowledge_received_data(sum(event.flow_controlled_length for event in arrived), stream)
        await self.flush()

    def of(self, kind: type[Found]) -> list[Found]:
        """What has arrived of that kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def statuses(self) -> dict[int, bytes]:
        """The answers by stream."""
        return {e.stream_id: dict(e.headers)[b":status"] for e in self.of(h2.events.ResponseReceived)}

    async def _from_server(self, event: Event) -> None:
        if isinstance(event, RawData):
            self.events += self.client.receive_data(event.data)


async def settle() -> None:
    """Let every task go as far as it can; in memory that takes turns of the loop, never time."""
    for _ in range(300):
        await asyncio.sleep(0)
