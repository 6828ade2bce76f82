"""The agent's composition root: every object is made here, every loop is a named child of one task group."""

import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import anyio

from composia.agent.attempts import Attempts
from composia.agent.backoff import Backoff
from composia.agent.bell import Bell
from composia.agent.bundles import Bundles
from composia.agent.connector import Connector
from composia.agent.courier import Courier
from composia.agent.database import Database
from composia.agent.edits import Edits
from composia.agent.ending import end_when_told
from composia.agent.filesystems import Filesystems
from composia.agent.host import Host
from composia.agent.identity import agent_id, alone
from composia.agent.link import Link
from composia.agent.log_following import LogFollowing
from composia.agent.log_forwarding import LogForwarding
from composia.agent.log_spool import LogSpool
from composia.agent.log_store import LogStore
from composia.agent.manifest import Records, bundles_in_use
from composia.agent.membership import Membership
from composia.agent.observer import Observer
from composia.agent.output import Outputs
from composia.agent.queries import Queries
from composia.agent.releases import Releases
from composia.agent.renewal import Renewal
from composia.agent.runner import Runner
from composia.agent.session import Desk
from composia.agent.settings import AgentSettings
from composia.agent.tunnels import Tunnels
from composia.agent.usage import Usage
from composia.agent.workload import Workload
from composia.agent.workspace import Workspaces
from composia.clock import Clock
from composia.core.session import Hello
from composia.errors import ComposiaError
from composia.plugins.executor import Executor
from composia.plugins.executor_seeing import Elsewhere
from composia.plugins.transport import Transport
from composia.points import Reached, unwatched

log = logging.getLogger(__name__)

REFUSED_S = 30.0
"""The longest first wait after a refusal, which does not pass by itself."""

SPARE_STREAMS = 4
"""Output streams for attempts that have ended, beside one for each that is in work."""


async def run_agent(
    settings: AgentSettings, transport: Transport, executor: Executor, clock: Clock, *, reached: Reached = unwatched
) -> None:
    """Be the agent of a node until SIGTERM or SIGINT; children of the executor go on. A host that is none yet joins first,
    and raises what it is refused with.

    `NotPossible` when another agent runs on the data directory.
    """
    with alone(settings.data):
        membership = Membership(settings, transport, reached)
        if await _entered(membership, settings):
            settings = replace(settings, node=membership.node)
            await _be_the_agent(settings, membership, transport, executor, clock, reached)


async def _entered(membership: Membership, settings: AgentSettings) -> bool:
    """Whether this is a node now; not if it was told to end before."""
    refusals: list[ComposiaError] = []
    entered = False
    async with anyio.create_task_group() as tasks:
        end_when_told(tasks, with_stdin=settings.ends_with_stdin)
        try:
            await membership.enter()
            entered = True
        except ComposiaError as error:  # out of here it would be a group
            refusals.append(error)
        tasks.cancel_scope.cancel()
    for refusal in refusals:
        raise refusal
    return entered


async def _be_the_agent(
    settings: AgentSettings,
    membership: Membership,
    transport: Transport,
    executor: Executor,
    clock: Clock,
    reached: Reached,
) -> None:
    data, link = settings.data, Link()
    attempts = Attempts(data / "attempts", Bell(), clock, reached)
    records = Records(directory=data / "records")
    bundles = Bundles(data / "bundles")
    workspaces = Workspaces(data / "services", records, bundles, clock, reached=reached)
    elsewhere = executor.host_elsewhere if isinstance(executor, Elsewhere) else lambda: None
    host = Host(Filesystems(data), clock, elsewhere=elsewhere)
    observer = Observer(executor, Edits(records, workspaces), host, attempts.bell, settings.project_prefix, data)
    runner = Runner(
        settings=settings,
        attempts=attempts,
        courier=Courier(bundles, link, partial(_in_use, records, attempts)),
        workspaces=workspaces,
        releases=Releases(data / "releases"),
        executor=executor,
        clock=clock,
        reached=reached,
    )
    workload = Workload(runner, attempts, before_end=observer.see_end)
    renewal = Renewal(membership, link)
    desk = Desk(
        attempts=attempts,
        workload=workload,
        observer=observer,
        usage=Usage(executor, host, partial(_told, observer, settings), partial(_restarts, observer)),
        tunnels=Tunnels(executor, link, lambda: transport.connect_agent(membership.target)),
        queries=Queries(executor, attempts.bell, data, clock),
        link=link,
        plan_renewal=renewal.plan,
        enter_database=Database(data, attempts, workload).enter,
    )
    connector = Connector(
        transport,
        membership,
        partial(_hello, settings, agent_id(data), executor, attempts, workload),
        desk,
        retry=Backoff(),
        refused=Backoff(first_s=REFUSED_S, longest_s=4 * REFUSED_S),
    )
    renewal.on_renewed = connector.come_anew
    logs = LogStore(LogSpool(data / "logs", settings.spool_bytes, clock.now_ms()))
    loops = {
        "usage": desk.usage.run,
        "tunnels": desk.tunnels.run,
        "queries": desk.queries.run,
        "outputs": Outputs(attempts, link, streams=settings.capacity + SPARE_STREAMS).run,
        "log following": LogFollowing(executor, logs, records, lambda: observer.picture, attempts.bell, clock).run,
        "log forwarding": LogForwarding(logs, link).run,
        "renewal": renewal.run,
        "connector": connector.run,
    }

    records.load()
    bundles.open()
    await attempts.load()
    await _run_until_told(settings, workload, observer, loops)


async def _run_until_told(
    settings: AgentSettings,
    workload: Workload,
    observer: Observer,
    loops: Mapping[str, Callable[[], Coroutine[Any, Any, None]]],
) -> None:
    log.info("agent started", extra={"node": settings.node, "version": settings.version})
    async with anyio.create_task_group() as tasks:
        end_when_told(tasks, with_stdin=settings.ends_with_stdin)
        await tasks.start(workload.run, name="workload")
        await tasks.start(observer.run, name="observer")
        for name, loop in loops.items():
            tasks.start_soon(loop, name=name)
    log.info("agent stopped", extra={"node": settings.node})


def _in_use(records: Records, attempts: Attempts) -> frozenset[str]:
    """The bundles that are still needed."""
    ordered = frozenset(j.run.order.bundle for j in attempts.all() if j.finished is None and j.run.order.bundle)
    return bundles_in_use(records.all()) | ordered


def _told(observer: Observer, settings: AgentSettings) -> frozenset[str] | None:
    """The names of the containers that the server is told of; None for all."""
    return frozenset(c.name for c in observer.picture.containers) if settings.project_prefix else None


def _restarts(observer: Observer) -> dict[str, int]:
    """How often each container was started again, by name."""
    return {c.name: c.restarts for c in observer.picture.containers}


async def _hello(
    settings: AgentSettings, identity: str, executor: Executor, attempts: Attempts, workload: Workload
) -> Hello:
    facts = await executor.facts()
    return Hello(
        node=settings.node,
        agent_id=identity,
        labels=settings.labels,
        project_prefix=settings.project_prefix,
        facts=replace(facts, version=settings.version),
        # an order that is just being written down may be begun, so it must not be given again
        attempts=tuple(dict.fromkeys((*attempts.unacknowledged(), *workload.given))),
        capacity=settings.capacity,
    )
