"""What `composia doctor` says of a node: the agent's own part, and the executor's."""

from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from composia.agent.membership import CLOSE_S, Membership
from composia.agent.settings import AgentSettings
from composia.core.check import Check, CheckResult
from composia.errors import ComposiaError, Forbidden, NotFound, Unauthenticated, of_the_system
from composia.plugins.executor import Executor
from composia.plugins.transport import Target, Transport
from composia.points import unwatched
from composia.self_check import directory_checks, program_checks

REACH_S = 15.0
"""How long the server may take to answer."""

NO_BUNDLE = "0" * 64
"""A digest that no bundle has."""


async def node_checks(data: Path, executor: Executor) -> tuple[Check, ...]:
    """All of it; nothing is raised, what does not answer is a check that failed."""
    return (
        *await anyio.to_thread.run_sync(program_checks),
        *await anyio.to_thread.run_sync(partial(directory_checks, data, others=0o55)),
        *await executor.checks(),
    )


async def server_check(settings: AgentSettings, transport: Transport) -> Check:
    """Whether the server of this host's agent can be reached from here and takes its credential. A host that is no node yet has
    none."""
    try:
        membership = Membership(settings, transport, unwatched)
        target = membership.target
        if not target.token:
            hint = "composia agent --join STRING, with what `composia node join-token` prints"
            return Check(name="server", result=CheckResult.WARNING, text="this host is no node yet", hint=hint)
        with anyio.fail_after(REACH_S):
            await _call(transport, target)
    except (Unauthenticated, Forbidden) as error:
        hint = error.hint if settings.token else _rejoin(membership.node)
        return _failed(f"{target.url} is reached, but refuses this node's credential: {error.message}", hint)
    except ComposiaError as error:
        return _failed(str(error), error.hint)
    except TimeoutError:
        return _failed(f"{target.url}: no answer in {REACH_S:g} s", "is it a Composia server, and is it well?")
    except OSError as error:
        told = of_the_system(error)
        return _failed(str(told), told.hint)
    return Check(name="server", result=CheckResult.OK, text=f"{target.url} is reached and takes this node's credential")


async def _call(transport: Transport, target: Target) -> None:
    """Call something that only nodes may and that changes nothing."""
    connection = await transport.connect_agent(target)
    try:
        async for _ in connection.fetch_bundle(NO_BUNDLE):
            pass
    except NotFound:
        return
    finally:
        with anyio.move_on_after(CLOSE_S, shield=True):
            await connection.close()


def _failed(text: str, hint: str) -> Check:
    return Check(name="server", result=CheckResult.ERROR, text=text, hint=hint)


def _rejoin(node: str) -> str:
    return f"let it join anew: composia agent --join STRING, with what `composia node join-token --node {node}` prints"
