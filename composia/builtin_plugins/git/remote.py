"""The other side: how a repository is reached, and what went wrong there, without a secret in any text."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import urllib3
from anyio import from_thread
from dulwich.client import (
    GitClient,
    SSHGitClient,
    Urllib3HttpGitClient,
    default_urllib3_manager,
    get_transport_and_path,
)
from dulwich.config import ConfigDict
from dulwich.errors import GitProtocolError
from dulwich.objects import ObjectID
from dulwich.refs import Ref, check_ref_format
from dulwich.repo import Repo

from composia.builtin_plugins.git.clone import HEADS, TAGS
from composia.builtin_plugins.git.ssh import SshOptions, SshVendor
from composia.errors import Invalid

PREFIXES = [HEADS, TAGS]
SCHEMES = frozenset({"https", "http", "ssh", "git", "file"})


def is_address(url: str) -> bool:
    """Whether it is a path, `user@host:path`, or a URL that Git speaks."""
    if "://" not in url:
        return bool(url)
    try:
        return urlsplit(url).scheme in SCHEMES
    except ValueError:
        return False


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A repository's address and what is needed to reach it."""

    url: str
    username: str = ""
    token_file: Path | None = None
    ca_file: Path | None = None
    ssh_key_file: Path | None = None
    known_hosts_file: Path | None = None
    timeout_s: float = 60.0

    @property
    def location(self) -> str:
        """The address for people: an http URL without its user, any URL without its password."""
        if "://" not in self.url:
            return self.url
        parts = urlsplit(self.url)
        user, _, host = parts.netloc.rpartition("@")
        kept = "" if self.is_http else user.partition(":")[0]
        return urlunsplit(parts._replace(netloc=f"{kept}@{host}" if kept else host))

    @property
    def is_http(self) -> bool:
        """Whether it is reached by http or https."""
        return self.url.startswith(("http://", "https://"))

    @property
    def is_ssh(self) -> bool:
        """Whether it is reached by ssh: `ssh://…` or `user@host:path`."""
        return self.url.startswith("ssh://") or ("://" not in self.url and ":" in self.url.partition("/")[0])

    @property
    def token(self) -> str:
        """The password or token; the file is read each time, so that it can be changed. `Invalid` where it cannot be."""
        if self.token_file is None:
            return unquote(urlsplit(self.url).password or "") if self.is_http else ""
        hint = "token_file holds the token and nothing else"
        try:
            token = self.token_file.read_text("utf-8").strip()
        except UnicodeDecodeError as error:
            raise Invalid("the token file is no text", where=str(self.token_file), hint=hint) from error
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise Invalid(f"the token file cannot be read: {reason}", where=str(self.token_file), hint=hint) from error
        if not token:
            raise Invalid("the token file is empty", where=str(self.token_file), hint=hint)
        if len(token.splitlines()) > 1:
            raise Invalid("the token file has more than one line", where=str(self.token_file), hint=hint)
        return token

    @property
    def is_token_open(self) -> bool:
        """Whether everybody on this machine may read the token."""
        try:
            return self.token_file is not None and bool(self.token_file.stat().st_mode & 0o004)
        except OSError:
            return False  # it is told when it is read

    @contextmanager
    def connect(self) -> Iterator["Connection"]:
        """Talk to it; nothing stays open afterwards."""
        if not self.is_http:
            with self._ssh_or_path() as connection:
                yield connection
        else:
            with self._pool() as pool:
                yield Connection(self._http_client(pool), urlsplit(self.url).path)

    @contextmanager
    def _pool(self) -> Iterator[urllib3.PoolManager]:
        config = ConfigDict()
        if self.ca_file:
            if not self.ca_file.is_file():
                raise Invalid("there is no such ca_file", where=str(self.ca_file), hint="correct source.ca_file")
            config.set((b"http",), b"sslCAInfo", str(self.ca_file).encode())
        pool = default_urllib3_manager(config, base_url=self.location, timeout=self.timeout_s)
        assert isinstance(pool, urllib3.PoolManager)
        pool.connection_pool_kw["retries"] = urllib3.Retry(
            connect=0, read=0, other=0, redirect=5
        )  # the next sync tries again
        try:
            yield pool
        finally:
            pool.clear()

    def _http_client(self, pool: urllib3.PoolManager) -> GitClient:
        parts = urlsplit(self.location)
        token = self.token
        return Urllib3HttpGitClient(
            urlunsplit((parts.scheme, parts.netloc, "", "", "")),
            username=(unquote(urlsplit(self.url).username or "") or self.username) if token else None,
            password=token or None,
            timeout=self.timeout_s,
            pool_manager=pool,
            quiet=True,
        )

    @contextmanager
    def _ssh_or_path(self) -> Iterator["Connection"]:
        options = SshOptions(
            timeout_s=self.timeout_s, key_file=self.ssh_key_file, known_hosts_file=self.known_hosts_file
        )
        client, path = get_transport_and_path(self.url, ssh_command=shlex.join(["ssh", *options.words()]), quiet=True)
        vendor = SshVendor()
        if isinstance(client, SSHGitClient):
            options.check()
            client.ssh_vendor = vendor
        try:
            yield Connection(client, path)
        finally:
            vendor.close()


class Connection:
    """A talk with a remote."""

    def __init__(self, client: GitClient, path: str) -> None:
        self._client = client
        self._path = path.encode()

    def refs(self) -> dict[Ref, ObjectID]:
        """The branches and tags there, by full name."""
        return _named(self._client.get_refs(self._path, ref_prefix=PREFIXES).refs)

    def fetch(self, repo: Repo) -> dict[Ref, ObjectID]:
        """Bring what is missing of the branches and tags that are there at this moment, and return those.

        Runs in a worker thread, and ends early when the task that waits for it is cancelled.
        """
        there: dict[Ref, ObjectID] = {}

        def wanted(refs: Mapping[Ref, ObjectID], depth: int | None = None) -> list[ObjectID]:
            there.update(_named(refs))
            return sorted(missing(repo, there))

        def progress(_: bytes) -> None:
            from_thread.check_cancelled()

        self._client.fetch(self._path, repo, determine_wants=wanted, progress=progress, ref_prefix=PREFIXES)
        if missing(repo, there):
            raise GitProtocolError("the remote did not send what it has named")
        return there


def missing(repo: Repo, there: dict[Ref, ObjectID]) -> set[ObjectID]:
    """The commits and tags that the clone does not have."""
    return {sha for sha in there.values() if sha not in repo.object_store}


def _named(refs: Mapping[Ref, ObjectID | None]) -> dict[Ref, ObjectID]:
    """Branches and tags with sound names, for names become paths; a tag's peeled twin ends with `^{}` and has none."""
    return {
        name: sha
        for name, sha in refs.items()
        if sha is not None and name.startswith((HEADS, TAGS)) and check_ref_format(name)
    }
