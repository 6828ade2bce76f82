"""The authenticator `tokens`: API tokens in a file, kept as digests."""

from composia.plugins import Context, NoConfig, Provider, hookimpl
from composia.plugins.auth import Authenticator


async def _open(_config: NoConfig, context: Context) -> Authenticator:
    from composia.builtin_plugins.tokens.store import Tokens  # noqa: PLC0415 - registering stays cheap

    return Tokens(context.data / "tokens.json", context.clock)


@hookimpl
def composia_auth() -> Provider[Authenticator]:
    """Register it."""
    return Provider(name="tokens", open=_open, summary="API tokens for people and nodes")
