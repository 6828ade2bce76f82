"""What an agent may say: numbers that a host can have, and no more than one can have of anything.

What a node says is shown to everybody, reckoned with, and saved. So what cannot be is refused at the door, and ends the session of
the agent that says it, before it can be in the way of the others.
"""

from collections.abc import Sequence
from math import isfinite

from composia.core.session import Changes, Heartbeat, Report, StepReport
from composia.core.usage import ContainerUsages, HostUsage
from composia.errors import Invalid

MOST = 10_000
"""Of how many containers, service directories or attempts a node may tell."""

LONGEST_MS = 10 * 366 * 86_400_000
"""How long something may have taken: ten years."""

LATEST_MS = 2**53
"""The last moment that every client can tell, in milliseconds UTC."""


def check_heartbeat(node: str, heartbeat: Heartbeat) -> None:
    """`Invalid` where it cannot be true."""
    status = heartbeat.status
    check_counts(node, heartbeat.containers, heartbeat.workspaces, heartbeat.attempts)
    for moment in (status.now_ms, status.blind_since_ms):
        if not 0 <= moment <= LATEST_MS:
            raise Invalid(f"a clock cannot show {moment} ms", where=f"node {node}")
    if not _is_finite(status.host, heartbeat.usage):
        raise Invalid("a reading is no number", where=f"node {node}")
    if heartbeat.usage is not None and not heartbeat.usage.is_whole:
        raise Invalid("the readings of containers do not fit together", where=f"node {node}")


def check_changes(node: str, changes: Changes) -> None:
    """`Invalid` where they cannot be true."""
    check_counts(node, changes.containers, changes.workspaces, changes.gone)


def check_report(node: str, report: Report) -> None:
    """`Invalid` where it cannot be true."""
    spans = [report.ago_ms]
    if isinstance(report.body, StepReport):
        spans.append(report.body.elapsed_ms)
    if any(not 0 <= span <= LONGEST_MS for span in spans):
        raise Invalid("a step cannot have taken so long", where=f"node {node}, {report.attempt}")


def check_counts(node: str, *told: Sequence[object] | None) -> None:
    """`Invalid` where one of them is too many."""
    if any(len(of_one_kind or ()) > MOST for of_one_kind in told):
        raise Invalid(f"a node can tell of {MOST} containers, service directories and attempts", where=f"node {node}")


def _is_finite(host: HostUsage, usage: ContainerUsages | None) -> bool:
    numbers = (host.cpu_percent, host.load_1m, host.load_5m, host.load_15m, host.uptime_s)
    return all(map(isfinite, numbers)) and (usage is None or all(map(isfinite, usage.cpu_percent)))
