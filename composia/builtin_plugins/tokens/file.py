"""The file that the tokens are kept in: their digests, never their secrets."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from composia.core.principal import TokenInfo
from composia.errors import Invalid
from composia.plugins.private_file import put_private


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A token. `revoked_ms` is 0 until it is revoked, or replaced by a newer one."""

    info: TokenInfo
    digest: str
    revoked_ms: int = 0


def read_entries(file: Path) -> list[Entry]:
    """All tokens, in the order in which they were made; none where there is no file. `Invalid` for a broken one."""
    if not file.exists():
        return []
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[Entry])
    except msgspec.MsgspecError as error:
        raise Invalid(f"the tokens cannot be read: {error}", where=str(file)) from error


def write_entries(file: Path, entries: list[Entry]) -> None:
    """Put them in the place of what was there, so that it survives power loss."""
    put_private(file, msgspec.json.encode(entries))
