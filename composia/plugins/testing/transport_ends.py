"""Promises 4 and 5 of a transport, and how serving itself begins and ends."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from composia.core.principal import POLICY, Role
from composia.core.session import Attempt, Goodbye, LogAck, ServerMessage
from composia.errors import ComposiaError, Invalid, NotPossible, Unauthenticated, Unavailable
from composia.plugins.api import DeployRequest, OutputChunk, Started
from composia.plugins.routes import Route
from composia.plugins.testing.transport_bench import Bench, Idle, answer, silence, soon
from composia.plugins.testing.transport_values import ASKED, client, rpc, simplest
from composia.plugins.transport import AgentConnection, ServerConnection, Serving, Tls
from composia.plugins.watching import WatchEvent, WatchRequest

EVENT = WatchEvent(cursor="1")
MESSAGE = Goodbye(reason="")
CHUNK = 64 << 10

FIRST = {
    "watch": EVENT,
    "task_output": OutputChunk(attempt=1, offset=0, data=b"x"),
    "session": MESSAGE,
    "fetch_bundle": b"x",
    "push_logs": LogAck(attempt=Attempt(task="t1", number=1), offset=0),
}
"""Each stream, and something that can come down it."""

CHANGES = sorted(
    method for method in ASKED if Role.VIEWER not in POLICY[rpc(method)] and not method.startswith("list_")
)
"""What changes something: all that viewers may not call, but for the list that is for admins only."""


def opened(kind: str, people: ServerConnection, agent: AgentConnection) -> Any:
    """A stream of that kind, followed."""
    if kind == "watch":
        return people.watch(WatchRequest())
    if kind == "task_output":
        return people.task_output("t1", follow=True, attempt=0, offset=0)
    return agent.fetch_bundle("sha256:1") if kind == "fetch_bundle" else getattr(agent, kind)(silence())


class EndContract:
    """4. A change is finished although its caller goes away. 5. A stream ends with its peer, and holds up no other."""

    @pytest.mark.parametrize("method", CHANGES)
    async def test_4_a_change_is_finished_when_its_caller_goes_away(
        self, bench: Bench, serving: Serving, method: str
    ) -> None:
        """The caller is cancelled in the middle, of whatever it asked for."""
        began, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def change(*_: Any) -> None:
            began.set()
            await go_on.wait()
            done.set()
            raise Unauthenticated("nobody hears this")

        bench.puppet.acts[method] = change
        async with client(bench, serving, method) as caller:
            call = asyncio.ensure_future(getattr(caller, method)(*simplest(method)))
            await soon(began.wait())
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await soon(call)
        bench.puppet.acts["list_nodes"] = answer(())
        async with bench.people(serving) as people:
            await people.list_nodes()
        go_on.set()
        await soon(done.wait())

    async def test_4_a_change_is_finished_when_the_server_stops(self, bench: Bench) -> None:
        """`stop` waits for it."""
        began, done = asyncio.Event(), asyncio.Event()

        async def deploy(_: DeployRequest) -> Started:
            began.set()
            await asyncio.sleep(0.2)
            done.set()
            return Started(deployments=())

        bench.puppet.acts["deploy"] = deploy
        async with bench.serving() as serving, bench.people(serving) as people:
            call = asyncio.ensure_future(people.deploy(DeployRequest(request_id="r1")))
            await soon(began.wait())
            call.cancel()
            await serving.stop()
            assert done.is_set()

    @pytest.mark.parametrize("way", ["the stream is closed", "the task is cancelled", "the connection is closed"])
    @pytest.mark.parametrize("kind", ["watch", "session", "session whose handler does not read"])
    async def test_5_a_handler_ends_when_its_peer_is_gone(
        self, bench: Bench, serving: Serving, kind: str, way: str
    ) -> None:
        """However it goes, and whether or not the handler would notice by itself."""
        idle = Idle(EVENT if kind == "watch" else MESSAGE, reads=kind == "session")
        bench.puppet.acts["watch"] = bench.puppet.acts["session"] = idle
        async with bench.people(serving) as people, bench.agent(serving) as agent:
            answers: Any = people.watch(WatchRequest()) if kind == "watch" else agent.session(silence())
            await soon(anext(answers))
            reading = asyncio.ensure_future(anext(answers))
            await soon(idle.began.wait())
            if way == "the connection is closed":
                await people.close()
                await agent.close()
            reading.cancel()
            with pytest.raises((asyncio.CancelledError, ComposiaError)):
                await soon(reading)
            if way == "the stream is closed":
                await answers.aclose()
            await soon(idle.ended.wait())

    async def test_5_cancelling_a_call_is_a_cancellation(self, bench: Bench, serving: Serving) -> None:
        """And no error of ours."""
        bench.puppet.acts["watch"] = Idle(EVENT)
        async with bench.people(serving) as people:
            events = people.watch(WatchRequest())
            await soon(anext(events))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(events), 0.05)

    async def test_5_a_slow_reader_holds_up_its_own_stream_only(self, bench: Bench, serving: Serving) -> None:
        """Its handler waits, with little in memory, and other calls on the same connection are answered."""
        sent = 0

        async def task_output(*_: Any, **__: Any) -> AsyncIterator[OutputChunk]:
            nonlocal sent
            for turn in range(1000):
                sent = turn
                yield OutputChunk(attempt=1, offset=turn * CHUNK, data=os.urandom(CHUNK))

        bench.puppet.acts["task_output"] = task_output
        bench.puppet.acts["list_nodes"] = answer(())
        async with bench.people(serving) as people:
            chunks = people.task_output("t1", follow=False, attempt=0, offset=0)
            await soon(anext(chunks))
            before = -1
            while sent != before:
                before = sent
                for _ in range(20):
                    assert await soon(people.list_nodes()) == ()
            assert sent * CHUNK < 16 << 20

    async def test_a_port_that_is_taken_is_not_possible(self, bench: Bench, serving: Serving) -> None:
        """And says which."""
        taken = serving.address.rpartition("//")[2]
        with pytest.raises(NotPossible, match=taken):
            async with bench.serving(taken):
                pass

    @pytest.mark.parametrize("listen", ["", "8443", "127.0.0.1:x", "127.0.0.1:99999"])
    async def test_what_is_no_address_is_invalid(self, bench: Bench, listen: str) -> None:
        """And is not served on another one."""
        with pytest.raises(Invalid):
            async with bench.serving(listen):
                pass

    async def test_plaintext_is_for_loopback_only(self, bench: Bench, tls: tuple[Tls, bytes] | None) -> None:
        """With TLS any address will do."""
        bench.puppet.acts["list_nodes"] = answer(())
        if tls is None:
            with pytest.raises(NotPossible):
                async with bench.serving("0.0.0.0:0"):
                    pass
            return
        async with bench.serving("0.0.0.0:0") as serving, bench.people(serving) as people:
            assert await people.list_nodes() == ()

    @pytest.mark.parametrize("kind", sorted(FIRST))
    async def test_stopping_ends_every_stream_so_that_its_client_tries_again(self, bench: Bench, kind: str) -> None:
        """Within seconds, though no handler ends by itself; what is asked afterwards is refused in the same way."""
        idle = Idle(FIRST[kind])
        bench.puppet.acts |= {kind: idle, "list_nodes": answer(())}
        async with bench.serving() as serving, bench.people(serving) as people, bench.agent(serving) as agent:
            answers = opened(kind, people, agent)
            assert await soon(anext(answers)) == FIRST[kind]
            await soon(serving.stop())
            assert idle.ended.is_set()
            with pytest.raises(Unavailable, match="stopping"):
                await soon(anext(answers))
            with pytest.raises(Unavailable):
                await soon(people.list_nodes())

    async def test_a_call_is_refused_once_the_server_stops(self, bench: Bench) -> None:
        """Though its connection is open, and the last streams have not ended yet."""
        bench.puppet.acts |= {"watch": Idle(EVENT), "list_nodes": answer(())}
        async with bench.serving() as serving, bench.people(serving) as people:
            events = people.watch(WatchRequest())
            await soon(anext(events))
            stopped = asyncio.ensure_future(serving.stop())
            await asyncio.sleep(0)
            with pytest.raises(Unavailable, match="stopping"):
                await soon(people.list_nodes())
            await soon(stopped)
        assert [name for name, _, _ in bench.puppet.calls] == ["watch"]

    async def test_a_session_that_says_goodbye_is_heard_while_the_server_stops(self, bench: Bench) -> None:
        """What a handler still says when it ends by itself arrives."""
        stopping = asyncio.Event()

        async def session(_: Any) -> AsyncIterator[ServerMessage]:
            yield MESSAGE
            await stopping.wait()
            yield Goodbye(reason="the server is stopping")

        bench.puppet.acts["session"] = session
        async with bench.serving() as serving, bench.agent(serving) as agent:
            messages = agent.session(silence())
            await soon(anext(messages))
            stopping.set()
            stopped = asyncio.ensure_future(serving.stop())
            heard = [message async for message in messages]
            await soon(stopped)
        assert heard == [Goodbye(reason="the server is stopping")]

    async def test_a_route_is_served_beside_the_rpcs(self, bench: Bench) -> None:
        """The longest path wins."""
        bench.routes = (Route(path="/", app=_say("page")), Route(path="/metrics", app=_say("metrics")))
        async with bench.serving() as serving:
            found = [await bench.get(serving, path) for path in ("/", "/x/y", "/metrics", "/metrics/z")]
        assert found == ["page", "page", "metrics", "metrics"]


def _say(text: str) -> Any:
    async def app(scope: Any, _: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": text.encode()})

    return app
