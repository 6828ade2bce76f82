"""What the kernel and the disk still know of a test bed: the proof that nothing is left of it."""

from pathlib import Path

from tests.e2e.testbed import cgroup, claim, mounts, network
from tests.e2e.testbed.place import Place
from tests.e2e.testbed.process import argv, is_alive


def traces(place: Place) -> list[tuple[str, str]]:
    """All that belongs to a test bed, each with its kind; empty when there is none."""
    groups = [root / place.cgroup.lstrip("/") for root in cgroup.roots()]
    processes = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [
        *(("namespace", name) for name in network.namespaces() if name.startswith(f"composia-{place.name}-")),
        *(("link", link) for link in [place.host_link] if network.has_link(place)),
        *(("mount", point) for point in (*mounts.below(place.run), *mounts.below(place.data))),
        *(("cgroup", str(group)) for group in groups if group.exists()),
        *(("process", str(pid)) for pid in processes if f"/{place.name}/".encode() in argv(pid) and is_alive(pid)),
        *(("file", str(path)) for path in (place.run, place.data) if path.exists()),
        *(("file", str(lock)) for lock in [claim.lock_of(place.name)] if claim.is_left(lock)),
    ]
