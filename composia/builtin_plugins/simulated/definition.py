"""What a Compose file says to a simulated node.

services:
  web:
    image: web:1
    x-simulate:
      fate: runs        # or exits, crashes, unhealthy
      after_s: 0        # how long it runs well before that
      exit_code: 0      # of a container that exits or crashes; 137 is out of memory
      says: ""          # its last words, or those of its healthcheck
      up_s: 0           # how long Compose takes to bring it up
      health_s: 0       # how long until it is healthy
      prints: []        # the lines of its log, in turn; what begins with ! goes to stderr, and {n}, {hex}, {ms} and {time} are
                        # its number, and what goes with that: an id, some milliseconds, when it was printed
      every_s: 0        # how long from one to the next, over and over; 0 prints each once, at the start
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from composia.core.container import Port
from composia.core.definition.demands import published
from composia.core.definition.document import Mapping, parse_documents
from composia.core.plan import Wanted
from composia.errors import Invalid


class Fate(StrEnum):
    """What becomes of a simulated container once it is started."""

    RUNS = "runs"
    EXITS = "exits"
    CRASHES = "crashes"
    UNHEALTHY = "unhealthy"


class Simulation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key `x-simulate` of a service. Seconds."""

    fate: Fate = Fate.RUNS
    after_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    exit_code: int = 0
    says: str = ""
    up_s: float = 0.0
    health_s: float = 0.0
    prints: tuple[str, ...] = ()
    every_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class SimulatedService(msgspec.Struct, frozen=True, kw_only=True):
    """One service as far as a simulated node cares."""

    wanted: Wanted
    simulation: Simulation
    healthcheck: bool
    ports: tuple[Port, ...] = ()
    volumes: tuple[str, ...] = ()


def read(directory: Path, files: Iterable[str], bundle_files: Iterable[str]) -> tuple[SimulatedService, ...]:
    """The services of these Compose files, by name; a later file's service takes the place of an earlier one's."""
    found: dict[str, Any] = {}
    for name in files:
        try:
            document = yaml.safe_load((directory / name).read_bytes())
        except FileNotFoundError as error:
            raise Invalid("there is no such file", where=name) from error
        except yaml.YAMLError as error:
            raise Invalid(f"not YAML: {str(error).splitlines()[0]}", where=name) from error
        if not isinstance(document, dict) or not isinstance(document.get("services"), dict):
            raise Invalid("it has no services", where=name, hint="write them below the key services:")
        found |= document["services"]
    mountable = sorted(bundle_files)
    services = (_service(name, part, directory, mountable) for name, part in sorted(found.items()))
    ports = _ports(directory, files)
    return tuple(msgspec.structs.replace(s, ports=ports.get(s.wanted.service, ())) for s in services)


def _ports(directory: Path, files: Iterable[str]) -> dict[str, tuple[Port, ...]]:
    """The fixed ports of each service; a later file's take the place of an earlier one's."""
    found: dict[str, tuple[Port, ...]] = {}
    for name in files:
        documents, _ = parse_documents((directory / name).read_bytes(), name)
        for document in documents:
            services = document.get("services") if isinstance(document, Mapping) else None
            for service, (_, part) in services.entries.items() if isinstance(services, Mapping) else ():
                found[service] = tuple(published(part)) if isinstance(part, Mapping) else ()
    return found


def _service(name: str, part: Any, directory: Path, mountable: list[str]) -> SimulatedService:
    if not isinstance(part, dict) or not ("image" in part or "build" in part):
        raise Invalid("it has neither image nor build", where=f"service {name}")
    try:
        simulation = msgspec.convert(part.get("x-simulate", {}), Simulation)
    except msgspec.ValidationError as error:
        raise Invalid(str(error), where=f"service {name}, x-simulate") from error
    wanted = Wanted(
        service=name,
        config_digest=_digest(json.dumps(part, sort_keys=True, default=str).encode()),
        files_digest=_files_digest(part.get("volumes") or (), directory, mountable),
        image=str(part.get("image") or f"{directory.name}-{name}"),
        count=int(part.get("scale", (part.get("deploy") or {}).get("replicas", 1))),
        one_shot=simulation.fate is Fate.EXITS and simulation.exit_code == 0,
    )
    return SimulatedService(
        wanted=wanted,
        simulation=simulation,
        healthcheck="healthcheck" in part,
        volumes=tuple(dict.fromkeys(_named_volumes(part.get("volumes") or ()))),
    )


def _named_volumes(volumes: Iterable[Any]) -> Iterator[str]:
    """What is mounted as `name:…`, not from a place of the host."""
    for volume in volumes:
        source = str(volume).partition(":")[0]
        if ":" in str(volume) and source[:1] not in ("", ".", "/", "~", "$"):
            yield source


def _files_digest(volumes: Iterable[Any], directory: Path, mountable: list[str]) -> str:
    """Of the bundle files below what is mounted as `./path:…`; empty when there are none."""
    sources = [volume.split(":")[0].removeprefix("./") for volume in volumes if str(volume).startswith("./")]
    mounted = [name for name in mountable if any(name == source or name.startswith(f"{source}/") for source in sources)]
    parts = [f"{name} {_digest((directory / name).read_bytes())}\n" for name in mounted]
    return _digest("".join(parts).encode()) if parts else ""


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
