"""A rendered configuration: what Compose made of the files, read for what Composia needs to know."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from composia.core.container import Port
from composia.core.plan import Wanted

_ENDING = ("no", "none", "on-failure")


@dataclass(frozen=True, kw_only=True)
class RenderedService:
    """One Compose service beside what the plan compares. `builds` that it has a build section; `pulls_always` and
    `never_pulled` are its pull policy; `sources` the paths that must be there before it can start; `ports` the fixed ones
    of the host that it publishes."""

    wanted: Wanted
    builds: bool = False
    pulls_always: bool = False
    never_pulled: bool = False
    container_name: str = ""
    sources: tuple[Path, ...] = ()
    ports: tuple[Port, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """`networks` and `volumes` are external ones, by their names on the node. `document` can hold secrets."""

    project_digest: str
    services: tuple[RenderedService, ...]
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    document: dict[str, Any] = field(repr=False)

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """What the plan compares."""
        return tuple(service.wanted for service in self.services)

    def secret_files(self) -> tuple[Path, ...]:
        """The files whose content is secret."""
        return tuple(Path(one["file"]) for one in (self.document.get("secrets") or {}).values() if "file" in one)


def parse(document: dict[str, Any], files_digests: dict[str, str]) -> Rendered:
    """Read a rendered document; `files_digests` are those of what each service mounts."""
    services: dict[str, Any] = document["services"]
    finishing = {
        name
        for service in services.values()
        for name, condition in (service.get("depends_on") or {}).items()
        if condition.get("condition") == "service_completed_successfully"
    }
    beside = {key: value for key, value in document.items() if key != "services"}
    return Rendered(
        project_digest=digest(beside),
        services=tuple(
            _service(name, part, document, files_digests.get(name, ""), finishes=name in finishing)
            for name, part in sorted(services.items())
        ),
        networks=_external(document, "networks", {n for part in services.values() for n in part.get("networks") or ()}),
        volumes=_external(document, "volumes", {v["source"] for part in services.values() for v in _named(part)}),
        document=document,
    )


def digest(value: Any) -> str:
    """Of a JSON value, the same however its keys are ordered."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _service(
    name: str, part: dict[str, Any], document: dict[str, Any], files_digest: str, *, finishes: bool
) -> RenderedService:
    policy = part.get("pull_policy", "")
    wanted = Wanted(
        service=name,
        config_digest=digest(part),
        files_digest=files_digest,
        image=part.get("image") or f"{document['name']}-{name}",
        count=_count(part),
        one_shot=finishes or _ends_by_design(part),
        shares=_shares(part),
    )
    return RenderedService(
        wanted=wanted,
        builds="build" in part,
        pulls_always=policy == "always",
        never_pulled=policy == "never",
        container_name=part.get("container_name", ""),
        sources=_sources(part, document),
        ports=tuple(_ports(part)),
    )


def _count(part: dict[str, Any]) -> int:
    replicas = (part.get("deploy") or {}).get("replicas", 1)
    return int(part.get("scale", replicas))


def _ends_by_design(part: dict[str, Any]) -> bool:
    """Whether its files say that it does not go on for ever. A healthcheck says that it does."""
    check = part.get("healthcheck")
    if check and not check.get("disable"):
        return False
    declared = ((part.get("deploy") or {}).get("restart_policy") or {}).get("condition") or part.get("restart", "")
    return declared.partition(":")[0] in _ENDING


def _shares(part: dict[str, Any]) -> tuple[str, ...]:
    modes = (part.get(key) or "" for key in ("network_mode", "ipc", "pid"))
    joined = [mode.removeprefix("service:") for mode in modes if mode.startswith("service:")]
    return (*joined, *(source.partition(":")[0] for source in part.get("volumes_from") or ()))


def _named(part: dict[str, Any]) -> list[dict[str, Any]]:
    return [mount for mount in part.get("volumes") or () if mount["type"] == "volume" and mount.get("source")]


def _sources(part: dict[str, Any], document: dict[str, Any]) -> tuple[Path, ...]:
    """What Docker will not create by itself."""
    mounts = (mount for mount in part.get("volumes") or () if mount["type"] == "bind")
    binds = [Path(mount["source"]) for mount in mounts if not (mount.get("bind") or {}).get("create_host_path")]
    return (*binds, *granted_files(part, document))


def granted_files(part: dict[str, Any], document: dict[str, Any]) -> list[Path]:
    """The files behind a service's configs and secrets."""
    grants = [
        (document.get(kind) or {}).get(grant["source"], {})
        for kind in ("configs", "secrets")
        for grant in part.get(kind) or ()
    ]
    return [Path(grant["file"]) for grant in grants if "file" in grant]


def _ports(part: dict[str, Any]) -> Iterator[Port]:
    """Of a range for a single port the engine takes any one."""
    for port in part.get("ports") or ():
        if (published := str(port.get("published") or "")).isdigit():
            yield Port(number=int(published), protocol=port.get("protocol", "tcp"), address=port.get("host_ip", ""))


def _external(document: dict[str, Any], kind: str, used: set[str]) -> tuple[str, ...]:
    declared: dict[str, Any] = document.get(kind) or {}
    return tuple(sorted(declared[name]["name"] for name in used if (declared.get(name) or {}).get("external")))
