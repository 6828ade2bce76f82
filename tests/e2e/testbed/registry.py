"""The registry of a test bed: Debian's docker-registry, which is also the nodes' mirror of Docker Hub.

So `image: busybox:1.36` and `image: HOST:5000/library/busybox:1.36` are the same image on a node.
"""

import http.client
import socket
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.testbed.daemon import Daemon, TestbedFailed, wait_until
from tests.e2e.testbed.images import Digest, Image, sha256
from tests.e2e.testbed.place import Place

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
SEED = ("library/busybox:1.36", "library/busybox:latest", "fixture:1", "fixture:2")


@dataclass(frozen=True, kw_only=True)
class Registry:
    """One process on the machine's address on the switch, port 5000."""

    place: Place

    @property
    def daemon(self) -> Daemon:
        """The registry's process."""
        return Daemon(pid_file=self.place.run / "registry" / "pid", log=self._data / "log")

    @property
    def address(self) -> str:
        """The first part of its images' names: HOST:PORT."""
        return self.place.registry

    @property
    def _data(self) -> Path:
        return self.place.data / "registry"

    def start(self) -> None:
        """Start the registry, wait until it answers, and fill it with the seed images."""
        if self.daemon.pid() is None:
            if self._is_taken():
                raise TestbedFailed(f"{self.place.registry} is taken by a program that is not of this test bed")
            config = self.place.run / "registry" / "config.yml"
            config.parent.mkdir(parents=True, exist_ok=True)
            config.write_text(
                "version: 0.1\n"
                "log: {level: warn, accesslog: {disabled: true}}\n"
                f"storage: {{filesystem: {{rootdirectory: {self._data}}}, delete: {{enabled: true}}}}\n"
                f"http: {{addr: '{self.place.registry}'}}\n"
            )
            self.daemon.start(["docker-registry", "serve", config])
        try:
            wait_until(self.answers, timeout=90)
        except TimeoutError:
            raise TestbedFailed(f"the registry does not answer:\n{self.daemon.last_lines()}") from None
        for name in SEED:
            if not self.has(name):
                self.push(name)

    def stop(self) -> None:
        """End the registry; what it holds stays."""
        self.daemon.stop()

    def answers(self) -> bool:
        """Whether the registry is there."""
        try:
            return self._call("GET", "/v2/")[0] == 200
        except OSError:
            return False

    def has(self, repo_tag: str) -> bool:
        """Whether the registry has an image under this name."""
        repo, tag = split(repo_tag)
        return self._call("HEAD", f"/v2/{repo}/manifests/{tag}", accept=MANIFEST)[0] == 200

    def push(self, repo_tag: str, text: str | None = None) -> Digest:
        """Publish the fixture image that serves `text` (default: its own name) as `repo_tag`; return its digest.

        The same text gives the same digest, another text moves the tag. Below `library/` the image is a plain shell.
        """
        repo, tag = split(repo_tag)
        plain = repo.startswith("library/")
        image = Image.of(text=repo_tag if text is None else text, command=("sh",) if plain else ("/bin/fixture",))
        for blob in image.blobs:
            self._upload(repo, blob)
        status, _ = self._call("PUT", f"/v2/{repo}/manifests/{tag}", body=image.manifest, content_type=MANIFEST)
        if status != 201:
            raise TestbedFailed(f"the registry refuses the manifest of {repo_tag}: HTTP {status}")
        return sha256(image.manifest)

    def name(self, repo_tag: str) -> str:
        """The full name of an image of this registry, for `docker run` and Compose files."""
        return f"{self.place.registry}/{repo_tag}"

    def _is_taken(self) -> bool:
        try:
            socket.create_connection((self.place.host, 5000), timeout=5).close()
        except ConnectionRefusedError:
            return False
        return True

    def _upload(self, repo: str, blob: bytes) -> None:
        digest = sha256(blob)
        if self._call("HEAD", f"/v2/{repo}/blobs/{digest}")[0] == 200:
            return
        _, location = self._call("POST", f"/v2/{repo}/blobs/uploads/")
        separator = "&" if "?" in location else "?"
        status, _ = self._call("PUT", f"{location}{separator}digest={digest}", body=blob)
        if status != 201:
            raise TestbedFailed(f"the registry refuses a blob of {repo}: HTTP {status}")

    def _call(
        self,
        method: str,
        target: str,
        *,
        body: bytes = b"",
        content_type: str = "application/octet-stream",
        accept: str = "*/*",
    ) -> tuple[int, str]:
        """One request; its status and Location. Not urllib, which would ask the environment for a proxy."""
        connection = http.client.HTTPConnection(self.place.registry, timeout=20)
        try:
            target = target.removeprefix(f"http://{self.place.registry}")
            connection.request(method, target, body, {"Content-Type": content_type, "Accept": accept})
            response = connection.getresponse()
            response.read()
            return response.status, response.getheader("Location", "")
        finally:
            connection.close()


def split(repo_tag: str) -> tuple[str, str]:
    """`library/busybox:1.36` → repository and tag."""
    repo, _, tag = repo_tag.partition(":")
    return repo, tag or "latest"
