"""A registry that wants a login for everything."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REFUSAL = b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":null}]}'


class LockedRegistry:
    """Answers as Debian's docker-registry does with htpasswd, to whoever comes without credentials."""

    def __init__(self, host: str) -> None:
        self._server = ThreadingHTTPServer((host, 0), _Answer)
        self.address = f"{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="private"')
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(REFUSAL)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(REFUSAL)

    do_HEAD = do_GET  # noqa: N815 - the name is the library's

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is the library's
        """Nothing is logged."""
