"""The other side: how a repository is reached, without a secret in any text."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import urllib3
from dulwich.client import GitClient, Urllib3HttpGitClient, get_transport_and_path
from dulwich.errors import GitProtocolError, HangupException, NotGitRepository
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from composia.errors import Invalid

UNREACHABLE = (GitProtocolError, HangupException, NotGitRepository, urllib3.exceptions.HTTPError, OSError)
"""What a remote that is away, refuses or is no repository raises; an unreadable token file is an OSError too."""


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
        """The address for people: without what stands before the `@` of an http URL."""
        if not self._is_http:
            return self.url
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

    def refs(self) -> dict[Ref, ObjectID]:
        """The branches and tags there, by full name."""
        client, path = self._client()
        refs = client.get_refs(path.encode(), ref_prefix=[b"refs/heads/", b"refs/tags/"]).refs
        return {
            name: sha
            for name, sha in refs.items()
            if sha is not None and name.startswith((b"refs/heads/", b"refs/tags/")) and not name.endswith(b"^{}")
        }

    def fetch(self, repo: Repo, wanted: list[ObjectID]) -> None:
        """Bring the objects of those commits and tags."""
        client, path = self._client()
        client.fetch(path.encode(), repo, determine_wants=lambda _refs, _depth=None: wanted)

    def explain(self, error: Exception) -> str:
        """The error in one line, without the secret."""
        text = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, NotGitRepository):
            text = "not a Git repository"
        secrets = [urlsplit(self.url).password if self._is_http else None]
        if self.token_file is not None and self.token_file.is_file():
            secrets.append(self.token_file.read_text().strip())
        for secret in secrets:
            if secret:
                text = text.replace(secret, "***")
        return text.replace(self.url, self.location)

    @property
    def _is_http(self) -> bool:
        return self.url.startswith(("http://", "https://"))

    def _client(self) -> tuple[GitClient, str]:
        if self._is_http:
            return self._http_client(), urlsplit(self.url).path
        return get_transport_and_path(self.url, ssh_command=self._ssh_command())

    def _http_client(self) -> GitClient:
        parts = urlsplit(self.url)
        token = self.token_file.read_text().strip() if self.token_file else parts.password
        if self.token_file and not token:
            raise Invalid("the token file is empty", where=str(self.token_file))
        return Urllib3HttpGitClient(
            urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "", "", "")),
            username=(parts.username or self.username) if token else None,
            password=token or None,
            timeout=self.timeout_s,
            pool_manager=urllib3.PoolManager(
                ca_certs=str(self.ca_file) if self.ca_file else None,
                timeout=urllib3.Timeout(self.timeout_s),
                retries=urllib3.Retry(1, redirect=False),
            ),
        )

    def _ssh_command(self) -> str:
        """The host's ssh, which never asks and never trusts a host that is not known."""
        options = [
            "-o",
            "BatchMode=yes",
            "-o",
            "StrictHostKeyChecking=yes",
            "-o",
            f"ConnectTimeout={self.timeout_s:.0f}",
        ]
        if self.known_hosts_file:
            options += ["-o", f"UserKnownHostsFile={self.known_hosts_file}"]
        if self.ssh_key_file:
            options += ["-i", str(self.ssh_key_file), "-o", "IdentitiesOnly=yes"]
        return shlex.join(["ssh", *options])
