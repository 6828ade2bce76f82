"""curl, as a person with a shell has it."""

import json
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from tests.clients.served import SERVICE, Served

END_OF_STREAM = 0b10
"""The flag of the last envelope of a stream, which holds its error if it has one."""


@dataclass(frozen=True, kw_only=True)
class Curl:
    """curl against a server, at one version of HTTP."""

    served: Served
    http: str

    def command(self, who: str, *arguments: str) -> list[str]:
        """The command line."""
        shown = [f"{name}: {value}" for name, value in self.served.headers(who).items()]
        headers = [part for header in shown for part in ("--header", header)]
        return ["curl", "--silent", "--show-error", self.http, "--cacert", str(self.served.ca), *headers, *arguments]

    def url(self, method: str) -> str:
        """Of an RPC."""
        return f"{self.served.url}/{SERVICE}/{method}"

    def call(self, who: str, method: str, request: Any) -> tuple[int, Any]:
        """Post JSON; status and JSON of the answer."""
        return self._run(
            who, "--header", "content-type: application/json", "--data", json.dumps(request), self.url(method)
        )

    def get(self, who: str, method: str, request: Any) -> tuple[int, Any]:
        """Connect's GET; status and JSON of the answer."""
        query = ("--get", "--data-urlencode", "encoding=json", "--data-urlencode", f"message={json.dumps(request)}")
        return self._run(who, *query, self.url(method))

    def _run(self, who: str, *arguments: str) -> tuple[int, Any]:
        command = self.command(who, "--max-time", "30", "--write-out", "\n%{http_code} %{http_version}", *arguments)
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        text, _, line = done.stdout.rpartition("\n")
        status, version = line.split()
        assert self.http == {"1.1": "--http1.1", "2": "--http2"}[version]
        return int(status), json.loads(text) if text else None

    @contextmanager
    def stream(self, who: str, method: str, request: Any) -> Iterator[Iterator[tuple[int, Any]]]:
        """Connect's streaming: the envelopes as they arrive, each its flags and its JSON."""
        body = json.dumps(request).encode()
        options = ("--no-buffer", "--header", "content-type: application/connect+json", "--data-binary", "@-")
        with subprocess.Popen(
            self.command(who, *options, self.url(method)), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(struct.pack(">BI", 0, len(body)) + body)
            process.stdin.close()
            try:
                yield _envelopes(process.stdout)
            finally:
                process.kill()


def _envelopes(stream: IO[bytes]) -> Iterator[tuple[int, Any]]:
    while head := stream.read(5):
        flags, length = struct.unpack(">BI", head)
        yield flags, json.loads(stream.read(length))
