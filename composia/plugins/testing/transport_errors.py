"""Promises 1 and 3 of a transport, for errors."""

import logging
from collections.abc import AsyncIterator

import pytest

from composia.core.session import LogAck, LogBatch
from composia.errors import ERRORS, ComposiaError, Internal, Unavailable
from composia.plugins.testing.transport_bench import Bench, answer, silence, soon, stream
from composia.plugins.transport import Serving, Target, Transport
from composia.plugins.watching import WatchEvent, WatchRequest

SECRET = "the password is hunter2"  # noqa: S105 - a fake one


class ErrorContract:
    """1. An error keeps code, message, where and hint. 3. Text of an unexpected one never leaves the server."""

    @pytest.mark.parametrize("code", sorted(ERRORS))
    async def test_1_an_error_arrives_as_it_was_raised(self, bench: Bench, serving: Serving, code: str) -> None:
        """Of a call with one answer, and of a stream before and after its first message."""
        raised = ERRORS[code]("it is wröng", where="app.yaml:3", hint="do it\nright", id="42")
        event = WatchEvent(cursor="1")
        bench.puppet.acts["list_nodes"] = answer(raised)
        async with bench.people(serving) as people:
            with pytest.raises(ComposiaError) as found:
                await people.list_nodes()
            assert parts(found.value) == parts(raised)
            for before in ((), (event,)):
                bench.puppet.acts["watch"] = stream(*before, raised)
                events: list[WatchEvent] = []
                with pytest.raises(ComposiaError) as found:
                    await soon(collect(people.watch(WatchRequest()), events))
                assert (parts(found.value), events) == (parts(raised), [*before])

    async def test_1_an_error_ends_a_session_as_it_was_raised(self, bench: Bench, serving: Serving) -> None:
        """Though the agent is still sending."""
        raised = ERRORS["conflict"]("another agent", where="node n1")
        bench.puppet.acts["session"] = stream(raised)
        async with bench.agent(serving) as agent:
            with pytest.raises(ComposiaError) as found:
                await soon(anext(agent.session(silence())))
        assert parts(found.value) == parts(raised)

    async def test_1_an_error_of_what_is_sent_ends_the_stream_with_it(self, bench: Bench, serving: Serving) -> None:
        """At the sender; the receiver hears that it is gone."""
        heard: list[ComposiaError] = []

        async def push_logs(batches: AsyncIterator[LogBatch]) -> AsyncIterator[LogAck]:
            try:
                async for _ in batches:
                    pass
            except ComposiaError as error:
                heard.append(error)
                raise
            yield LogAck(attempt=(await anext(batches)).attempt, offset=0)

        async def broken() -> AsyncIterator[LogBatch]:
            raise OSError(SECRET)
            yield

        bench.puppet.acts["push_logs"] = push_logs
        async with bench.agent(serving) as agent:
            with pytest.raises(OSError, match=SECRET):
                await soon(anext(agent.push_logs(broken())))

    async def test_1_a_server_that_is_not_there_is_unavailable_and_named(self, transport: Transport) -> None:
        """For people and for agents."""
        target = Target(url="http://127.0.0.1:9", token="admin")  # noqa: S106
        people, agent = await transport.connect_server(target), await transport.connect_agent(target)
        for call in (people.list_nodes(), anext(agent.session(silence()))):
            with pytest.raises(Unavailable) as found:
                await soon(call)
            assert found.value.where == target.url
        await people.close()
        await agent.close()

    async def test_3_an_unexpected_error_becomes_an_id(
        self, bench: Bench, serving: Serving, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Its text is in the log, under that id, and nowhere else."""
        bench.puppet.acts["list_nodes"] = answer(RuntimeError(SECRET))
        bench.puppet.acts["watch"] = stream(WatchEvent(cursor="1"), RuntimeError(SECRET))
        ids: list[str] = []
        with caplog.at_level(logging.ERROR):
            async with bench.people(serving) as people:
                for call in (people.list_nodes(), collect(people.watch(WatchRequest()), [])):
                    with pytest.raises(Internal) as found:
                        await soon(call)
                    assert SECRET not in repr(parts(found.value))
                    ids.append(found.value.id)
        assert [getattr(record, "id", "") for record in caplog.records] == ids
        assert all(record.exc_info and SECRET in str(record.exc_info[1]) for record in caplog.records)

    async def test_3_an_unexpected_error_of_authentication_becomes_an_id(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It comes from the server all the same."""

        async def fail(_: object) -> None:
            raise RuntimeError(SECRET)

        bench.authenticate = fail  # type: ignore[method-assign, assignment]
        async with bench.serving() as serving, bench.people(serving) as people:
            with pytest.raises(Internal) as found:
                await soon(people.list_nodes())
        assert found.value.id
        assert SECRET not in repr(parts(found.value))
        assert SECRET in caplog.text


def parts(error: ComposiaError) -> tuple[str, str, str, str, str]:
    """All that an error says."""
    return error.code, error.message, error.where, error.hint, error.id


async def collect(items: AsyncIterator[WatchEvent], into: list[WatchEvent]) -> None:
    """Keep what comes, up to the error."""
    async for item in items:
        into.append(item)
