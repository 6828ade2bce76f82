"""Promise 2 of a transport: who calls is known before anything is read."""

import pytest

from composia.core.principal import POLICY, Role
from composia.errors import ComposiaError, Forbidden, Unauthenticated
from composia.plugins.testing.transport_bench import Bench, Idle, answer, silence, soon
from composia.plugins.testing.transport_values import ASKED, OF_AGENTS, rpc, simplest
from composia.plugins.transport import Serving
from composia.plugins.watching import WatchEvent, WatchRequest


class CallerContract:
    """2. The caller is known, and its role checked, before a byte of the request's body is read."""

    @pytest.mark.parametrize(("token", "error"), [("viewer", Forbidden), ("", Unauthenticated), ("x", Unauthenticated)])
    async def test_2_a_caller_who_may_not_is_refused_before_it_sent_anything(
        self, bench: Bench, serving: Serving, token: str, error: type[ComposiaError]
    ) -> None:
        """A stream on which nothing is sent is refused, and the API never hears of it."""
        async with bench.agent(serving, token) as agent:
            with pytest.raises(error):
                await soon(anext(agent.session(silence())))
        assert bench.puppet.calls == []

    @pytest.mark.parametrize("role", list(Role))
    async def test_2_each_role_may_call_what_the_policy_says(self, bench: Bench, serving: Serving, role: Role) -> None:
        """For each RPC with one answer: the others are as streams."""
        refused: set[str] = set()
        async with bench.people(serving, role.value) as people, bench.agent(serving, role.value) as agent:
            for method in ASKED:
                bench.puppet.acts[method] = answer(Unauthenticated("let in"))
                try:
                    await getattr(agent if method in OF_AGENTS else people, method)(*simplest(method))
                except Forbidden:
                    refused.add(rpc(method))
                except Unauthenticated:
                    pass
        assert refused == {rpc(method) for method in ASKED if role not in POLICY[rpc(method)]}

    async def test_2_what_came_with_a_request_is_shown_to_who_names_the_caller(
        self, bench: Bench, serving: Serving
    ) -> None:
        """The RPC's name, the headers, the peer."""
        bench.puppet.acts["list_nodes"] = answer(())
        async with bench.people(serving, "viewer:7") as people:
            await people.list_nodes()
        (seen,) = bench.seen
        assert seen.method == "ListNodes"
        assert seen.headers["authorization"] == "Bearer viewer:7"
        assert all(name == name.lower() for name in seen.headers)
        assert seen.peer.startswith("127.0.0.1:")

    async def test_2_streams_of_a_credential_end_when_it_is_revoked(self, bench: Bench, serving: Serving) -> None:
        """And those of another one stay."""
        mine, other = Idle(WatchEvent(cursor="1")), Idle(WatchEvent(cursor="2"))
        async with bench.people(serving, "viewer:1") as first, bench.people(serving, "viewer:2") as second:
            bench.puppet.acts["watch"] = mine
            one = first.watch(WatchRequest())
            await soon(anext(one))
            bench.puppet.acts["watch"] = other
            two = second.watch(WatchRequest())
            await soon(anext(two))
            serving.end_streams("viewer:1", "it was revoked")
            with pytest.raises(Unauthenticated, match="it was revoked"):
                await soon(anext(one))
            await soon(mine.ended.wait())
            assert not other.ended.is_set()
