"""`composia server`: the composition root. Everything is built here, every loop is a named child of one task group."""

import asyncio
import logging
import secrets
import signal
import socket
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import anyio

from composia.clock import Clock
from composia.config import ServerConfig
from composia.core.join import name_of_host
from composia.core.service import Catalog
from composia.errors import ComposiaError, Invalid, NotPossible, Unavailable, cause
from composia.plugins.manager import Plugins
from composia.plugins.provider import Context
from composia.plugins.queue import Queue
from composia.plugins.transport import Binding, Serving, Tls, Transport
from composia.points import Reached, unwatched
from composia.server.agents import Agents
from composia.server.auto_deploy import deploy_by_itself
from composia.server.board import Board
from composia.server.bundles import BundleStore
from composia.server.ca_page import ca_page
from composia.server.callers import Callers
from composia.server.certificates import certificate_names, check_public_urls, ensure_certificates, is_loopback
from composia.server.control_plane import ControlPlane
from composia.server.cron import check_times
from composia.server.data_directory import first_sign_in, first_token, leave_first_sign_in, only_server
from composia.server.dispatch import Dispatcher
from composia.server.health import Health, health_pages
from composia.server.housekeeping import Keeping, keep_house
from composia.server.joining import Joining, Reachable
from composia.server.limits import Limits
from composia.server.local_agent import LocalAgent, keep_local_agent
from composia.server.log_sinks import NamedSink
from composia.server.logs import Logs
from composia.server.looking import Looking
from composia.server.metrics_page import metrics_page
from composia.server.output import TaskOutput
from composia.server.people import People
from composia.server.queries import Queries
from composia.server.reasons import Reasons
from composia.server.renewal import ShownCertificate
from composia.server.repository import Repository
from composia.server.scheduled import carry_out
from composia.server.schedules import Schedules
from composia.server.sessions import Sessions
from composia.server.sightings import Sightings
from composia.server.sign_in import SigningIn
from composia.server.sign_in_page import sign_in_page
from composia.server.tunnels import Tunnels

log = logging.getLogger(__name__)

SAVE_SEEN_S = 15.0

Announce = Callable[[str, str], None]
"""Called once the server answers, with its address and the link of a first sign-in, or the file that has it; "" when there
is none."""


async def run_server(
    config: ServerConfig,
    plugins: Plugins,
    clock: Clock,
    announce: Announce,
    *,
    on_terminal: bool = False,
    reached: Reached = unwatched,
) -> None:
    """Run the server until SIGTERM or SIGINT. When one of its loops fails, such as on a queue whose disk is full, the
    server ends with that error: it never goes on with half of its work. What was acknowledged is stored, and a service
    manager starts it again. `on_terminal` says that who is announced to may see secrets."""
    check_public_urls(config.public_urls)
    data = Path(config.data)
    with only_server(data):
        async with AsyncExitStack() as stack:
            context = Context(data=data, clock=clock)
            plane = await _build(config, plugins, context, stack, reached)
            await first_token(data, plane.callers.issuer)
            serving = await _serve(config, plugins, context, plane, stack)
            shown = ShownCertificate(lambda: _tls(config, context)[0], serving.reload_certificate, clock)
            announce(serving.address, await _first_sign_in(plane, data, on_terminal=on_terminal))
            try:
                await _run_until_stopped(plane, config, shown)
            except BaseExceptionGroup as failed:
                plane.sessions.drain("the server has failed")
                await serving.stop()
                raise cause(failed) from failed
            await _stop(plane, serving)


async def _first_sign_in(plane: ControlPlane, data: Path, *, on_terminal: bool) -> str:
    """The link of a first sign-in, or the file in which it is left where no terminal shows it. No start fails for want of it."""
    try:
        await plane.signing_in.end_of_lost_tokens()
        secret = await first_sign_in(data, plane.callers.session_issuer)
        link = plane.joining.reachable.sign_in_url(secret) if secret else ""
        if on_terminal or not link:
            return link
        return str(leave_first_sign_in(data, link))
    except NotPossible:  # no auth plugin knows users
        return ""
    except (OSError, ComposiaError) as error:
        log.warning("there is no sign-in link", extra={"error": str(error)})
    return ""


