"""The JSON shapes of `-o json`. They are stable: keys are added, never renamed or removed."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from composia.core.container import Container
from composia.core.file import Comparison
from composia.core.principal import TokenInfo
from composia.core.problem import Problem
from composia.core.revision import RepositoryState, Revision
from composia.core.status import (
    InstanceStatus,
    NodeFit,
    NodeVerdict,
    NodeView,
    ServiceStatus,
    ServiceView,
    StatusReport,
)
from composia.core.task import Task
from composia.core.user import UserInfo
from composia.plugins.api import DeploymentView, PluginInfo, ScheduleView, Started
from composia.plugins.watching import WatchEvent

Shape = dict[str, Any]


def time(milliseconds: int) -> str | None:
    """A time as RFC 3339 in UTC, None for one that has not come."""
    if not milliseconds:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def container(c: Container) -> Shape:
    """A container."""
    return {
        "name": c.name,
        "service": c.service,
        "image": c.image,
        "state": c.state.value,
        "health": c.health.value,
        "exit_code": c.exit_code,
        "restarts": c.restarts,
        "id": c.id,
    }


def problem(p: Problem) -> Shape:
    """A finding about a file."""
    return {
        "severity": p.severity.value,
        "file": p.file,
        "line": p.line,
        "column": p.column,
        "message": p.message,
        "value": p.value,
        "hint": p.hint,
        "on_node": p.on_node,
    }


def instance(i: InstanceStatus) -> Shape:
    """A service on a node."""
    return {
        "node": i.node,
        "state": i.state.value,
        "reason": i.reason,
        "revision": i.revision,
        "seen_age_s": None if i.seen_age_s is None else round(i.seen_age_s, 1),
        "edited": bool(i.edited),
        "edited_files": list(i.edited),
        "orphaned": i.orphaned,
        "stopped": i.stopped,
        "changed": i.changed,
        "behind": i.behind,
        "missing": i.missing,
        "containers": [container(c) for c in i.containers],
    }


def service_status(s: ServiceStatus) -> Shape:
    """A service over its nodes."""
    return {
        "name": s.name,
        "revision": s.revision,
        "wanted": s.wanted.value,
        "instances": [instance(i) for i in s.instances],
        "problems": [problem(p) for p in s.problems],
    }


def node(n: NodeView) -> Shape:
    """A node."""
    return {
        "name": n.node.name,
        "state": n.state.value,
        "seen_age_s": None if n.seen_age_s is None else round(n.seen_age_s, 1),
        "version": n.node.facts.version,
        "problem": n.status.problem,
        "labels": dict(n.node.labels),
        "docker": n.node.facts.docker_version,
        "compose": n.node.facts.compose_version,
        "running_tasks": list(n.running_tasks),
        "drained": n.drain is not None,
        "paused": n.pause is not None,
    }


def node_details(n: NodeView, instances: Iterable[InstanceStatus]) -> Shape:
    """A node with everything that is known of it."""
    facts, status = n.node.facts, n.status
    return {
        **node(n),
        "agent_id": n.node.agent_id,
        "capacity": n.node.capacity,
        "project_prefix": n.node.project_prefix,
        "joined": time(n.node.joined_ms),
        "drained_since": time(n.drain.since_ms) if n.drain else None,
        "drained_by": n.drain.by if n.drain else None,
        "paused_since": time(n.pause.since_ms) if n.pause else None,
        "paused_by": n.pause.by if n.pause else None,
        "os": facts.os,
        "architecture": facts.architecture,
        "kernel": facts.kernel,
        "cpus": facts.cpus,
        "memory_bytes": facts.memory_bytes,
        "memory_available_bytes": status.host.memory_available_bytes,
        "load_1m": status.host.load_1m,
        "uptime_s": status.host.uptime_s,
        "instances": [
            {"service": i.service, "state": i.state.value, "reason": i.reason, "revision": i.revision}
            for i in instances
        ],
        "containers": [{**container(c), "project": c.project} for c in n.containers],
        "others": [{**container(c), "project": c.project} for c in n.others],
    }


def status(report: StatusReport) -> Shape:
    """`composia status`."""
    return {
        "services": [service_status(s) for s in report.services],
        "nodes": [node(n) for n in report.nodes],
    }


def watch_event(event: WatchEvent) -> Shape:
    """An event of `composia status --watch`: what comes in whole, in the place of what was known of it. With `snapshot`
    nothing is known any more but what comes from then on; with `more` the rest follows at once."""
    return {
        "snapshot": event.snapshot,
        "more": event.more,
        "services": [service_status(s) for s in event.services],
        "instances": [{"service": i.service, **instance(i)} for i in event.instances],
        "nodes": [node(n) for n in event.nodes],
        "gone_services": list(event.gone_services),
        "gone_nodes": list(event.gone_nodes),
        "cursor": event.cursor,
    }


def service(s: ServiceView) -> Shape:
    """A definition."""
    return {
        "name": s.name,
        "directory": s.directory,
        "revision": s.revision,
        "project": s.project,
        "compose_files": list(s.compose_files),
        "enabled": s.enabled,
        "auto_deploy": s.auto_deploy,
        "bundle": s.bundle,
        "placed": list(s.placed),
        "nodes": [node_verdict(n) for n in s.nodes],
        "refusals": [{"node": n.node, "reason": "; ".join(n.reasons)} for n in s.nodes if n.fit is not NodeFit.CHOSEN],
        "problems": [problem(p) for p in s.problems],
    }


def node_verdict(n: NodeVerdict) -> Shape:
    """A node for a service."""
    return {
        "node": n.node,
        "fit": n.fit.value,
        "state": n.state.value,
        "reasons": list(n.reasons),
        "warnings": list(n.warnings),
    }


def task(t: Task) -> Shape:
    """A task."""
    return {
        "id": t.id,
        "deployment": t.deployment,
        "service": t.service,
        "node": t.node,
        "kind": t.kind.value,
        "state": t.state.value,
        "attempt": t.attempt,
        "waiting": t.waiting or None,
        "error": str(t.error) if t.error else None,
        "created": time(t.created_ms),
        "started": time(t.started_ms),
        "ended": time(t.ended_ms),
    }


def _error(t: Task) -> Shape:
    """The parts of an error, for programs."""
    return {
        "error_code": t.error.code if t.error else None,
        "error_where": t.error.where if t.error else None,
        "error_hint": t.error.hint if t.error else None,
    }


def task_details(t: Task) -> Shape:
    """A task with its steps; `outputs` are the bytes that each ended attempt has written, null where nobody knows."""
    return {
        **task(t),
        "revision": t.order.revision,
        "cancel_requested": t.cancel_requested,
        "timeout_s": t.order.timeouts.task_s,
        "step_timeouts_s": {limit.step.value: limit.seconds for limit in t.order.timeouts.steps},
        "outputs": [None if size < 0 else size for size in t.outputs],
        **_error(t),
        "steps": [
            {"name": s.name.value, "state": s.state.value, "duration_ms": s.duration_ms, "note": s.note}
            for s in t.steps
        ],
    }


def deployment(view: DeploymentView) -> Shape:
    """A deployment with its tasks."""
    d = view.deployment
    return {
        "id": d.id,
        "service": d.service,
        "kind": d.kind.value,
        "revision": d.revision,
        "commit": _commit(view.commit) if view.commit else None,
        "state": d.state.value,
        "reason": d.reason or None,
        "created": time(d.created_ms),
        "created_by": d.created_by,
        "retry_of": d.retry_of or None,
        "cancelled_by": d.cancelled_by or None,
        "ended": time(d.ended_ms),
        "tasks": [
            {
                "id": t.id,
                "node": t.node,
                "kind": t.kind.value,
                "state": t.state.value,
                "attempt": t.attempt,
                "waiting": t.waiting or None,
                "error": str(t.error) if t.error else None,
                **_error(t),
            }
            for t in view.tasks
        ],
        "refusals": [{"node": r.node, "reason": r.reason} for r in view.refusals],
        "notes": list(d.notes),
    }


def _commit(r: Revision) -> Shape:
    """The last one that changed the service; the message is its first line."""
    return {"id": r.id, "author": r.author, "committed": time(r.committed_ms), "message": r.message}


def started(answer: Started) -> Shape:
    """`composia deploy`, `stop`, `start`, `restart`, `down`, `node prune`, and what goes on, is done again or ended."""
    return {
        "deployments": [deployment(view) for view in answer.deployments],
        "skipped": [{"service": s.service, "reason": s.reason} for s in answer.skipped],
    }


def repository(state: RepositoryState) -> Shape:
    """The repository's state."""
    return {
        "location": state.location,
        "branch": state.branch,
        "head": state.head,
        "synced": time(state.synced_ms),
        "tried": time(state.tried_ms),
        "error": state.error or None,
        "rewritten": state.rewritten,
        "problems": [problem(p) for p in state.problems],
    }


