"""The last release of each service of a node, each in a file that survives power loss."""

from pathlib import Path

import msgspec

from composia.core.release import Release
from composia.durable import make_private, remove_durably, write_durably


class Releases:
    """What the instances of this node last got. Methods block."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def last(self, service: str) -> Release | None:
        """The last release of a service."""
        place = self._place(service)
        return msgspec.json.decode(place.read_bytes(), type=Release) if place.exists() else None

    def keep(self, release: Release) -> None:
        """Keep a release as its service's last."""
        make_private(self._directory)
        write_durably(self._place(release.service), msgspec.json.encode(release))

    def forget(self, service: str) -> None:
        """The service was taken down: nothing is left of its release."""
        remove_durably(self._place(service))

    def _place(self, service: str) -> Path:
        return self._directory / f"{service}.json"
