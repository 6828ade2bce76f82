"""What Docker and Compose are known to say when they refuse, and how people are told."""

import re
from dataclasses import dataclass

from composia.errors import (
    ComposiaError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotPossible,
    TooLarge,
    Unavailable,
)

OLDEST_COMPOSE = "2.19"
"""The oldest Compose that knows what it is called with (`--progress`)."""

INSTALL_COMPOSE = f"install Docker's Compose plugin, {OLDEST_COMPOSE} or newer"

_LOGIN = "docker login {registry} as the agent's user, or in the agent's docker_config"
_MEMORY = "the files expand to more than Compose may use; look for nested aliases"
REACH = "is the image's name right, and does this node reach the registry?"
_ENGINE = "is the Docker engine of this node running?"
_REGISTRY = r'(?:get|head|post) "?https?://(?P<registry>[^/"]+)/(?:v2/)?[^"]*"?: .*'
_FILE = "commit it, or, if Git shall not hold it, put it into the service directory on the node"


@dataclass(frozen=True, kw_only=True)
class Known:
    """A text and the error that it becomes. `message`, `where` and `hint` may name groups of `text`; an empty message is
    what was said itself."""

    text: str
    kind: type[ComposiaError]
    message: str = ""
    where: str = ""
    hint: str = ""

    def error(self, said: str, where: str) -> ComposiaError | None:
        """The error, if this is what was said; `where` is where nothing nearer is known."""
        found = re.search(self.text, said, re.IGNORECASE | re.DOTALL)
        if found is None:
            return None
        groups = found.groupdict()
        return self.kind(
            self.message.format_map(groups) or said,
            where=self.where.format_map(groups) or where,
            hint=self.hint.format_map(groups),
        )


_PLACES = (
    Known(
        text="(out of memory|cannot allocate memory)",
        kind=TooLarge,
        message="Compose ran out of memory over these files",
        hint=_MEMORY,
    ),
    Known(
        text=r"unknown flag: (?P<flag>\S+)",
        kind=NotPossible,
        message="Docker Compose on this node is too old, it does not know {flag}",
        hint=INSTALL_COMPOSE,
    ),
    Known(
        text="unknown command: docker compose|'compose' is not a docker command",
        kind=NotPossible,
        message="there is no Docker Compose on this node",
        hint=INSTALL_COMPOSE,
    ),
    Known(
        text=r"validating (?P<file>\S+): (?P<rest>.*)",
        kind=Invalid,
        message="{rest}",
        where="{file}",
    ),
    Known(
        text=r"invalid interpolation format for (?P<key>\S+)",
        kind=Invalid,
        message="this is no variable that Compose can read",
        where="{key}",
        hint="write $$ for a $ that begins no variable",
    ),
    Known(
        text=r"interpolating (?P<key>\S+): required variable (?P<name>\S+) is missing a value(?P<rest>.*)",
        kind=NotPossible,
        message="variable {name} has no value{rest}",
        where="{key}",
        hint="set it in .env in the service directory, in Git or on the node",
    ),
    Known(
        text=r"^(?:env file|open|stat) (?P<file>\S+?)(?: not found)?: .*no such file or directory$",
        kind=NotPossible,
        message="there is no file {file} on this node",
        hint=_FILE,
    ),
)

_IMAGES = (
    Known(
        text=r"manifest for (?P<image>\S+) not found",
        kind=NotFound,
        message="its registry has no image {image}",
        hint="is the tag right, and was it pushed?",
    ),
    Known(
        text=r"pull access denied for (?P<image>[^\s,]+)",
        kind=Forbidden,
        message="there is no image {image}, or it needs a login",
        hint="is the name right? if it is private: docker login as the agent's user, or in the agent's docker_config",
    ),
    Known(
        text=r"no matching manifest for (?P<platform>\S+)",
        kind=NotPossible,
        message="the image is not made for {platform}, which this node is",
        hint="place the service on nodes that the image is made for, or build it for this one",
    ),
    Known(
        text=_REGISTRY + "(no basic auth credentials|unauthorized|authentication required|denied|forbidden)",
        kind=Forbidden,
        message="the registry {registry} wants a login",
        hint=_LOGIN,
    ),
    Known(
        text=_REGISTRY + "(toomanyrequests|too many requests|429)",
        kind=Unavailable,
        message="the registry {registry} has had too many requests from here",
        hint=f"wait, or {_LOGIN}",
    ),
    Known(
        text=_REGISTRY + "(x509|certificate)",
        kind=NotPossible,
        hint="put the CA of {registry} into /etc/docker/certs.d/{registry}/ca.crt on this node",
    ),
    Known(
        text=_REGISTRY + "HTTP response to HTTPS client",
        kind=NotPossible,
        message="the registry {registry} does not speak HTTPS",
        hint="name it in insecure-registries of the engine's configuration, if it shall be so",
    ),
    Known(
        text=_REGISTRY + "(client.timeout|deadline exceeded|i/o timeout|handshake timeout|request canceled|eof$)",
        kind=Unavailable,
        message="the registry {registry} does not answer",
        hint=REACH,
    ),
    Known(
        text=_REGISTRY + r": (connect: |socket: )?(?P<reason>[^:]+)$",
        kind=Unavailable,
        message="the registry {registry} cannot be reached: {reason}",
        hint=REACH,
    ),
    Known(
        text="unauthorized|no basic auth|access (to the resource is )?denied",
        kind=Forbidden,
        hint=_LOGIN.replace("{registry}", "REGISTRY"),
    ),
)

_HOST = (
    Known(
        text=r"failed to read dockerfile: open \S*?(?P<file>[^/:\s]+): no such file",
        kind=NotPossible,
        message="there is no {file} to build from",
        hint="is it in Git, and is build.dockerfile right?",
    ),
    Known(
        text=r"failed to create network (?P<network>\S+): .*non-overlapping ipv4 address pool",
        kind=NotPossible,
        message="the engine has no range of addresses left for it",
        where="network {network}",
        hint="remove networks that nobody uses (docker network prune), or give the engine more default-address-pools",
    ),
    Known(
        text=r"failed to create network (?P<network>\S+): .*pool overlaps",
        kind=Conflict,
        message="its subnet overlaps with another network's on this node",
        where="network {network}",
        hint="docker network ls and inspect say whose; choose another subnet",
    ),
    Known(
        text=r"failed to create network (?P<network>\S+): (?:error response from daemon: )?(?P<rest>.*)",
        kind=NotPossible,
        message="{rest}",
        where="network {network}",
    ),
    Known(
        text=r"permission denied while trying to connect",
        kind=Unavailable,
        message="the agent may not use the engine's socket",
        hint="put the agent's user into the socket's group, mostly docker, and restart the agent",
    ),
    Known(text="cannot connect to the docker daemon|error during connect", kind=Unavailable, hint=_ENGINE),
    Known(text="i/o timeout|no such host|network is unreachable|connection refused", kind=Unavailable),
    Known(text="no space left on device", kind=NotPossible, hint="make room on the node's disk"),
    Known(text="disk quota exceeded", kind=NotPossible, hint="raise the quota, or make room, on the node"),
    Known(text="read-only file system", kind=NotPossible, hint="mount it writable on the node"),
)

KNOWN = (*_PLACES, *_IMAGES, *_HOST)
"""The first that fits holds."""


def plain(said: str) -> str:
    """What the engine says without the names of its own parts."""
    said = re.sub(r"^(?:failed to create (?:shim )?task: |OCI runtime create failed: |runc create failed: )+", "", said)
    return said.removeprefix("unable to start container process: ").removesuffix(": unknown")
