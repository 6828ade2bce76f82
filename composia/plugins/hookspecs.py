"""The hooks of a plugin: one an extension point. Each is called once, at start, and only registers.

# my_plugin.py
from composia.plugins import Provider, hookimpl

@hookimpl
def composia_scheduler():
    return Provider(name="calm", open=open_calm, summary="one task at a time on the whole fleet")
"""

from composia.plugins.auth import Authenticator
from composia.plugins.executor import Executor
from composia.plugins.log_sink import LogSink
from composia.plugins.markers import hookspec
from composia.plugins.metrics import Metrics
from composia.plugins.node_selector import NodeSelector
from composia.plugins.provider import Provider
from composia.plugins.queue import Queue
from composia.plugins.routes import Routes
from composia.plugins.scheduler import Scheduler
from composia.plugins.source import Source
from composia.plugins.transport import Transport


@hookspec
def composia_queue() -> Provider[Queue]:
    """Register a queue: `composia.plugins.queue`."""
    raise NotImplementedError


@hookspec
def composia_source() -> Provider[Source]:
    """Register a source of definitions: `composia.plugins.source`."""
    raise NotImplementedError


@hookspec
def composia_transport() -> Provider[Transport]:
    """Register a transport: `composia.plugins.transport`."""
    raise NotImplementedError


@hookspec
def composia_auth() -> Provider[Authenticator]:
    """Register an authenticator: `composia.plugins.auth`."""
    raise NotImplementedError


@hookspec
def composia_scheduler() -> Provider[Scheduler]:
    """Register a scheduler: `composia.plugins.scheduler`."""
    raise NotImplementedError


@hookspec
def composia_node_selector() -> Provider[NodeSelector]:
    """Register a node selector: `composia.plugins.node_selector`."""
    raise NotImplementedError


@hookspec
def composia_executor() -> Provider[Executor]:
    """Register an executor: `composia.plugins.executor`."""
    raise NotImplementedError


@hookspec
def composia_log_sink() -> Provider[LogSink]:
    """Register a log sink: `composia.plugins.log_sink`."""
    raise NotImplementedError


@hookspec
def composia_metrics() -> Provider[Metrics]:
    """Register a history of metrics: `composia.plugins.metrics`."""
    raise NotImplementedError


@hookspec
def composia_routes() -> Provider[Routes]:
    """Register HTTP routes: `composia.plugins.routes`."""
    raise NotImplementedError
