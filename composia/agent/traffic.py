"""What a host's own interfaces receive and send, as two counts that never fall, whichever of them come and go."""

from pathlib import Path

_NOT_ITS_OWN = ("lo", "veth", "docker", "br-", "virbr", "cni", "flannel", "cali", "ifb", "dummy")
"""How the names of interfaces begin that carry what another one carries too."""


class Traffic:
    """Begins with what the interfaces that are there have counted since the host was started, and goes on with what each counts
    more: one that goes takes nothing with it, and one that comes brings nothing that was counted before."""

    def __init__(self, proc: Path, interfaces: Path) -> None:
        self._proc = proc
        self._interfaces = interfaces
        self._last: dict[str, tuple[int, int]] | None = None
        self._received = 0
        self._sent = 0

    def read(self) -> tuple[int, int]:
        """Bytes received and sent so far."""
        now = self._own()
        for name, (received, sent) in now.items():
            before = (0, 0) if self._last is None else self._last.get(name, (received, sent))
            self._received += _grown(before[0], received)
            self._sent += _grown(before[1], sent)
        self._last = now
        return self._received, self._sent

    def _own(self) -> dict[str, tuple[int, int]]:
        """Of what has hardware behind it; where nothing has, of what does not look made by Docker."""
        counted = {}
        for line in (self._proc / "net" / "dev").read_text().splitlines()[2:]:
            name, _, numbers = line.partition(":")
            fields = numbers.split()
            counted[name.strip()] = (int(fields[0]), int(fields[8]))
        own = [name for name in counted if (self._interfaces / name / "device").exists()]
        own = own or [name for name in counted if not name.startswith(_NOT_ITS_OWN)]
        return {name: counted[name] for name in own}


def _grown(before: int, after: int) -> int:
    """An interface that counts less than it did has begun anew."""
    return after - before if after >= before else after
