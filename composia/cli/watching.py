"""`composia status --watch`: the picture is kept up to date in place on a terminal, and told line by line elsewhere."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol

import click

from composia.cli import shapes
from composia.cli.connection import connected
from composia.cli.live import draw
from composia.cli.profile import Profile
from composia.cli.status_table import SERVICE_HEADS, node_row, node_table, service_rows, service_table
from composia.cli.words import harmless
from composia.core.node import NodeState
from composia.core.status import InstanceStatus, NodeView, ServiceStatus, StatusReport
from composia.errors import TimedOut, Unavailable
from composia.plugins.watching import WatchEvent, WatchRequest, WatchTopic

AGAIN_S = 1.0
"""How long until a server that was away is asked again."""

SILENCE_S = 45.0
"""A server that watches with us says something every 15 seconds."""

REDRAW_S = 0.25
"""How often a terminal is drawn anew at most."""

AGE_S = 1.0
"""How often it is drawn anew for the ages in it alone."""


class Screen(Protocol):
    """Where a watch is shown."""

    def show(self, event: WatchEvent) -> None:
        """Show what an event tells."""
        ...

    def refresh(self) -> None:
        """Show what time alone has changed."""
        ...


@dataclass(kw_only=True)
class Picture:
    """What is known by now."""

    services: dict[str, ServiceStatus] = field(default_factory=dict)
    nodes: dict[str, NodeView] = field(default_factory=dict)
    heard: dict[str, float] = field(default_factory=dict)
    is_there: bool = False

    def take(self, event: WatchEvent) -> None:
        """Take in an event."""
        self.is_there = True
        if event.snapshot:
            self.services, self.nodes, self.heard = {}, {}, {}
        self.services |= {service.name: service for service in event.services}
        for instance in event.instances:
            if row := self.services.get(instance.service):
                there = tuple(instance if old.node == instance.node else old for old in row.instances)
                self.services[instance.service] = replace(row, instances=there)
        for node in event.nodes:
            self.nodes[node.node.name] = node
            self.heard[node.node.name] = time.monotonic()
        for name in event.gone_services:
            self.services.pop(name, None)
        for name in event.gone_nodes:
            self.nodes.pop(name, None)

    def report(self) -> StatusReport:
        """As it is now. A node that can be reached was heard from just now; the others are as old as they were, and older."""
        return StatusReport(
            services=tuple(self._older(service) for _, service in sorted(self.services.items())),
            nodes=tuple(replace(node, seen_age_s=self._age(name)) for name, node in sorted(self.nodes.items())),
        )

    def _older(self, service: ServiceStatus) -> ServiceStatus:
        return replace(service, instances=tuple(self._older_instance(instance) for instance in service.instances))

    def _older_instance(self, instance: InstanceStatus) -> InstanceStatus:
        return replace(instance, seen_age_s=self._age(instance.node)) if instance.node in self.nodes else instance

    def _age(self, name: str) -> float | None:
        node = self.nodes[name]
        if node.seen_age_s is None or node.state is NodeState.ONLINE:
            return None if node.seen_age_s is None else 0.0
        return node.seen_age_s + time.monotonic() - self.heard[name]


class Redrawn:
    """On a terminal: the two tables, drawn anew in place; what does not fit is left out."""

    def __init__(self) -> None:
        self._picture = Picture()
        click.clear()

    def show(self, event: WatchEvent) -> None:
        """Take it in; it is drawn with the others that come at the same time."""
        self._picture.take(event)

    def refresh(self) -> None:
        """Draw it, once there is something to draw."""
        if self._picture.is_there:
            report = self._picture.report()
            draw([*service_table(report), "", *node_table(report)])


class Lines:
    """Without a terminal: each row when it has changed, in a line."""

    def __init__(self) -> None:
        self._picture = Picture()
        self._told: dict[str, str] = {}
        self._services: dict[str, ServiceStatus] = {}
        self._nodes: set[str] = set()
        """With `_services`, what was there before a snapshot and did not come in it yet."""

    def show(self, event: WatchEvent) -> None:
        """Say what is other than it was told."""
        before = self._services | self._picture.services
        if event.snapshot:
            self._services = before
            self._nodes |= self._picture.nodes.keys()
        self._picture.take(event)
        for name in {service.name: None for service in event.services} | {i.service: None for i in event.instances}:
            if name in self._picture.services:
                self._tell_service(name, before.get(name))
        services, nodes = self._left_out(event)
        for name in (*event.gone_services, *services):
            self._tell_gone(name, before.get(name))
        for node in event.nodes:
            row = node_row(node)
            self._tell(node.node.name, "  ".join(cell for cell in (row[0], row[1], row[4]) if cell))
        for name in (*event.gone_nodes, *nodes):
            self._tell(name, f"{name}  gone")

    def refresh(self) -> None:
        """Nothing: ages are no news."""

    def _left_out(self, event: WatchEvent) -> tuple[list[str], list[str]]:
        """What a snapshot was without, services and nodes, once its last part has come."""
        services = [name for name in self._services if name not in self._picture.services]
        nodes = sorted(self._nodes - self._picture.nodes.keys())
        if event.more:
            return [], []
        self._services, self._nodes = {}, set()
        return services, nodes

    def _tell_service(self, name: str, before: ServiceStatus | None) -> None:
        service = self._picture.services[name]
        there = {instance.node for instance in service.instances}
        for instance in before.instances if before else ():
            if instance.node not in there:
                self._tell(f"{name}@{instance.node}", f"{name}@{instance.node}  gone")
        for row in service_rows(service):
            cells = dict(zip(SERVICE_HEADS, row, strict=True))
            who = name if cells["NODE"] == "-" else f"{name}@{cells['NODE']}"
            told = (cells[head] for head in ("STATE", "CONTAINERS", "REVISION", "NOTES"))
            self._tell(who, "  ".join((who, *(cell for cell in told if cell not in ("", "-")))))

    def _tell_gone(self, name: str, before: ServiceStatus | None) -> None:
        for instance in before.instances if before else ():
            self._tell(f"{name}@{instance.node}", f"{name}@{instance.node}  gone")
        if before is None or not before.instances:
            self._tell(name, f"{name}  gone")

    def _tell(self, who: str, line: str) -> None:
        if self._told.get(who) != line:
            self._told[who] = line
            click.echo(harmless(line))


class Objects:
    """For programs: an object for each event, on a line of its own, or a document of YAML."""

    def __init__(self, output: str) -> None:
        self._output = output
        self._more = False

    def show(self, event: WatchEvent) -> None:
        """Print it; what only keeps the connection alive is none, unless more was announced: then it is the end of that."""
        announced, self._more = self._more, event.more
        if event == WatchEvent(cursor=event.cursor) and not announced:
            return
        shape = shapes.watch_event(event)
        if self._output == "json":
            click.echo(json.dumps(shape, ensure_ascii=False))
            return
        import yaml  # noqa: PLC0415 - only who asks for it pays for it

        click.echo(yaml.safe_dump(shape, sort_keys=False, allow_unicode=True, explicit_start=True), nl=False)

    def refresh(self) -> None:
        """Nothing: ages are no news."""


async def watch_status(profile: Profile, services: tuple[str, ...], screen: Screen) -> None:
    """Show services and nodes until it is interrupted. A server that goes away is waited for, once it has answered."""
    cursor, heard = "", False
    request = WatchRequest(topics=(WatchTopic.SERVICES, WatchTopic.NODES), services=services)
    while True:
        try:
            async with connected(profile) as server:
                events = server.watch(replace(request, cursor=cursor))
                async with aclosing(_drawn(events, screen)) as drawn:
                    async for event in drawn:
                        if cursor and not heard:
                            click.echo("connected again", err=True)
                        cursor, heard = event.cursor, True
                        screen.show(event)
            reason = "the server ended the stream"
        except (Unavailable, TimedOut) as error:
            if not cursor:
                raise
            reason = str(error)
        if heard:
            click.echo(harmless(f"the connection is lost, trying again: {reason}"), err=True)
        heard = False
        await asyncio.sleep(AGAIN_S)


async def _drawn(events: AsyncIterator[WatchEvent], screen: Screen) -> AsyncGenerator[WatchEvent, None]:
    """The events; between them the screen is drawn, not too often and not too seldom."""
    now = asyncio.get_running_loop().time
    upcoming = asyncio.ensure_future(_next(events))
    heard = now()
    drawn = float("-inf")
    dirty = False
    try:
        while True:
            due = drawn + (REDRAW_S if dirty else AGE_S)
            done, _ = await asyncio.wait({upcoming}, timeout=max(0.0, due - now()))
            if done:
                event = upcoming.result()
                if event is None:
                    return
                heard, dirty = now(), True
                upcoming = asyncio.ensure_future(_next(events))
                yield event
            elif now() - heard > SILENCE_S:
                raise TimedOut("no word from the server")
            if now() >= drawn + (REDRAW_S if dirty else AGE_S):
                screen.refresh()
                drawn, dirty = now(), False
    finally:
        upcoming.cancel()
        await asyncio.gather(upcoming, return_exceptions=True)
        if aclose := getattr(events, "aclose", None):
            await aclose()


async def _next(events: AsyncIterator[WatchEvent]) -> WatchEvent | None:
    return await anext(events, None)
