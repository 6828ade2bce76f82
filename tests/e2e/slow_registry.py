"""A registry that answers nobody until it is let go; then it is the real one."""

import socket
import threading
from contextlib import suppress

PATIENCE_S = 60.0


class SlowRegistry:
    """Relays what it gets to the registry at `target`, once `let_go` was called. `asked` says that somebody came."""

    def __init__(self, host: str, target: tuple[str, int]) -> None:
        self._target = target
        self._go = threading.Event()
        self.asked = threading.Event()
        self._server = socket.create_server((host, 0))
        self.address = f"{host}:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def let_go(self) -> None:
        """Answer from now on."""
        self._go.set()

    def close(self) -> None:
        """Listen no more."""
        self._go.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                self.asked.set()
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        self._go.wait(PATIENCE_S)
        with suppress(OSError), client, socket.create_connection(self._target) as server:
            back = threading.Thread(target=_pipe, args=(server, client), daemon=True)
            back.start()
            _pipe(client, server)
            back.join(PATIENCE_S)


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
