"""The extension point `executor`, fourth part: images, volumes and networks of the host, and whether all is well there."""

from typing import Protocol

from composia.core.check import Check
from composia.core.host_object import Image, Network, Volume


class Stock(Protocol):
    """Each raises `Unavailable` or `TimedOut` when the engine does not answer."""

    async def images(self) -> tuple[Image, ...]:
        """All images, the newest first."""
        ...

    async def volumes(self) -> tuple[Volume, ...]:
        """All volumes by name, with their sizes."""
        ...

    async def networks(self) -> tuple[Network, ...]:
        """All networks by name."""
        ...

    async def checks(self) -> tuple[Check, ...]:
        """What is to be said of the engine, of its API, and of Compose."""
        ...
