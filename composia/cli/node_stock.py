"""`composia node containers`, `images`, `volumes` and `networks`: what a node has, and what of it is unused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.output import emit, output_option, print_table, state
from composia.cli.quantities import decimal
from composia.core.container import Container, ContainerState
from composia.core.host_object import Image, Network, Volume
from composia.core.status import NodeView
from composia.core.task import PruneTarget
from composia.errors import TimedOut, Unavailable
from composia.plugins.api import ServerApi

UNUSED = "unused"


_NOT_UP = (ContainerState.CREATED, ContainerState.EXITED, ContainerState.DEAD)


def _options(which: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        for decorate in (
            output_option,
            click.option("--unused", "only_unused", is_flag=True, help=f"Only those that {which}."),
            click.argument("name"),
        ):
            command = decorate(command)
        return command

    return decorated


_of_containers = _options("no container has, running or not")


@click.command()
@_options("are not up: created, exited or dead; a prune leaves them")
def containers(name: str, output: str, only_unused: bool) -> None:
    """The containers of a node as last seen: those of services, and apart from them those that are none of ours. What they
    have written themselves is measured for it, which may take a while; ? is what the node cannot tell now.

    \b
    Example:
      composia node containers node-a
      composia node containers node-a --unused
    """
    found, sizes = ask(lambda server: _measured(server, name))
    shown = [c for c in found.containers if not only_unused or _is_idle(c)]
    others = [c for c in found.others if not only_unused or _is_idle(c)]

    def table() -> None:
        _print_containers("CONTAINER", shown, sizes)
        if others:
            click.echo()
            _print_containers("NOT OURS", others, sizes)

    emit(output, {"containers": _containers(shown, sizes), "others": _containers(others, sizes)}, table)


async def _measured(server: ServerApi, name: str) -> tuple[NodeView, Mapping[str, int]]:
    """A node, and the sizes of its containers by id; none while its agent is away."""
    view = await server.get_node(name)
    try:
        sizes = await server.list_container_sizes(name)
    except (Unavailable, TimedOut):
        sizes = ()
    return view, {size.id: size.size_bytes for size in sizes}


def _print_containers(title: str, found: Iterable[Container], sizes: Mapping[str, int]) -> None:
    rows = [(c.name, c.project or "-", c.image, state(c.state), c.health, _size(sizes.get(c.id, -1))) for c in found]
    print_table((title, "PROJECT", "IMAGE", "STATE", "HEALTH", "SIZE"), rows)


@click.command()
@_of_containers
def images(name: str, output: str, only_unused: bool) -> None:
    """The images that a node has now. Layers that images share are counted in each.

    \b
    Example:
      composia node images node-a
      composia node images node-a --unused
    """
    found = [i for i in ask(lambda server: server.list_images(name)) if not (only_unused and i.containers)]
    rows = [
        (i.id.removeprefix("sha256:")[:12], decimal(i.size_bytes), _time(i.created_ms), _used(i), _tags(i))
        for i in found
    ]
    shown = {"images": [image(i) for i in found]}
    emit(output, shown, lambda: print_table(("IMAGE", "SIZE", "CREATED", "USED BY", "TAGS"), rows))


@click.command()
@_of_containers
def volumes(name: str, output: str, only_unused: bool) -> None:
    """The volumes that a node has now. Their sizes are measured for it, which may take a while.

    \b
    Example:
      composia node volumes node-a --unused
    """
    found = [v for v in ask(lambda server: server.list_volumes(name)) if not (only_unused and v.containers)]
    rows = [(v.name, v.driver, _size(v.size_bytes), v.project or "-", _used(v)) for v in found]
    shown = {"volumes": [_volume(v) for v in found]}
    emit(output, shown, lambda: print_table(("VOLUME", "DRIVER", "SIZE", "PROJECT", "USED BY"), rows))


@click.command()
@_of_containers
def networks(name: str, output: str, only_unused: bool) -> None:
    """The networks that a node has now. Docker's own are never unused.

    \b
    Example:
      composia node networks node-a
    """
    found = [n for n in ask(lambda server: server.list_networks(name)) if not only_unused or _is_unused(n)]
    rows = [
        (n.name, n.driver, ", ".join(n.subnets) or "-", n.project or "-", "docker's own" if n.builtin else _used(n))
        for n in found
    ]
    shown = {"networks": [_network(n) for n in found]}
    emit(output, shown, lambda: print_table(("NETWORK", "DRIVER", "SUBNETS", "PROJECT", "USED BY"), rows))


def print_doomed(name: str, what: Sequence[PruneTarget], output: str) -> None:
    """What `node prune` would remove now. Of the build cache it is known as of a few minutes ago how large it is in all, not
    what of it is in use."""
    doomed = [i for i in ask(lambda server: server.list_images(name)) if _is_doomed(i, what)]
    cache = _build_cache(name) if PruneTarget.BUILD_CACHE in what else None
    total = sum(i.size_bytes for i in doomed)

    def table() -> None:
        for i in doomed:
            click.echo(f"would remove image {_tags(i) if i.tags else i.id}, {decimal(i.size_bytes)}")
        if cache is not None:
            click.echo(f"would remove what is unused of the build cache, at most {decimal(cache)}")
        click.echo(f"{len(doomed)} images, at most {decimal(total)}; what a deploy in work needs stays")

    shown = {"images": [image(i) for i in doomed], "images_bytes": total, "build_cache_bytes": cache}
    emit(output, shown, table)


def _is_doomed(i: Image, what: Sequence[PruneTarget]) -> bool:
    return not i.containers and (not i.tags or PruneTarget.UNUSED_IMAGES in what)


def _build_cache(name: str) -> int:
    [usage] = ask(lambda server: server.get_usage((name,)))
    return usage.host.docker.build_cache_bytes if usage.host.docker else 0


def image(i: Image) -> shapes.Shape:
    """An image."""
    return {
        "id": i.id,
        "tags": list(i.tags),
        "size_bytes": i.size_bytes,
        "created": shapes.time(i.created_ms),
        "containers": list(i.containers),
        UNUSED: not i.containers,
    }


def _volume(v: Volume) -> shapes.Shape:
    return {
        "name": v.name,
        "driver": v.driver,
        "project": v.project or None,
        "size_bytes": None if v.size_bytes < 0 else v.size_bytes,
        "created": shapes.time(v.created_ms),
        "containers": list(v.containers),
        UNUSED: not v.containers,
    }


def _network(n: Network) -> shapes.Shape:
    return {
        "id": n.id,
        "name": n.name,
        "driver": n.driver,
        "project": n.project or None,
        "internal": n.internal,
        "builtin": n.builtin,
        "subnets": list(n.subnets),
        "created": shapes.time(n.created_ms),
        "containers": list(n.containers),
        UNUSED: _is_unused(n),
    }


def _containers(found: Iterable[Container], sizes: Mapping[str, int]) -> list[shapes.Shape]:
    return [
        {**shapes.container(c), "project": c.project, "size_bytes": sizes.get(c.id), UNUSED: _is_idle(c)} for c in found
    ]


def _is_idle(c: Container) -> bool:
    return c.state in _NOT_UP


def _is_unused(n: Network) -> bool:
    return not n.containers and not n.builtin


def _used(thing: Image | Volume | Network) -> str:
    return ", ".join(thing.containers) or UNUSED


def _tags(i: Image) -> str:
    return ", ".join(i.tags) or "-"


def _size(size_bytes: int) -> str:
    return "?" if size_bytes < 0 else decimal(size_bytes)


def _time(milliseconds: int) -> str:
    return shapes.time(milliseconds) or "-"
