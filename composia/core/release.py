"""A release: what an instance really got."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ReleasedContainer:
    """One Compose service of a release. Digests are `sha256:…`; no value of the configuration is in them.

    `config_digest` is of its rendered configuration, `files_digest` of the content of the bundle files, configs
    and secrets it mounts, `config_hash` the label that Compose left, `one_shot` that it ends with exit 0 by design, `count`
    how many containers it has.
    """

    service: str
    config_digest: str
    files_digest: str = ""
    config_hash: str = ""
    image: str = ""
    image_id: str = ""
    image_digest: str = ""
    one_shot: bool = False
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Release:
    """What a deploy left on a node. `project` is as Compose was given it, with the agent's prefix. `good` says that it passed the health gate, `health` how, in a line.

    `project_digest` is of the rendered configuration beside its services (networks, volumes, configs, secrets).
    """

    service: str
    node: str
    task: str
    revision: str
    bundle: str
    project: str
    compose_files: tuple[str, ...] = ()
    containers: tuple[ReleasedContainer, ...] = ()
    project_digest: str = ""
    good: bool = True
    health: str = ""
    recorded_ms: int = 0