async def _build(
    config: ServerConfig, plugins: Plugins, context: Context, stack: AsyncExitStack, reached: Reached
) -> ControlPlane:
    async def opened(point: str, section: dict[str, Any]) -> Any:
        provided = await plugins.open(point, section, context)
        if hasattr(provided, "close"):
            stack.push_async_callback(provided.close)
        return provided

    queue = await opened("queue", config.queue)
    source = await opened("source", config.source)
    scheduler = await opened("scheduler", config.scheduler)
    selector = await opened("node_selector", config.node_selector)
    callers = Callers([await opened("auth", section) for section in config.auth], context.clock)
    bundles = BundleStore(context.data / "bundles")
    sessions = Sessions(context.clock, config.heartbeat_s)
    limits = Limits(wait_s=config.wait_s, timeouts=config.timeouts.timeouts, retries=config.retries.retries)
    dispatcher = Dispatcher(
        queue,
        scheduler,
        sessions,
        context.clock,
        server=secrets.token_hex(4),
        lease_s=config.lease_s,
        retries=limits.retries,
        reached=reached,
    )
    sightings = Sightings(context.clock)
    repository = Repository(source, queue, bundles, context.clock)
    plane = ControlPlane(
        clock=context.clock,
        queue=queue,
        repository=repository,
        bundles=bundles,
        output=TaskOutput(context.data / "output"),
        logs=Logs(await _sinks(config, opened), context.clock),
        metrics=await opened("metrics", config.metrics),
        sessions=sessions,
        sightings=sightings,
        board=Board(queue, sightings, sessions, selector, lambda: repository.head, repository.history.behind),
        looking=Looking(sessions),
        tunnels=Tunnels(sessions),
        queries=Queries(sessions),
        dispatcher=dispatcher,
        reasons=Reasons(queue, sessions, dispatcher, context.clock),
        selector=selector,
        callers=callers,
        signing_in=SigningIn(callers, queue, context.clock, context.data),
        joining=Joining(callers, queue, context.clock, config.node_credential_days),
        health=Health(queue, context.data),
        schedules=_schedules(config, queue, context.clock),
        public_urls=config.public_urls,
        plugins=plugins.infos,
        heartbeat_s=config.heartbeat_s,
        lease_s=config.lease_s,
        limits=limits,
        reached=reached,
    )
    repository.on_new_head = partial(_on_new_head, plane)
    await plane.repository.load()
    await plane.sightings.load(queue)
    await plane.dispatcher.begin()
    await plane.schedules.load()
    return plane


def _schedules(config: ServerConfig, queue: Queue, clock: Clock) -> Schedules:
    for schedule in config.schedules:
        try:
            check_times(schedule.cron, schedule.timezone)
        except Invalid as error:
            error.where = f"schedule {schedule.name}"
            raise
    return Schedules([schedule.schedule for schedule in config.schedules], queue, clock)


async def _sinks(
    config: ServerConfig, opened: Callable[[str, dict[str, Any]], Coroutine[Any, Any, Any]]
) -> list[NamedSink]:
    return [(str(section.get("provider")), await opened("log_sink", section)) for section in config.log_sinks]


async def _on_new_head(plane: ControlPlane, catalog: Catalog) -> None:
    plane.board.stir()
    await deploy_by_itself(plane, catalog)


async def _serve(
    config: ServerConfig, plugins: Plugins, context: Context, plane: ControlPlane, stack: AsyncExitStack
) -> Serving:
    transport: Transport = await plugins.open("transport", config.transport, context)
    routes = []
    for section in config.routes:
        provided = await plugins.open("routes", section, context)
        stack.push_async_callback(provided.close)
        routes += provided.routes()
    tls, ca = _tls(config, context)
    plane.health.certificate = tls.certificate if tls else None
    plane.joining.reachable = Reachable(url="", here="", ca=ca)
    if ca:
        routes.append(ca_page(plane.joining.read_ca))
    routes += [*health_pages(plane.health), metrics_page(plane), sign_in_page(plane.signing_in, plane.callers)]
    serving = await transport.serve(
        Binding(
            listen=config.listen,
            tls=tls,
            authenticate=plane.callers.authenticate,
            server_api=lambda principal: People(plane, principal),
            agent_api=lambda principal: Agents(plane, principal),
            ready=plane.health.ready,
            routes=tuple(routes),
        )
    )
    plane.callers.on_end = serving.end_streams
    plane.joining.reachable = _reachable(config, serving.address, ca)
    return serving


