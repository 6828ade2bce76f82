"""Serving: one port for RPCs and routes, opened, drained and closed within bounds."""

import asyncio
import logging
import ssl
from typing import cast

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework

from composia.builtin_plugins.connect.application import Application
from composia.builtin_plugins.connect.http2_repairs import Connection, check_version
from composia.builtin_plugins.connect.listening import listening
from composia.errors import Invalid, Unavailable
from composia.plugins.transport import Binding, Serving, Tls

log = logging.getLogger(__name__)

FAREWELL_S = 0.5
"""How long streams may take to end by themselves once the server stops."""

DRAIN_S = 3.0
"""How long calls that are being answered may take."""

CHANGES_S = 5.0
"""How long changes may take."""

ABORT_S = 1.0
"""How long a connection may take to end once it is told to, before it is cut."""

TLS_HANDSHAKE_S = 15.0
TLS_SHUTDOWN_S = 2.0
BACKLOG = 2048
"""A whole fleet may come back at the same moment."""

_REASONS = {
    "KEY_VALUES_MISMATCH": "the key is not that of the certificate",
    "PEM lib": "they are not PEM",
    "NO_START_LINE": "they are not PEM",
    "EE_KEY_TOO_SMALL": "the key is too short",
}


async def serve(binding: Binding) -> Serving:
    """Start serving; returns once the port answers."""
    check_version()
    config = _config(binding.tls)
    context = _tls_context(config, binding.tls)
    socket, address = await listening(binding.listen, tls=context is not None, backlog=BACKLOG)
    port = Port(Application(binding), config, context, address)
    port.listener = await asyncio.start_server(
        port.take,
        sock=socket,
        backlog=BACKLOG,
        ssl=context,
        ssl_handshake_timeout=TLS_HANDSHAKE_S if context else None,
        ssl_shutdown_timeout=TLS_SHUTDOWN_S if context else None,
    )
    log.info("serving", extra={"address": address})
    return port


class Port:
    """The port, being served."""

    listener: asyncio.Server

    def __init__(self, application: Application, config: Config, tls: ssl.SSLContext | None, address: str) -> None:
        self.address = address
        self._application = application
        self._app = ASGIWrapper(cast("ASGIFramework", application.app))
        self._config = config
        self._tls = tls
        self._worker = WorkerContext(None)
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection until it ends."""
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            loop = asyncio.get_running_loop()
            await Connection(self._app, loop, self._config, self._worker, {}, reader, writer)
        except asyncio.CancelledError:
            if not self._worker.terminated.is_set():
                raise
        except Exception:
            log.exception("connection failed")
        finally:
            del self._connections[task]

    def end_streams(self, credential: str, reason: str) -> None:
        """End every stream that was opened with that credential."""
        self._application.streams.end(credential, reason)

    async def reload_certificate(self) -> None:
        """Use the certificate files as they are now; the ones in use stay when those do not fit together."""
        if self._tls is not None:
            await asyncio.to_thread(_load_certificate, self._tls, self._config)

    async def stop(self) -> None:
        """Refuse what is new, let end what is open, cut what does not."""
        self._application.gate.closed = True
        self.listener.close()
        streams = self._application.streams
        await streams.wait_for_none(FAREWELL_S)
        streams.end_all(Unavailable("the server is stopping"))
        await self._worker.terminated.set()
        await asyncio.gather(self._wait_for_connections(DRAIN_S), self._application.changes.wait(CHANGES_S))
        for task in list(self._connections):
            task.cancel()
        await self._wait_for_connections(ABORT_S)
        for writer in list(self._connections.values()):
            writer.transport.abort()
        await self._wait_for_connections(ABORT_S)
        if self._connections:
            log.error("connections did not end", extra={"count": len(self._connections)})

    async def _wait_for_connections(self, seconds: float) -> None:
        if self._connections:
            await asyncio.wait(list(self._connections), timeout=seconds)


def _config(tls: Tls | None) -> Config:
    config = Config()
    config.errorlog = logging.getLogger("hypercorn.error")
    config.h2_max_concurrent_streams = 250
    config.keep_alive_timeout = 120  # longer than clients keep an idle connection
    config.websocket_ping_interval = 20
    config.include_server_header = False
    if tls is not None:
        config.certfile, config.keyfile = str(tls.certificate), str(tls.key)
    return config


def _tls_context(config: Config, tls: Tls | None) -> ssl.SSLContext | None:
    if tls is None:
        return None
    try:
        return config.create_ssl_context()
    except OSError as error:
        raise _unusable(config, error) from error


def _load_certificate(context: ssl.SSLContext, config: Config) -> None:
    try:
        config.create_ssl_context()  # a trial: a pair that does not fit would spoil the context in use
        context.load_cert_chain(str(config.certfile), config.keyfile)
    except OSError as error:
        raise _unusable(config, error) from error


def _unusable(config: Config, error: OSError) -> Invalid:
    reason = str(getattr(error, "reason", None) or error.strerror or error)
    if "PEM lib" in reason:  # OpenSSL tells no more of it
        reason = "PEM lib"
    return Invalid(
        f"certificate and key cannot be used: {_REASONS.get(reason, reason)}",
        where=f"{config.certfile}, {config.keyfile}",
        hint="a chain and its key, both PEM and without a password",
    )