def revision(r: Revision) -> Shape:
    """A commit."""
    return {
        "id": r.id,
        "author": r.author,
        "committed": time(r.committed_ms),
        "message": r.message,
        "services": list(r.services),
    }


def comparison(service: str, c: Comparison) -> Shape:
    """What lies between two revisions of a service."""
    return {
        "service": service,
        "older": c.older or None,
        "newer": c.newer,
        "commits": [revision(r) for r in c.commits],
        "more_commits": c.more_commits,
        "files": [
            {
                "path": f.path,
                "kind": f.kind.value,
                "added": f.added,
                "removed": f.removed,
                "note": f.note or None,
                "hunks": [
                    {
                        "old_line": h.old_line,
                        "new_line": h.new_line,
                        "lines": [
                            {"kind": kind.value, "text": line} for kind, line in zip(h.kinds, h.lines, strict=True)
                        ],
                    }
                    for h in f.hunks
                ],
            }
            for f in c.files
        ],
    }


def token(t: TokenInfo) -> Shape:
    """A token, without its secret."""
    return {
        "id": t.id,
        "role": t.role.value,
        "node": t.node or None,
        "created": time(t.created_ms),
        "created_by": t.created_by,
        "expires": time(t.expires_ms),
        "uses": t.uses or None,
    }


def user(u: UserInfo) -> Shape:
    """A user."""
    return {
        "name": u.name,
        "role": u.role.value,
        "created": time(u.created_ms),
        "created_by": u.created_by,
        "signed_in": time(u.signed_in_ms),
    }


def plugin(p: PluginInfo) -> Shape:
    """A plugin."""
    return {
        "name": p.name,
        "origin": p.origin,
        "location": p.location,
        "version": p.version or None,
        "provides": list(p.provides),
        "error": p.error or None,
    }


def schedule(s: ScheduleView) -> Shape:
    """A schedule."""
    return {
        "name": s.name,
        "cron": s.cron,
        "timezone": s.timezone,
        "what": s.what,
        "next": time(s.next_ms),
        "last": time(s.last_ms),
        "outcome": s.last.value if s.last else None,
        "reason": s.reason,
        "deployments": list(s.deployments),
    }
