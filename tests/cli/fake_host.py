"""The part of the fake server that is of one host: its images, volumes and networks, and commands in its containers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from composia.core.host_object import ContainerSize, Image, Network, Volume
from composia.core.tunnel import ExecInput, ExecOutput, ExecStart, ExecStarted, Exited, InputEnd
from composia.errors import ComposiaError
from tests.cli import sample

MIB = 1 << 20

IMAGES = (
    Image(
        id="sha256:1f0c9a3b7e52d4",
        tags=("registry.test/web:2", "registry.test/web:latest"),
        size_bytes=52 * MIB,
        created_ms=sample.NOON_MS,
        containers=("web-main-1",),
    ),
    Image(id="sha256:2a2a2a2a2a2a2a", tags=("busybox:1",), size_bytes=4_300_000, created_ms=sample.NOON_MS),
    Image(id="sha256:3b3b3b3b3b3b3b", size_bytes=900),
)
VOLUMES = (
    Volume(
        name="web_data",
        driver="local",
        project="web",
        size_bytes=3 * 1024 * MIB,
        created_ms=sample.NOON_MS,
        containers=("web-main-1",),
    ),
    Volume(name="old", driver="nfs"),
)
NETWORKS = (
    Network(id="aa", name="bridge", driver="bridge", builtin=True, subnets=("172.17.0.0/16",)),
    Network(id="bb", name="web_default", driver="bridge", project="web", containers=("web-main-1",)),
    Network(id="cc", name="left_default", driver="bridge", project="left", internal=True),
)


SIZES = (ContainerSize(id="c1", size_bytes=2 * MIB), ContainerSize(id="c9", size_bytes=1))


@dataclass(kw_only=True)
class FakeHost:
    """`sizes` are those of containers, or why they cannot be had; `said` are the answers to a command, an error among them is raised; what people said to it lies in `heard`."""

    sizes: tuple[ContainerSize, ...] | ComposiaError = SIZES
    said: tuple[ExecOutput | ComposiaError, ...] = (ExecStarted(node="node-a", container="web-main-1"), Exited())
    heard: list[ExecInput] = field(default_factory=list)

    async def list_images(self, node: str) -> tuple[Image, ...]:
        """As prepared."""
        return IMAGES

    async def list_volumes(self, node: str) -> tuple[Volume, ...]:
        """As prepared."""
        return VOLUMES

    async def list_networks(self, node: str) -> tuple[Network, ...]:
        """As prepared."""
        return NETWORKS

    async def list_container_sizes(self, node: str) -> tuple[ContainerSize, ...]:
        """As prepared."""
        if isinstance(self.sizes, ComposiaError):
            raise self.sizes
        return self.sizes

    async def exec(self, inputs: AsyncIterator[ExecInput]) -> AsyncIterator[ExecOutput]:
        """Say that it runs, hear what there is to hear, then answer as prepared."""
        said = iter(self.said)
        start = await anext(inputs)
        assert isinstance(start, ExecStart)
        self.heard.append(start)
        if start.stdin:
            started = next(said)
            assert isinstance(started, ExecStarted)
            yield started
            while not isinstance(self.heard[-1], InputEnd):
                self.heard.append(await anext(inputs))
        for answer in said:
            if isinstance(answer, ComposiaError):
                raise answer
            yield answer
