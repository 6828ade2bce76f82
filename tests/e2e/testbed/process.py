"""What the kernel says of a process."""

from pathlib import Path


def state(pid: int) -> str:
    """The kernel's letter for the state of a process, X for one that is gone."""
    return stat(pid)[0]


def threads(pid: int) -> list[int]:
    """The threads of a process; it alone when it is gone."""
    try:
        return [int(thread.name) for thread in Path(f"/proc/{pid}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return [pid]


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    return state(pid) not in "ZX"


def identity(pid: int) -> str | None:
    """A living process's number and birth, because numbers come again; None for one that does not live."""
    fields = stat(pid)
    return None if fields[0] in "ZX" else f"{pid}-{fields[19]}"


def find(identity_of_it: str) -> int | None:
    """The number of the living process with this identity, None when it has ended."""
    pid = int(identity_of_it.partition("-")[0])
    return pid if identity(pid) == identity_of_it else None


def argv(pid: int) -> bytes:
    """The command line of a process, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["X"]
