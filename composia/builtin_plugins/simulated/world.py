"""The containers of a simulated node, in one file, so that they are there again after a restart of the agent."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from math import ceil
from pathlib import Path

import anyio
import msgspec

from composia.builtin_plugins.simulated.definition import Fate, SimulatedService, Simulation
from composia.core.container import Container, ContainerHealth, ContainerState, Port
from composia.core.plan import Wanted

RESTARTS = 5
"""So often one that crashes is started again at once."""

BETWEEN_MS = 60_000
"""And then after that time, over and over."""

UP_MS = 2_000
"""How long it is up then."""

KILLED = 137


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A container and what it was made of."""

    container: Container
    simulation: Simulation
    healthcheck: bool
    ports: tuple[Port, ...] = ()
    volumes: tuple[str, ...] = ()


class Stored(msgspec.Struct, kw_only=True):
    """The images that there are, each with when it came (milliseconds UTC); the volumes, each with its project too."""

    images: dict[str, int] = {}
    volumes: dict[str, tuple[str, int]] = {}


class World:
    """Every change is on disk when the method returns; `changed` is an event that is set with the next one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stock_file = file.with_name("stock.json")
        self.engine_id = _kept_id(file.with_name("engine-id"))
        self._made: dict[str, Made] = {}
        self._generation = 0
        self.changed = anyio.Event()
        if file.exists():
            self._generation, made = msgspec.json.decode(file.read_bytes(), type=tuple[int, list[Made]])
            self._made = {one.container.name: one for one in made}
        self._stock = Stored()
        if self._stock_file.exists():
            self._stock = msgspec.json.decode(self._stock_file.read_bytes(), type=Stored)

    def next_turn_ms(self, now_ms: int) -> int | None:
        """When the next of the containers becomes another one by itself."""
        turns = (at_ms for one in self._made.values() for at_ms in turns_ms(one, now_ms) if at_ms > now_ms)
        return min(turns, default=None)

    @property
    def images(self) -> Mapping[str, int]:
        """All images that there are, each with when it came (milliseconds UTC)."""
        return dict(self._stock.images)

    @property
    def volumes(self) -> Mapping[str, tuple[str, int]]:
        """All volumes that there are by name, each with its project and when it came. They stay when containers go."""
        return dict(self._stock.volumes)

    @property
    def made(self) -> tuple[Made, ...]:
        """What containers were made of, sorted by name."""
        return tuple(self._made[name] for name in sorted(self._made))

    def unused_images(self) -> tuple[str, ...]:
        """The images that containers were made from, and none is any more."""
        return tuple(sorted(self._stock.images.keys() - {one.container.image for one in tuple(self._made.values())}))

    def remove_image(self, reference: str) -> None:
        """Remove an image."""
        del self._stock.images[reference]
        _write(self._stock_file, self._stock)

    def containers(self, now_ms: int, project: str | None = None) -> tuple[Container, ...]:
        """All containers, or those of a project, as they are by now, sorted by name."""
        # of a copy, as for images and volumes: a thread asks how the machine is doing while containers come and go
        made = sorted(self._made.copy().items())
        return tuple(_by_now(one, now_ms) for _, one in made if project in (None, one.container.project))

    def find(self, container_id: str, now_ms: int) -> Made | None:
        """The container with that id, as it is by now."""
        found = next((one for one in self._made.values() if one.container.id == container_id), None)
        now = _by_now(found, now_ms) if found else None
        return msgspec.structs.replace(found, container=now) if found and now is not found.container else found

    def create(self, project: str, service: SimulatedService, number: int, now_ms: int) -> None:
        """Make a container, in the place of one of the same name, and start it."""
        self._generation += 1
        volumes = tuple(f"{project}_{volume}" for volume in service.volumes)
        self._take_stock(project, service.wanted.image, volumes, now_ms)
        name = f"{project}-{service.wanted.service}-{number}" if project else service.wanted.service
        container = Container(
            id=hashlib.sha256(f"{name} {self._generation}".encode()).hexdigest(),
            name=name,
            project=project,
            service=service.wanted.service if project else "",
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
            volumes=volumes,
        )
        self.start([container], now_ms)

    def put_others(self, images: Iterable[str], now_ms: int) -> None:
        """Have containers of no project, one of each of these images, named after it."""
        for image in images:
            name = image.rpartition("/")[2].partition(":")[0]
            if name not in self._made:
                wanted = Wanted(service=name, config_digest="", image=image)
                self.create("", SimulatedService(wanted=wanted, simulation=Simulation(), healthcheck=False), 1, now_ms)

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

    def _take_stock(self, project: str, image: str, volumes: tuple[str, ...], now_ms: int) -> None:
        before = len(self._stock.images), len(self._stock.volumes)
        self._stock.images.setdefault(image, now_ms)
        for volume in volumes:
            self._stock.volumes.setdefault(volume, (project, now_ms))
        if before != (len(self._stock.images), len(self._stock.volumes)):
            _write(self._stock_file, self._stock)

    def _change(self, containers: Iterable[Container], change: Callable[[Made], Container]) -> None:
        for container in containers:
            one = self._made[container.name]
            self._made[container.name] = msgspec.structs.replace(one, container=change(one))
        self._save()

    def _save(self) -> None:
        _write(self._file, (self._generation, list(self._made.values())))
        self.changed.set()
        self.changed = anyio.Event()


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
    fresh = replace(one.container, started_ms=now_ms, ended_ms=0, exit_code=0, oom_killed=False, restarts=0)
    fresh = replace(fresh, recent_restarts=0, recent_ms=0, check="", health=ContainerHealth.NONE)
    if one.simulation.fate is not Fate.RUNS and not one.simulation.after_s:
        return _fated(one, fresh, now_ms, now_ms)
    health = ContainerHealth.STARTING if one.healthcheck else ContainerHealth.NONE
    return replace(fresh, state=ContainerState.RUNNING, health=health, ports=one.ports)


def _fated(one: Made, container: Container, at_ms: int, now_ms: int) -> Container:
    """What has become by now of one whose fate came at `at_ms`."""
    simulation = one.simulation
    match simulation.fate:
        case Fate.EXITS:
            return replace(_ended(container, simulation.exit_code, at_ms), state=ContainerState.EXITED)
        case Fate.CRASHES:
            again = (now_ms - at_ms) // BETWEEN_MS
            ended = _ended(container, simulation.exit_code, at_ms + again * BETWEEN_MS)
            started_ms = ended.ended_ms - UP_MS if again else container.started_ms
            return replace(ended, started_ms=started_ms, restarts=RESTARTS + again, state=ContainerState.RESTARTING)
        case Fate.UNHEALTHY:
            unhealthy = replace(container, state=ContainerState.RUNNING, health=ContainerHealth.UNHEALTHY)
            return replace(unhealthy, check=simulation.says, ports=one.ports)
        case Fate.RUNS:
            return container


def _ended(container: Container, code: int, at_ms: int) -> Container:
    ended = replace(container, exit_code=code, oom_killed=code == KILLED, ended_ms=at_ms, ports=())
    return replace(ended, health=ContainerHealth.NONE)


def _stopped(one: Made, now_ms: int) -> Container:
    container = _by_now(one, now_ms)
    if container.state not in (ContainerState.RUNNING, ContainerState.RESTARTING):
        return container
    stopped = replace(container, state=ContainerState.EXITED, exit_code=KILLED, ended_ms=now_ms, ports=())
    return replace(stopped, health=ContainerHealth.NONE, check="", oom_killed=False)


def _by_now(one: Made, now_ms: int) -> Container:
    container = one.container
    if container.state is not ContainerState.RUNNING:
        return container
    if (turn_ms := fated_ms(one)) is not None and now_ms >= turn_ms:
        return _fated(one, container, turn_ms, now_ms)
    if container.health is ContainerHealth.STARTING and now_ms >= _healthy_ms(one):
        return replace(container, health=ContainerHealth.HEALTHY)
    return container


def turns_ms(one: Made, now_ms: int) -> Iterator[int]:
    """When it becomes another one by itself, as far as that is known now."""
    if one.container.state is ContainerState.RUNNING:
        if one.container.health is ContainerHealth.STARTING:
            yield _healthy_ms(one)
        if (turn_ms := fated_ms(one)) is not None:
            yield turn_ms
            if one.simulation.fate is Fate.CRASHES and now_ms >= turn_ms:
                yield turn_ms + ((now_ms - turn_ms) // BETWEEN_MS + 1) * BETWEEN_MS


def fated_ms(one: Made) -> int | None:
    """When its fate comes; None for one that had it from the start, or has none."""
    simulation = one.simulation
    if simulation.fate is Fate.RUNS or not simulation.after_s:
        return None
    return ceil(one.container.started_ms + simulation.after_s * 1000)


def _healthy_ms(one: Made) -> int:
    return ceil(one.container.started_ms + one.simulation.health_s * 1000)
