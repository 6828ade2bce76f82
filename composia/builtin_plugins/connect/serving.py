"""An ASGI application on hypercorn inside this process: HTTP/1.1 and HTTP/2 on one port, with TLS or on loopback."""

import asyncio
import errno
import ipaddress
import logging
import os
import socket
import ssl
from collections.abc import Iterable

from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.typing import Framework
from hypercorn.utils import wrap_app

from composia.builtin_plugins.connect import http2_repairs
from composia.errors import Invalid, NotPossible
from composia.plugins.transport import Tls

log = logging.getLogger(__name__)

BACKLOG = 2048
HANDSHAKE_S = 15.0
FINISH_S = 3.0
"""How long open requests may take to end when the server stops."""
CANCEL_S = 2.0
"""How long they may then take to be cancelled."""
PEER_LOST_S = 60
"""A peer that acknowledges nothing for so long is gone."""
MAX_BODY = 16 << 20


def hypercorn_config() -> Config:
    """Values that suit streams which stay open for days."""
    config = Config()
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    config.h2_max_concurrent_streams = 250  # hypercorn's priority tree breaks above 1000
    config.include_server_header = False
    config.keep_alive_timeout = 120  # longer than clients keep an idle connection
    config.read_timeout = None  # would end quiet streams too
    config.websocket_ping_interval = 20
    return config


class HttpServer:
    """A listening server. It is made by `serve`."""

    def __init__(self, app: Framework, tls: Tls | None, tls_context: ssl.SSLContext | None) -> None:
        self._app = wrap_app(app, MAX_BODY, "asgi")
        self._tls = tls
        self._tls_context = tls_context
        self._config = hypercorn_config()
        self._context = WorkerContext(None)
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._host = ""

    async def listen(self, host: str, port: int) -> None:
        """Open the port. `NotPossible` when it is taken."""
        try:
            self._server = await asyncio.start_server(
                self._accept,
                host or None,
                port,
                backlog=BACKLOG,
                ssl=self._tls_context,
                ssl_handshake_timeout=HANDSHAKE_S if self._tls_context else None,
                reuse_address=True,
            )
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            raise NotPossible(
                "the port is taken" if taken else f"cannot listen: {error.strerror or error}".lower(),
                where=f"{host}:{port}",
                hint="choose another with --listen HOST:PORT" if taken else "",
            ) from error
        self._host = host

    @property
    def address(self) -> str:
        """The URL it answers on, with the real port; an address that means all of them is called localhost."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        host = "localhost" if self._host in ("", "0.0.0.0", "::") else self._host  # noqa: S104 - to name them
        return f"{'https' if self._tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"

    def reload_certificate(self) -> None:
        """Use the certificate files as they are now for new connections. A bad pair is refused and changes nothing."""
        if self._tls is None or self._tls_context is None:
            return
        tls_context(self._tls)
        self._tls_context.load_cert_chain(self._tls.certificate, self._tls.key, password="")

    async def stop(self) -> None:
        """Accept nothing new, let open requests finish for a moment, then cancel them."""
        assert self._server is not None
        self._server.close()
        await self._context.terminated.set()
        unfinished = await _wait(self._connections, FINISH_S)
        for connection in unfinished:
            connection.cancel()
        stuck = await _wait(unfinished, CANCEL_S)
        if stuck:
            log.error("connections did not end", extra={"connections": len(stuck)})

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        connection.add_done_callback(self._ended)
        _notice_lost_peers(writer.get_extra_info("socket"))
        loop = asyncio.get_running_loop()
        await http2_repairs.Server(self._app, loop, self._config, self._context, {}, reader, writer)

    def _ended(self, connection: asyncio.Task[None]) -> None:
        self._connections.discard(connection)
        if not connection.cancelled() and (error := connection.exception()) is not None:
            log.error("connection failed", exc_info=error)


async def serve(app: Framework, listen: str, tls: Tls | None) -> HttpServer:
    """Serve an ASGI application on `HOST:PORT`. Without `tls` only on loopback; port 0 is any free one."""
    host, port = _host_and_port(listen)
    if tls is None and not _is_loopback(host):
        raise Invalid(
            "without TLS the server listens on loopback only",
            where=f"listen {listen}",
            hint="--listen 127.0.0.1:PORT, or --tls auto",
        )
    http2_repairs.install()
    server = HttpServer(app, tls, tls_context(tls) if tls else None)
    await server.listen(host, port)
    return server


def tls_context(tls: Tls) -> ssl.SSLContext:
    """The server's side of TLS. `Invalid` names the file that cannot be used."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        context.load_cert_chain(tls.certificate, tls.key, password="")  # else somebody is asked for one
    except ssl.SSLError as error:
        raise Invalid(
            f"certificate and key cannot be used: {(error.reason or str(error)).lower().replace('_', ' ')}",
            where=str(tls.certificate),
            hint=f"a PEM chain, and its key without a password in {tls.key}",
        ) from error
    except OSError as error:
        raise Invalid(
            f"cannot read the certificate or its key: {(error.strerror or str(error)).lower()}",
            where=str(tls.certificate),
            hint=f"its key is read from {tls.key}",
        ) from error
    return context


def _host_and_port(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise Invalid("not an address to listen on", where=f"listen {listen}", hint="HOST:PORT, like 127.0.0.1:8443")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _notice_lost_peers(connection: socket.socket) -> None:
    """A host that lost its power or its network says nothing; the kernel asks it."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if os.uname().sysname == "Linux":
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PEER_LOST_S // 2)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PEER_LOST_S // 6)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, PEER_LOST_S * 1000)


async def _wait(tasks: Iterable[asyncio.Task[None]], timeout_s: float) -> set[asyncio.Task[None]]:
    """Those that have not ended in time."""
    tasks = set(tasks)
    if not tasks:
        return set()
    return (await asyncio.wait(tasks, timeout=timeout_s))[1]
