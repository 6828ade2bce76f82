"""The real Git behind a small web server on loopback that asks for a token."""

import base64
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.builtin_plugins.git.repository import ENVIRONMENT


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is answered, piece by piece."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Iterator[bytes] | list[bytes] = field(default_factory=list)


class WebServer:
    """Answers by a function. Can be stopped, and started again at the same address."""

    def __init__(self, answer: Callable[[Request], Answer], tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self._answer = answer
        self._tls = tls
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen."""
        web = self

        class Handler(_Handler):
            def answer(self, request: Request) -> Answer:
                web.requests.append(request)
                return web._answer(request)

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        if self._tls:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def stop(self) -> None:
        """Listen no longer."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @contextmanager
    def running(self) -> Iterator["WebServer"]:
        """Listen for a while."""
        self.start()
        try:
            yield self
        finally:
            self.stop()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def log_message(self, *arguments: object) -> None:
        pass

    def _serve(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.answer(Request(method=self.command, path=path, query=query, headers=headers, body=body))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        for piece in answer.pieces:
            self.wfile.write(piece)


class GitHost:
    """Answers with the repositories in a directory, to whoever has the credentials."""

    def __init__(self, root: Path, *, credentials: str = "") -> None:
        self.root = root
        self.credentials = credentials

    def __call__(self, request: Request) -> Answer:
        expected = f"Basic {base64.b64encode(self.credentials.encode()).decode()}"
        if self.credentials and request.headers.get("authorization") != expected:
            return Answer(status=401, headers={"WWW-Authenticate": 'Basic realm="Git"'})
        environment = ENVIRONMENT | {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(request.body)),
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query,
            "REQUEST_METHOD": request.method,
        }
        done = subprocess.run(
            ["git", "http-backend"], env=environment, input=request.body, capture_output=True, check=False
        )
        if done.returncode:
            return Answer(status=500)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        return Answer(status=int(headers.pop("Status", "200").split()[0]), headers=headers, pieces=[content])
