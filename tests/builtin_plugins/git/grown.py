"""Repositories of any size, made at once by Git's own import."""

from collections.abc import Iterator

from tests.builtin_plugins.git.repository import Repository

WHO = b"Ada <ada@example.org>"


def grow(repository: Repository, *, services: int, commits: int = 1) -> None:
    """Put so many services and then so many commits into an empty repository; each commit after the first one changes
    one service."""
    repository.git("fast-import", "--quiet", stdin=b"".join(_stream(services, commits)))


def change(repository: Repository, text: str) -> str:
    """Change one service in a commit on top; returns the commit."""
    stream = _commit(2_000_000_000, b"change", f"from refs/heads/main^0\n{_file(path(0), compose(text))}".encode())
    repository.git("fast-import", "--quiet", stdin=stream)
    return repository.head


def path(number: int, name: str = "compose.yaml") -> str:
    """Where a service's file lies: they are spread over ten directories."""
    return f"group-{number % 10}/svc-{number}/{name}"


def compose(text: str) -> str:
    """A small Compose file."""
    return f"services:\n  app:\n    image: registry.example/app:1\n    labels: {{note: '{text}'}}\n"


def _stream(services: int, commits: int) -> Iterator[bytes]:
    first = []
    for number in range(services):
        meta = f"name: svc-{number}\nnodes: [a]\n"
        first += [_file(path(number, "composia-meta.yaml"), meta), _file(path(number), compose("first"))]
        first += [_file(path(number, f"conf/{name}"), f"{name} of {number}\n") for name in ("a.conf", "b.conf")]
    yield _commit(1_700_000_000, b"first", "".join(first).encode())
    for number in range(1, commits):
        text = _file(path(number % services), compose(f"change {number}"))
        yield _commit(1_700_000_000 + number, f"change {number}".encode(), text.encode())


def _commit(seconds: int, message: bytes, changes: bytes) -> bytes:
    head = b"commit refs/heads/main\ncommitter %s %d +0000\ndata %d\n%s\n" % (WHO, seconds, len(message), message)
    return head + changes + b"\n"


def _file(path: str, text: str) -> str:
    return f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n"
