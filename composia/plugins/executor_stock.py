"""The extension point `executor`, fourth part: images, volumes and networks of the host."""

from typing import Protocol

from composia.core.host_object import Image, Network, Volume


class Stock(Protocol):
    """Each raises `Unavailable` when the engine does not answer."""

    async def images(self) -> tuple[Image, ...]:
        """All images, the newest first."""
        ...

    async def volumes(self) -> tuple[Volume, ...]:
        """All volumes by name, with their sizes."""
        ...

    async def networks(self) -> tuple[Network, ...]:
        """All networks by name."""
        ...
