"""The containers of a simulated node, in one file, so that they are there again after a restart of the agent."""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from math import ceil
from pathlib import Path

import anyio
import msgspec

from composia.builtin_plugins.simulated.definition import Fate, SimulatedService, Simulation
from composia.core.container import Container, ContainerHealth, ContainerState, Port


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A container and what it was made of."""

    container: Container
    simulation: Simulation
    healthcheck: bool
    ports: tuple[Port, ...] = ()


class World:
    """Every change is on disk when the method returns; `changed` is an event that is set with the next one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._images_file = file.with_name("images.json")
        self.engine_id = _kept_id(file.with_name("engine-id"))
        self._made: dict[str, Made] = {}
        self._generation = 0
        self.changed = anyio.Event()
        if file.exists():
            self._generation, made = msgspec.json.decode(file.read_bytes(), type=tuple[int, list[Made]])
            self._made = {one.container.name: one for one in made}
        self._images: set[str] = set()
        if self._images_file.exists():
            self._images = msgspec.json.decode(self._images_file.read_bytes(), type=set[str])

    def next_healthy_ms(self, now_ms: int) -> int | None:
        """When the next of the containers becomes healthy by itself."""
        starting = (one for one in self._made.values() if _by_now(one, now_ms).health is ContainerHealth.STARTING)
        return min((_healthy_ms(one) for one in starting), default=None)

    @property
    def images(self) -> frozenset[str]:
        """All images that there are."""
        return frozenset(self._images)

    def unused_images(self) -> tuple[str, ...]:
        """The images that containers were made from, and none is any more."""
        return tuple(sorted(self._images - {one.container.image for one in self._made.values()}))

    def remove_image(self, reference: str) -> None:
        """Remove an image."""
        self._images.remove(reference)
        self._save_images()

    def containers(self, now_ms: int, project: str | None = None) -> tuple[Container, ...]:
        """All containers, or those of a project, as they are by now, sorted by name."""
        made = (self._made[name] for name in sorted(self._made))
        return tuple(_by_now(one, now_ms) for one in made if project in (None, one.container.project))

    def find(self, container_id: str) -> Made | None:
        """The container with that id."""
        return next((one for one in self._made.values() if one.container.id == container_id), None)

    def create(self, project: str, service: SimulatedService, number: int, now_ms: int) -> None:
        """Make a container, in the place of one of the same name, and start it."""
        self._generation += 1
        self._images.add(service.wanted.image)
        self._save_images()
        name = f"{project}-{service.wanted.service}-{number}"
        container = Container(
            id=hashlib.sha256(f"{name} {self._generation}".encode()).hexdigest(),
            name=name,
            project=project,
            service=service.wanted.service,
            image=service.wanted.image,
            image_id=image_id(service.wanted.image),
            state=ContainerState.CREATED,
            config_hash=service.wanted.config_digest.removeprefix("sha256:"),
            created_ms=now_ms,
        )
        self._made[name] = Made(
            container=container,
            simulation=service.simulation,
            healthcheck=service.healthcheck,
            ports=service.ports,
        )
        self.start([container], now_ms)

    def start(self, containers: Iterable[Container], now_ms: int) -> None:
        """Start them; their fate follows."""
        self._change(containers, lambda one: _started(one, now_ms))

    def stop(self, containers: Iterable[Container], now_ms: int) -> None:
        """Stop those that run."""
        self._change(containers, lambda one: _stopped(one, now_ms))

    def remove(self, containers: Iterable[Container]) -> None:
        """Remove them."""
        for container in containers:
            del self._made[container.name]
        self._save()

    def _change(self, containers: Iterable[Container], change: Callable[[Made], Container]) -> None:
        for container in containers:
            one = self._made[container.name]
            self._made[container.name] = msgspec.structs.replace(one, container=change(one))
        self._save()

    def _save(self) -> None:
        _write(self._file, (self._generation, list(self._made.values())))
        self.changed.set()
        self.changed = anyio.Event()

    def _save_images(self) -> None:
        _write(self._images_file, sorted(self._images))


def _kept_id(file: Path) -> str:
    """What a real engine, too, makes up at its first start."""
    if not file.exists():
        file.write_text(f"simulated-{secrets.token_hex(8)}")
    return file.read_text()


def _write(file: Path, value: object) -> None:
    new = file.with_suffix(".new")
    new.write_bytes(msgspec.json.encode(value))
    new.replace(file)


def image_id(reference: str) -> str:
    """The id of a simulated image."""
    return f"sha256:{hashlib.sha256(reference.encode()).hexdigest()}"


def _started(one: Made, now_ms: int) -> Container:
    simulation = one.simulation
    fresh = replace(one.container, started_ms=now_ms, ended_ms=0, exit_code=0, restarts=0, health=ContainerHealth.NONE)
    match simulation.fate:
        case Fate.EXITS:
            return replace(fresh, state=ContainerState.EXITED, exit_code=simulation.exit_code, ended_ms=now_ms)
        case Fate.CRASHES:
            restarting = replace(fresh, state=ContainerState.RESTARTING, restarts=5)
            return replace(restarting, exit_code=simulation.exit_code, ended_ms=now_ms)
        case Fate.UNHEALTHY:
            return replace(fresh, state=ContainerState.RUNNING, health=ContainerHealth.UNHEALTHY)
        case Fate.RUNS if one.healthcheck:
            return replace(fresh, state=ContainerState.RUNNING, health=ContainerHealth.STARTING)
        case Fate.RUNS:
            return replace(fresh, state=ContainerState.RUNNING)


def _stopped(one: Made, now_ms: int) -> Container:
    if one.container.state not in (ContainerState.RUNNING, ContainerState.RESTARTING):
        return one.container
    stopped = replace(one.container, state=ContainerState.EXITED, exit_code=137, ended_ms=now_ms)
    return replace(stopped, health=ContainerHealth.NONE)


def _by_now(one: Made, now_ms: int) -> Container:
    running = one.container.state is ContainerState.RUNNING
    container = replace(one.container, ports=one.ports if running else ())
    if container.health is ContainerHealth.STARTING and now_ms >= _healthy_ms(one):
        return replace(container, health=ContainerHealth.HEALTHY)
    return container


def _healthy_ms(one: Made) -> int:
    return ceil(one.container.started_ms + one.simulation.health_s * 1000)
