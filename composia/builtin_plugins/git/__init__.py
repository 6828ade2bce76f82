"""The source `git`: a bare clone that is read by object, without a checkout and without a git program."""

from pathlib import Path

import msgspec

from composia.plugins import Context, Provider, hookimpl
from composia.plugins.source import Source


class GitConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the repository is and how it is reached.

    `url` is a path, `https://…`, `ssh://…` or `user@host:path`. A token goes into a file, not into the URL.
    """

    url: str
    branch: str = "main"
    username: str = "composia"
    token_file: str = ""
    ca_file: str = ""
    ssh_key_file: str = ""
    known_hosts_file: str = ""
    timeout_s: float = 60.0


async def _open(config: GitConfig, context: Context) -> Source:
    from composia.builtin_plugins.git.remote import Remote  # noqa: PLC0415 - registering stays cheap
    from composia.builtin_plugins.git.source import GitSource  # noqa: PLC0415

    remote = Remote(
        url=config.url,
        username=config.username,
        token_file=Path(config.token_file) if config.token_file else None,
        ca_file=Path(config.ca_file) if config.ca_file else None,
        ssh_key_file=Path(config.ssh_key_file) if config.ssh_key_file else None,
        known_hosts_file=Path(config.known_hosts_file) if config.known_hosts_file else None,
        timeout_s=config.timeout_s,
    )
    return GitSource(remote, config.branch, context.data)


@hookimpl
def composia_source() -> Provider[Source]:
    """Register `git`."""
    return Provider(name="git", open=_open, config=GitConfig, summary="a Git repository: path, https or ssh")
