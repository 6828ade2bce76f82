"""The command `demo`, from top to bottom."""

import asyncio
import json
import os
import secrets
import shutil
import signal
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click

from composia.builtin_plugins import compose
from composia.builtin_plugins.compose.config import ComposeConfig
from composia.cli.connection import connected
from composia.cli.demo.processes import Processes, end
from composia.cli.demo.sample import make_repository
from composia.cli.follow import follow
from composia.cli.profile import Profile, read_text
from composia.cli.status import print_status
from composia.clock import SystemClock
from composia.core.deployment import DeploymentState
from composia.core.node import NodeState
from composia.core.status import StatusReport
from composia.core.task import TaskKind
from composia.errors import ComposiaError, NotFound, NotPossible, TimedOut
from composia.plugins.api import DeploymentView, DeployRequest, OperateRequest, Started
from composia.plugins.provider import Context
from composia.plugins.transport import ServerConnection
from composia.program import own_command

JOIN_S = 30.0


@dataclass(frozen=True, kw_only=True)
class DemoNode:
    """An agent of the demo."""

    name: str
    engine: str
    prefix: str


@click.command()
@click.option("--engine", "engines", multiple=True, metavar="URL", help="A Docker engine; repeatable, two are used.")
@click.option("--image", default="busybox:1.36", show_default=True, help="A busybox image that the engines can pull.")
@click.option(
    "--listen", default="127.0.0.1:0", show_default=True, metavar="HOST:PORT", help="Where the server answers."
)
@click.option("--keep", is_flag=True, help="Leave it running and return; `--end DIR` ends it.")
@click.option("--end", "ending", type=click.Path(path_type=Path), metavar="DIR", help="End a demo that was kept.")
def demo(engines: tuple[str, ...], image: str, listen: str, keep: bool, ending: Path | None) -> None:
    """Show the main job: a Git repository becomes running containers on two nodes.

    It makes a sample repository with three services, starts a server and two agents, deploys everything and shows
    the result. Ctrl-C takes it all away again.

    \b
    Example:
      composia demo
      composia demo --engine tcp://127.0.0.1:2375 --engine unix:///var/run/docker.sock
    """
    if ending is not None:
        _end_kept(ending)
        return
    nodes = _nodes(engines or (os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock",))
    for engine in dict.fromkeys(node.engine for node in nodes):
        _check_engine(engine)
    directory = Path(tempfile.mkdtemp(prefix="composia-demo-"))
    processes = Processes(directory=directory)
    interrupted = _on_interrupt()
    kept = False
    try:
        make_repository(directory / "repo", image)
        profile = _start(processes, nodes, listen)
        _deploy(profile)
        _show(profile, directory)
        if keep:
            processes.remember(directory / "demo.json", server=profile.server)
            click.echo(f"\nIt goes on. To end it:  composia demo --end {directory}")
            kept = True
            return
        click.echo("\nCtrl-C ends the demo and leaves nothing behind.")
        _wait_for_interrupt(interrupted, processes)
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None
    finally:
        if not kept:
            _clean_up(processes, directory)


def _nodes(engines: tuple[str, ...]) -> tuple[DemoNode, DemoNode]:
    """Two nodes: on two engines, or on one with a project prefix each. A random part keeps demos side by side apart."""
    mark = f"demo{secrets.token_hex(2)}-"
    first, second = (engines * 2)[:2]
    apart = first == second
    return (
        DemoNode(name="node-a", engine=first, prefix=f"{mark}a-" if apart else mark),
        DemoNode(name="node-b", engine=second, prefix=f"{mark}b-" if apart else mark),
    )


def _check_engine(engine: str) -> None:
    async def facts() -> tuple[str, str]:
        provider = compose.composia_executor()
        executor = await provider.open(ComposeConfig(docker_host=engine), Context(data=Path(), clock=SystemClock()))
        try:
            found = await executor.facts()
        finally:
            await executor.close()
        return found.docker_version, found.compose_version

    docker, compose_version = asyncio.run(facts())
    if not docker:
        raise NotPossible("no Docker engine answers", where=engine, hint="start Docker, or give --engine unix:///…")
    if not compose_version:
        raise NotPossible("Docker is there, but Compose v2 is not", where=engine, hint="install docker-compose-plugin")
    click.echo(f"engine   {engine}  Docker {docker}, Compose {compose_version}")


def _on_interrupt() -> threading.Event:
    interrupted = threading.Event()

    def remember(_signal: int, _frame: FrameType | None) -> None:
        if interrupted.is_set():
            return
        interrupted.set()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, remember)
    signal.signal(signal.SIGTERM, remember)
    return interrupted


def _wait_for_interrupt(interrupted: threading.Event, processes: Processes) -> None:
    """Wait for Ctrl-C, which is how a demo ends well; a server or agent that ends before is an error."""
    try:
        while not interrupted.wait(0.5):
            processes.check()
    except KeyboardInterrupt:
        return


def _start(processes: Processes, nodes: tuple[DemoNode, DemoNode], listen: str) -> Profile:
    """Start the server, then an agent for each node, and wait until both are there."""
    data = processes.directory / "server"
    repo = str(processes.directory / "repo")
    processes.start("server", ["server", "--data", str(data), "--listen", listen, "--repo", repo])
    url = processes.wait_for_line("server", "Composia answers at ")
    click.echo(f"server   {url}")
    profile = Profile(
        server=url, token=read_text(data / "admin.token", "the token"), ca=read_text(data / "ca.pem", "the CA")
    )
    for node in nodes:
        join_file = processes.directory / f"{node.name}.join"
        _make_join_string(profile, node.name, join_file)
        arguments = ["agent", "--join-file", str(join_file), "--data", str(processes.directory / node.name)]
        arguments += ["--docker-host", node.engine, "--project-prefix", node.prefix]
        processes.start(node.name, arguments)
        click.echo(f"agent    {node.name} on {node.engine}, projects {node.prefix}*")
    asyncio.run(_wait_for_nodes(profile, processes, {node.name for node in nodes}))
    return profile


def _make_join_string(profile: Profile, node: str, file: Path) -> None:
    async def create() -> str:
        async with connected(profile) as server:
            return (await server.create_join_token(node, JOIN_S, 1))[1]

    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(asyncio.run(create()))


async def _wait_for_nodes(profile: Profile, processes: Processes, names: set[str]) -> None:
    async def all_online(server: ServerConnection) -> None:
        while {v.node.name for v in await server.list_nodes() if v.state is NodeState.ONLINE} < names:
            processes.check()
            await asyncio.sleep(0.1)

    try:
        async with connected(profile) as server, asyncio.timeout(JOIN_S):
            await all_online(server)
    except TimeoutError as error:
        raise TimedOut(f"the agents did not join within {JOIN_S:.0f} s", where=str(processes.directory)) from error


def _deploy(profile: Profile) -> None:
    async def start() -> Started:
        async with connected(profile) as server:
            await server.sync_repository()
            return await server.deploy(DeployRequest(request_id=secrets.token_hex(16), all=True))

    click.echo()
    progress = follow(profile, asyncio.run(start()).deployments)
    bad = [d for d in progress.deployments.values() if d.state is not DeploymentState.SUCCEEDED]
    if bad:
        raise NotPossible("; ".join(f"{d.service}: {d.reason or d.state}" for d in bad))


def _show(profile: Profile, directory: Path) -> None:
    async def look() -> StatusReport:
        async with connected(profile) as server:
            return await server.get_status(())

    click.echo()
    print_status(asyncio.run(look()))
    command = " ".join(own_command()) if len(own_command()) > 1 else str(Path(own_command()[0]).absolute())
    ca, token = directory / "server" / "ca.pem", directory / "server" / "admin.token"
    page = directory / "repo" / "web" / "www" / "index.html"
    click.echo(f"""
Go on:
  {command} login {profile.server} --token-file {token} --ca-file {ca}
  {command} status
  {command} task list
  {command} stop web && {command} start web

See a change: edit {page}, then
  git -C {directory / "repo"} commit -am "another greeting"
  {command} deploy --changed

The web page is at {profile.server}; what signs a browser in is the token in {token}, or a link:
  {command} web""")


def _clean_up(processes: Processes, directory: Path) -> None:
    """Take down what was deployed, end the processes, remove the files. What cannot be taken down is said."""
    click.echo("\ntaking the demo away …", err=True)
    if "server" in processes.running and (directory / "server" / "admin.token").exists():
        try:
            url = processes.wait_for_line("server", "Composia answers at ", deadline_s=1)
            _take_down(_profile(directory, url))
        except ComposiaError as error:
            click.echo(f"containers may be left: {error}", err=True)
    processes.stop()
    _remove(directory)


def _profile(directory: Path, url: str) -> Profile:
    data = directory / "server"
    return Profile(server=url, token=read_text(data / "admin.token", "token"), ca=read_text(data / "ca.pem", "CA"))


def _take_down(profile: Profile) -> None:
    async def start() -> list[DeploymentView]:
        views: list[DeploymentView] = []
        async with connected(profile) as server:
            for service in (await server.get_status(())).services:
                if any(instance.containers or instance.revision for instance in service.instances):
                    request = OperateRequest(
                        request_id=secrets.token_hex(16),
                        kind=TaskKind.DOWN,
                        service=service.name,
                        remove_volumes=True,
                    )
                    views += (await server.operate(request)).deployments
        return views

    progress = follow(profile, asyncio.run(start()), quiet=True)
    left = [d for d in progress.deployments.values() if d.state is not DeploymentState.SUCCEEDED]
    if left:
        raise NotPossible("; ".join(f"{d.service}: {d.reason or d.state}" for d in left))


def _end_kept(directory: Path) -> None:
    file = directory / "demo.json"
    if not file.exists():
        raise NotFound("no kept demo lies here", where=str(directory))
    kept = json.loads(file.read_text())
    try:
        _take_down(_profile(directory, kept["server"]))
    finally:
        for pid in reversed(list(kept["pids"].values())):
            end(pid)
    _remove(directory)
    click.echo("ended")


def _remove(directory: Path) -> None:
    """Containers may have written files that are not ours to remove; then they stay, and it is said."""

    def complain(_function: object, path: str, _error: object) -> None:
        click.echo(f"left: {path}", err=True)

    shutil.rmtree(directory, onerror=complain)
