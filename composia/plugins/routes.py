"""The extension point `routes`: HTTP beside the RPCs, on the same port. Many."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

AsgiApp = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[MutableMapping[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]


@dataclass(frozen=True, kw_only=True)
class Route:
    """An ASGI application at a path and all below it. The longest path wins; `/` is the last."""

    path: str
    app: AsgiApp


class Routes(Protocol):
    """What a provider of routes opens to."""

    def routes(self) -> Sequence[Route]:
        """The routes, asked once at start."""
        ...

    async def close(self) -> None:
        """Let go of files."""
        ...
