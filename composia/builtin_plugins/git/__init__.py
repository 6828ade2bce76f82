"""The source `git`: a bare clone that is read by object, without a checkout and without a git program."""

from pathlib import Path

import msgspec

from composia.errors import Invalid
from composia.plugins import Context, Provider, hookimpl
from composia.plugins.source import Source


class GitConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the repository is and how it is reached.

    `url` is a path, `https://…`, `ssh://…` or `user@host:path`. A token goes into a file, not into the URL.
    `timeout_s` is how long the remote may be silent.
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
    from composia.builtin_plugins.git.clone import is_branch  # noqa: PLC0415 - registering stays cheap
    from composia.builtin_plugins.git.remote import Remote, is_address  # noqa: PLC0415
    from composia.builtin_plugins.git.source import GitSource  # noqa: PLC0415

    if not is_address(config.url):
        raise Invalid("this is no address of a repository", where="source.url", hint="a path, https://… or ssh://…")
    if not is_branch(config.branch):
        raise Invalid(f"{config.branch!r} is no name of a branch", where="source.branch", hint="branch: main")
    if config.timeout_s <= 0:
        raise Invalid("the timeout must be more than 0 seconds", where="source.timeout_s", hint="timeout_s: 60")
    remote = Remote(
        url=config.url,
        username=config.username,
        token_file=_path(config.token_file),
        ca_file=_path(config.ca_file),
        ssh_key_file=_path(config.ssh_key_file),
        known_hosts_file=_path(config.known_hosts_file),
        timeout_s=config.timeout_s,
    )
    source = GitSource(remote, config.branch, context.data / "clone.git")
    await source.open()
    return source


def _path(text: str) -> Path | None:
    return Path(text) if text else None


@hookimpl
def composia_source() -> Provider[Source]:
    """Register `git`."""
    return Provider(name="git", open=_open, config=GitConfig, summary="a Git repository: path, https or ssh")
