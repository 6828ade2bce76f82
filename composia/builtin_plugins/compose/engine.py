"""The Docker engine of the node. Each call runs in a thread and has a deadline."""

import re
import threading
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass
from math import ceil
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import requests
from docker import APIClient
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from composia.builtin_plugins.compose.engine_errors import absent, causes, gone, silent, words
from composia.builtin_plugins.compose.engine_stream import EngineStreams
from composia.builtin_plugins.compose.events import follow
from composia.builtin_plugins.compose.looks import Looks, inspect
from composia.builtin_plugins.compose.seen import PROJECT, Inspected, listed, milliseconds
from composia.core.container import Container
from composia.errors import ComposiaError, NotPossible, Unavailable
from composia.plugins.executor_seeing import EngineEvent

Answer = TypeVar("Answer")

_THREADS = 8
_LINES = 20
_SILENT = 3
_TAG = re.compile(r":[^:/]+$")
_NONE = '{"event":["none"]}'
PULSE_S = 5.0
"""How often the engine is asked whether it is there while a call runs."""


@dataclass(frozen=True, kw_only=True)
class LocalImage:
    """An image that is on the node. `digest` is the registry's, empty for one that was built or loaded."""

    id: str
    digest: str = ""


class Engine:
    """Errors: `Unavailable` when the engine is not there or does not answer, `NotPossible` with its words when it refuses."""

    def __init__(self, docker_host: str, deadline_s: float) -> None:
        self._docker_host = docker_host
        self._deadline_s = deadline_s
        self._threads = anyio.CapacityLimiter(_THREADS)
        self._opening = threading.Lock()
        self._client: APIClient | None = None
        self._looks = Looks()
        self.streams = EngineStreams(docker_host=docker_host, deadline_s=deadline_s)

    async def containers(self) -> tuple[Container, ...]:
        """All containers, sorted by name."""
        return tuple(sorted(await self.ask(self._looks.look), key=lambda container: container.name))

    async def events(self) -> AsyncGenerator[EngineEvent]:
        """What happens to containers; what `containers` shows then is at least as new."""
        async with aclosing(follow(self.streams)) as events:
            async for event in events:
                self._looks.hear(event)
                yield event

    async def listed(self) -> tuple[Container, ...]:
        """All containers, without what only an inspection tells."""
        return await self.ask(lambda client: tuple(listed(entry) for entry in client.containers(all=True)))

    async def inspect(self, project: str, *, one_off: bool = False) -> tuple[Inspected, ...]:
        """The containers of a project in full, sorted by name; one-off ones only where that is asked for."""

        def ask(client: APIClient) -> list[Inspected]:
            label = {"label": [f"{PROJECT}={project}"]}
            return inspect(client, [entry["Id"] for entry in client.containers(all=True, filters=label)])

        found = (one for one in await self.ask(ask) if one_off or not one.one_off)
        return tuple(sorted(found, key=lambda one: one.container.name))

    async def images(self, references: Iterable[str]) -> dict[str, LocalImage]:
        """Those of these images that are on the node."""

        def ask(client: APIClient) -> dict[str, LocalImage]:
            found = {}
            for reference in dict.fromkeys(references):
                try:
                    image = client.inspect_image(reference)  # type: ignore[no-untyped-call]
                except ImageNotFound:
                    continue
                found[reference] = LocalImage(id=image["Id"], digest=_digest(image, reference))
            return found

        return await self.ask(ask)

    async def missing_networks(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of these networks that are not on the node."""
        wanted = tuple(names)
        there = await self.ask(lambda client: {network["Name"] for network in client.networks()}) if wanted else set()
        return tuple(name for name in wanted if name not in there)

    async def missing_volumes(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of these volumes that are not on the node."""
        wanted = tuple(names)

        def ask(client: APIClient) -> set[str]:
            return {volume["Name"] for volume in client.volumes()["Volumes"] or ()}

        there = await self.ask(ask) if wanted else set()
        return tuple(name for name in wanted if name not in there)

    async def remove(self, containers: Iterable[Container]) -> None:
        """Remove these containers by force; their volumes stay. One that is gone or being removed is left to that."""

        def ask(client: APIClient) -> None:
            for container in containers:
                try:
                    client.remove_container(container.id, force=True)
                except NotFound:
                    continue
                except APIError as error:
                    if "already in progress" not in str(error):
                        raise

        await self.ask(ask)

    async def last_lines(self, container: Container) -> tuple[str, ...]:
        """The last lines that it printed; none where its log cannot be read."""

        def ask(client: APIClient) -> bytes:
            return client.logs(container.id, tail=_LINES)

        try:
            return tuple((await self.ask(ask)).decode(errors="replace").splitlines())
        except NotPossible:  # gone, or a log driver that cannot be read
            return ()

    async def info(self) -> dict[str, Any]:
        """What the engine says of its host."""
        return await self.ask(lambda client: client.info())

    async def now_ms(self) -> int:
        """The engine's own time, which its containers' times are by."""
        return milliseconds((await self.info())["SystemTime"])

    async def broken_off(self) -> ComposiaError:
        """Return once it has broken off a stream of events that do not come: it is gone, even if it is back at once. Whoever
        starts it again may keep its socket open meanwhile, and other questions would only take longer then."""
        if self._docker_host.startswith("unix://"):  # what is between us and another one may break off by itself
            with suppress(ComposiaError):
                async with await self.streams.open("GET", "/events", {"filters": _NONE}) as stream:
                    with suppress(Unavailable):
                        while await stream.receive():
                            continue
                    return gone(self._docker_host)
        await anyio.sleep_forever()
        raise AssertionError("for ever has ended")

    async def lost(self) -> ComposiaError:
        """Return once it has not answered several times in a row: it hangs, or is gone."""
        silent = 0
        while True:
            try:
                await self.ask(lambda client: client.ping())
            except Unavailable as error:
                silent += 1
                if silent == _SILENT:
                    return error
            except NotPossible:  # it answers, if only to refuse
                silent = 0
            else:
                silent = 0
            await anyio.sleep(1.0 if silent else PULSE_S)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def ask(self, ask: Callable[[APIClient], Answer]) -> Answer:
        """Each answer of the engine has the deadline, and so has the whole, in case it comes in drops."""
        try:
            with anyio.fail_after(2 * self._deadline_s):
                return await anyio.to_thread.run_sync(
                    self._in_thread, ask, abandon_on_cancel=True, limiter=self._threads
                )
        except TimeoutError:
            raise silent(self._docker_host, self._deadline_s) from None

    async def change(self, change: Callable[[APIClient], Answer], *, deadline_s: float) -> Answer:
        """Ask for what may take long. Its end is waited for, also by who is cancelled meanwhile, as the engine goes on with
        it; but an engine that is lost is left."""
        lost: ComposiaError | None = None
        failed: ComposiaError | None = None
        answers: list[Answer] = []

        async def watch() -> None:
            nonlocal lost
            lost = await self.lost()
            group.cancel_scope.cancel()

        def patiently(_: APIClient) -> Answer:
            with closing(APIClient(base_url=self._docker_host, timeout=ceil(self._deadline_s))) as client:
                client.timeout = ceil(deadline_s)
                return change(client)

        with anyio.CancelScope(shield=True):
            async with anyio.create_task_group() as group:
                group.start_soon(watch)
                try:
                    answers.append(
                        await anyio.to_thread.run_sync(
                            self._in_thread, patiently, abandon_on_cancel=True, limiter=self._threads
                        )
                    )
                except ComposiaError as error:  # a task group would wrap it
                    failed = error
                group.cancel_scope.cancel()
        if broken := lost or failed:
            raise broken
        return answers[0]

    def _in_thread(self, ask: Callable[[APIClient], Answer]) -> Answer:
        try:
            return ask(self._opened())
        except APIError as error:
            raise NotPossible(_words(error)) from error
        except (requests.RequestException, DockerException) as error:
            if any(isinstance(cause, TimeoutError | requests.Timeout) for cause in causes(error)):
                raise silent(self._docker_host, self._deadline_s) from None
            raise absent(self._docker_host, error) from error

    def _opened(self) -> APIClient:
        with self._opening:
            if self._client is None:
                self._client = APIClient(base_url=self._docker_host, timeout=ceil(self._deadline_s))
            return self._client


def _digest(image: dict[str, Any], reference: str) -> str:
    """The registry's digest of an image, of the repository that the reference names, else of any."""
    repository = _TAG.sub("", reference.partition("@")[0])
    known = [entry.partition("@") for entry in image.get("RepoDigests") or ()]
    return next((digest for name, _, digest in known if name.endswith(repository)), known[0][2] if known else "")


def _words(error: APIError) -> str:
    return words(str(error.explanation or error))
