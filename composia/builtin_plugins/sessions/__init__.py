"""The authenticator `sessions`: users with passwords, and the browsers that are signed in, in a file."""

from typing import Annotated

import msgspec

from composia.plugins import Context, Provider, hookimpl
from composia.plugins.auth import Authenticator

Seconds = Annotated[float, msgspec.Meta(ge=1, le=1e9)]


class SessionsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A session ends when it has not been used for `idle_s`, and in any case after `longest_s`."""

    idle_s: Seconds = 86_400.0
    longest_s: Seconds = 30 * 86_400.0


async def _open(config: SessionsConfig, context: Context) -> Authenticator:
    from composia.builtin_plugins.sessions.store import Accounts, Lifetime  # noqa: PLC0415 - registering stays cheap

    lifetime = Lifetime(idle_ms=round(config.idle_s * 1000), longest_ms=round(config.longest_s * 1000))
    return Accounts(context.data / "accounts.json", context.clock, lifetime)


@hookimpl
def composia_auth() -> Provider[Authenticator]:
    """Register it."""
    return Provider(
        name="sessions", open=_open, config=SessionsConfig, summary="users, and the browsers that are signed in"
    )
