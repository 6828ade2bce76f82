"""A line to a server that a test can hold and cut."""

import socket
import threading
from contextlib import suppress
from typing import Self

PATIENCE_S = 60.0


class Relay:
    """Passes on what it gets to the server at `target`; one that is `held` does so once `let_go` was called. `asked` says that
    somebody came."""

    def __init__(self, host: str, target: tuple[str, int], *, held: bool = False) -> None:
        self._target = target
        self._go = threading.Event()
        if not held:
            self._go.set()
        self.asked = threading.Event()
        self._callers: set[socket.socket] = set()
        self._server = socket.create_server((host, 0))
        self.address = f"{host}:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def let_go(self) -> None:
        """Pass on from now on."""
        self._go.set()

    def cut(self) -> None:
        """End all connections, and listen no more."""
        self._go.set()
        for side in (self._server, *self._callers):
            with suppress(OSError):  # it has ended by itself
                side.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._server.accept()
                self._callers.add(caller)
                self.asked.set()
                threading.Thread(target=self._relay, args=(caller,), daemon=True).start()

    def _relay(self, caller: socket.socket) -> None:
        self._go.wait(PATIENCE_S)
        with suppress(OSError), caller, socket.create_connection(self._target) as server:
            back = threading.Thread(target=_pipe, args=(server, caller), daemon=True)
            back.start()
            _pipe(caller, server)
            back.join(PATIENCE_S)
        self._callers.discard(caller)


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