def _reachable(config: ServerConfig, address: str, ca: Path | None) -> Reachable:
    public = config.public_urls[0] if config.public_urls else ""
    url = public or (address if is_loopback(config.listen) else "")
    # a certificate that is given to us need not be good for the address that we listen on
    return Reachable(url=url, here=(public or address) if config.tls.mode == "files" else address, ca=ca)


def _local_agent(plane: ControlPlane, config: ServerConfig) -> Callable[[], Coroutine[Any, Any, None]]:
    wanted = config.agent
    node = wanted.node or name_of_host(socket.gethostname())
    agent = LocalAgent(
        node=node,
        named=bool(wanted.node),
        data=Path(wanted.data or Path(config.data) / "agent"),
        options=(
            *(("--config", wanted.config) if wanted.config else ()),
            *("--log-format", config.log.format, "--log-level", config.log.level),
        ),
    )
    return lambda: keep_local_agent(agent, lambda: plane.joining.own_string(node), plane.clock)


def _tls(config: ServerConfig, context: Context) -> tuple[Tls | None, Path | None]:
    """What the port is served with, and the CA to tell agents of, if it is none that their hosts know."""
    match config.tls.mode:
        case "off":
            return None, None
        case "files":
            hint = "--tls-certificate FILE --tls-key FILE, or tls: {mode: files, certificate: …, key: …}"
            if not (config.tls.certificate and config.tls.key):
                raise Invalid("with tls: files the server needs a certificate and its key", hint=hint)
            certificate, key = Path(config.tls.certificate), Path(config.tls.key)
            ca = Path(config.tls.ca) if config.tls.ca else None
            for file in (certificate, key, *([ca] if ca else [])):
                if not file.is_file():
                    raise Invalid("no such file", where=str(file), hint=hint)
            return Tls(certificate=certificate, key=key), ca
        case "auto":
            names = certificate_names(config.listen, config.public_urls)
            files = ensure_certificates(context.data, names, context.clock)
            return Tls(certificate=files.certificate, key=files.key), files.ca


async def _run_until_stopped(plane: ControlPlane, config: ServerConfig, shown: ShownCertificate) -> None:
    async with anyio.create_task_group() as tasks:
        loops = _loops(plane, config) | {"look after the certificate": shown.keep}
        for name, loop in loops.items():
            tasks.start_soon(loop, name=name)
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async for received in signals:
                log.info("server stopping", extra={"signal": received.name})
                break
        tasks.cancel_scope.cancel()


def _loops(plane: ControlPlane, config: ServerConfig) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
    async def save_seen() -> None:
        while True:
            await asyncio.sleep(SAVE_SEEN_S)
            await plane.sightings.save(plane.queue)

    loops = {"local agent": _local_agent(plane, config)} if config.agent.run else {}
    return loops | {
        "dispatch": plane.dispatcher.run,
        "follow the queue": lambda: plane.dispatcher.follow(plane.take_change),
        "keep time": plane.dispatcher.keep_time,
        "end what has expired": plane.callers.keep_time,
        "pass logs on": plane.logs.run,
        "keep metrics": plane.metrics.run,
        "keep house": lambda: keep_house(plane, _keeping(config)),
        "keep the schedules": lambda: plane.schedules.keep(partial(carry_out, plane)),
        "save what was seen": save_seen,
        "sync the repository": lambda: plane.repository.keep_synced(config.sync_interval_s),
    }


def _keeping(config: ServerConfig) -> Keeping:
    retention = config.retention
    return Keeping(
        deployments_days=retention.deployments_days,
        audit_days=retention.audit_days,
        output_days=retention.output_days,
        output_bytes=retention.output_mib * 1024 * 1024,
        releases=retention.releases,
    )


async def _stop(plane: ControlPlane, serving: Serving) -> None:
    """End the sessions first, so that agents hear why, then the port."""
    plane.health.stopping = True
    plane.sessions.drain("the server is stopping")
    await serving.stop()
    try:
        await plane.sightings.save(plane.queue, all_heard=True)
    except Unavailable as error:  # a full disk, for one: it is seen again with the next heartbeats
        log.warning("what was seen is not saved", extra={"error": str(error)})
