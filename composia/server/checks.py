"""`composia doctor` on the server: what it can say of itself, and what its agents say of their hosts."""

import asyncio
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from composia._version import __version__
from composia.clock import Clock
from composia.core.check import Check, CheckResult, Examination, NodeChecks
from composia.core.node import Node, NodeState
from composia.core.principal import Role
from composia.core.session import Subject
from composia.errors import ComposiaError
from composia.self_check import directory_checks, expiry_check, program_checks
from composia.server.certificates import valid_until
from composia.server.control_plane import ControlPlane
from composia.server.naming import check_nodes
from composia.server.queries import DEADLINES_S

REACH_S = 3.0
"""How long a connection to a public URL may take."""

SKEW_MS, FAR_MS = 2_000, 60_000
"""Clocks that differ by so much are warned of, and make certificates and logs wrong."""


async def examine(plane: ControlPlane, nodes: Sequence[str]) -> Examination:
    """Look at the server and at these nodes, or at all that are known, side by side. `NotFound` for an unknown one."""
    known = {node.name: node for node in await plane.queue.nodes()}
    check_nodes(nodes, known)
    wanted = [known[name] for name in dict.fromkeys(nodes) or sorted(known)]
    server, *others = await asyncio.gather(_server(plane), *(_node(plane, node) for node in wanted))
    return Examination(
        server=server, nodes=tuple(NodeChecks(node=n.name, checks=c) for n, c in zip(wanted, others, strict=True))
    )


# --- the server


async def _server(plane: ControlPlane) -> tuple[Check, ...]:
    return (
        *await asyncio.to_thread(program_checks),
        await _store(plane),
        *await asyncio.to_thread(directory_checks, plane.health.data, others=0),
        *await asyncio.to_thread(_certificate, plane.health.certificate, plane.clock),
        *await asyncio.gather(*(_reach(url) for url in plane.public_urls)),
        _repository(plane),
        *_plugins(plane),
    )


async def _store(plane: ControlPlane) -> Check:
    if trouble := await plane.health.trouble():
        return Check(
            name="store", result=CheckResult.ERROR, text=trouble, hint="look at the disk of the data directory"
        )
    return Check(name="store", result=CheckResult.OK, text="it answers")


def _certificate(file: Path | None, clock: Clock) -> tuple[Check, ...]:
    if file is None:
        return (Check(name="certificate", result=CheckResult.OK, text="none is needed on loopback"),)
    hint = "put a new one into its place; it is read again within ten minutes"
    try:
        return (expiry_check("certificate", str(file), valid_until(file), clock.now_ms(), hint),)
    except (OSError, ValueError) as error:
        return (Check(name="certificate", result=CheckResult.ERROR, text=f"{file} cannot be read: {error}", hint=hint),)


async def _reach(url: str) -> Check:
    """Whether the port of a public URL can be reached from here; from elsewhere only those who are there can tell."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(REACH_S):
            _, writer = await asyncio.open_connection(parts.hostname, port)
        writer.close()
    except (OSError, TimeoutError) as error:
        why = _why(error)
        hint = "is the name right, and do firewalls let it through? A router may not let its own inside come back in"
        return Check(
            name="public URL", result=CheckResult.WARNING, text=f"{url} is not reached from here: {why}", hint=hint
        )
    return Check(name="public URL", result=CheckResult.OK, text=f"{url} can be reached from here")


def _why(error: OSError) -> str:
    """Why nothing was reached. A name that does not resolve has numbers of its own, and a time limit or several addresses none."""
    if isinstance(error, socket.gaierror):
        return str(error.strerror).lower()
    return os.strerror(error.errno).lower() if error.errno else "no answer"


def _repository(plane: ControlPlane) -> Check:
    state = plane.repository.state
    if state.error:
        hint = "composia repo sync says it again once it is mended"
        return Check(name="repository", result=CheckResult.WARNING, text=f"{state.location}: {state.error}", hint=hint)
    return Check(name="repository", result=CheckResult.OK, text=f"{state.location} {state.branch} at {state.head[:12]}")


def _plugins(plane: ControlPlane) -> tuple[Check, ...]:
    broken = [info for info in plane.plugins if info.error]
    hint = "mend it or take it away; the server starts without what nobody configured"
    return tuple(
        Check(name="plugin", result=CheckResult.WARNING, text=f"{info.name} does not work: {info.error}", hint=hint)
        for info in broken
    )


# --- a node


async def _node(plane: ControlPlane, node: Node) -> tuple[Check, ...]:
    state = plane.sessions.state(node.name)
    if state is not NodeState.ONLINE:
        hint = "look at its agent there: composia doctor --agent, and its log"
        return (Check(name="agent", result=CheckResult.ERROR, text=f"it is {state}", hint=hint),)
    asked_ms = plane.clock.now_ms()
    try:
        answer = await plane.queries.ask(node.name, Subject.CHECKS, deadline_s=DEADLINES_S[Subject.CHECKS])
    except ComposiaError as error:
        return (Check(name="agent", result=CheckResult.ERROR, text=str(error), hint=error.hint),)
    clock = _clock(answer.now_ms, asked_ms, plane.clock.now_ms())
    return (*_version(node), clock, *await _credential(plane, node.name), *answer.checks)


async def _credential(plane: ControlPlane, node: str) -> tuple[Check, ...]:
    """The last that the node got, if it ends at all."""
    tokens = await plane.callers.issuer.tokens()
    ends = [token.expires_ms for token in tokens if token.role is Role.NODE and token.node == node]
    if not ends or 0 in ends:
        return ()
    hint = f"its agent renews it while it reaches the server; else: composia node join-token --node {node}"
    return (expiry_check("credential", "the agent's credential", max(ends), plane.clock.now_ms(), hint),)


def _version(node: Node) -> tuple[Check, ...]:
    if node.facts.version == __version__:
        return ()
    text = f"its agent is Composia {node.facts.version}, the server {__version__}"
    return (Check(name="agent", result=CheckResult.WARNING, text=text, hint="use one version on both sides"),)


def _clock(node_ms: int, asked_ms: int, answered_ms: int) -> Check:
    """The node said its time somewhere between the question and the answer."""
    off_ms = node_ms - (asked_ms + answered_ms) // 2
    off_ms -= max(-1, min(1, off_ms)) * min(abs(off_ms), (answered_ms - asked_ms) // 2)
    if abs(off_ms) < SKEW_MS:
        return Check(name="clock", result=CheckResult.OK, text="as the server's")
    text = f"{abs(off_ms) / 1000:.0f} s {'ahead of' if off_ms > 0 else 'behind'} the server's"
    result = CheckResult.ERROR if abs(off_ms) >= FAR_MS else CheckResult.WARNING
    return Check(name="clock", result=result, text=text, hint="let both hosts set their clocks by NTP")
