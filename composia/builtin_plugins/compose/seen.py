"""Containers as the engine's API tells of them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from composia.core.container import Container, ContainerHealth, ContainerState, Port

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
CONFIG_HASH = "com.docker.compose.config-hash"
ONE_OFF = "com.docker.compose.oneoff"
DEPENDS_ON = "com.docker.compose.depends_on"

_EVERY, _EVERY_6 = "0.0.0.0", "::"  # noqa: S104 - read, never bound
_ENDING = ("", "no", "on-failure")
_EXITED = re.compile(r"^(?:Exited|Restarting) \((\d+)\)")
_YOUNG = re.compile(r"(\d+) seconds?")
_HEALTH = re.compile(r"\((?:health: )?(starting|healthy|unhealthy)\)")
_LINE_BYTES = 200


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """A container in full. `finishing` are the services that it waits for to complete, `check_output` the last words
    of its healthcheck, `anonymous_volumes` how many volumes it has that only it names."""

    container: Container
    restart_policy: str = "no"
    has_healthcheck: bool = False
    check_output: str = ""
    error: str = ""
    one_off: bool = False
    finishing: frozenset[str] = frozenset()
    anonymous_volumes: int = 0

    @property
    def may_end(self) -> bool:
        """Whether an exit with 0 is an end that nothing speaks against."""
        return self.restart_policy in _ENDING and not self.has_healthcheck


def listed(entry: Mapping[str, Any]) -> Container:
    """From an entry of the list of containers. What only an inspection tells is missing."""
    labels, status = entry.get("Labels") or {}, entry.get("Status", "")
    ended, health = _EXITED.match(status), _HEALTH.search(status)
    return Container(
        id=entry["Id"],
        name=(entry.get("Names") or [entry["Id"][:12]])[0].removeprefix("/"),
        project=labels.get(PROJECT, ""),
        service=labels.get(SERVICE, ""),
        image=entry["Image"],
        image_id=entry["ImageID"],
        state=ContainerState(entry["State"]),
        health=ContainerHealth(health[1]) if health else ContainerHealth.NONE,
        exit_code=int(ended[1]) if ended else 0,
        config_hash=labels.get(CONFIG_HASH, ""),
        ports=_ports(entry.get("Ports") or ()),
    )


def goes_on(before: str, after: str, passed_s: float) -> bool:
    """Whether a status, the engine's text for people, still tells of the same start or end of a container as it did
    `passed_s` seconds before. It counts the seconds since then for the first minute, and from a new start on it cannot have
    counted to more than have passed; of less than a second it says no number, and nothing is known."""
    if "Less than a second" in before:
        return False
    old, new = _YOUNG.search(before), _YOUNG.search(after)
    if old is None or new is None:
        return before == after
    is_same = _YOUNG.sub("", before) == _YOUNG.sub("", after)
    return is_same and int(new[1]) >= int(old[1]) + int(passed_s)


def inspected(entry: Mapping[str, Any]) -> Inspected:
    """From an inspection."""
    config, state = entry["Config"], entry["State"]
    labels, health = config.get("Labels") or {}, state.get("Health") or {}
    check = (config.get("Healthcheck") or {}).get("Test") or ["NONE"]
    last_check = (health.get("Log") or [{}])[-1]
    is_unhealthy = health.get("Status") == ContainerHealth.UNHEALTHY
    container = Container(
        id=entry["Id"],
        name=entry["Name"].removeprefix("/"),
        project=labels.get(PROJECT, ""),
        service=labels.get(SERVICE, ""),
        image=config["Image"],
        image_id=entry["Image"],
        state=ContainerState(state["Status"]),
        health=ContainerHealth(health.get("Status") or "none"),
        exit_code=state["ExitCode"],
        restarts=entry["RestartCount"],
        started_ms=milliseconds(state["StartedAt"]),
        config_hash=labels.get(CONFIG_HASH, ""),
        created_ms=milliseconds(entry["Created"]),
        ended_ms=milliseconds(state["FinishedAt"]),
        oom_killed=bool(state.get("OOMKilled")) and state["ExitCode"] != 0,
        error=one_line(state.get("Error", "")),
        ports=_ports(_bound((entry.get("NetworkSettings") or {}).get("Ports") or {})),
        check=one_line(last_check.get("Output", "")) or f"exit {last_check.get('ExitCode', 1)}" if is_unhealthy else "",
    )
    return Inspected(
        container=container,
        restart_policy=(entry["HostConfig"].get("RestartPolicy") or {}).get("Name", ""),
        has_healthcheck=check[0] != "NONE",
        check_output=last_check.get("Output", "").strip(),
        error=state.get("Error", ""),
        one_off=labels.get(ONE_OFF) == "True",
        finishing=frozenset(_finishing(labels.get(DEPENDS_ON, ""))),
        anonymous_volumes=sum(_is_anonymous(mount) for mount in entry.get("Mounts") or ()),
    )


def _ports(entries: Iterable[Mapping[str, Any]]) -> tuple[Port, ...]:
    """What is published: on both kinds of every address, as the engine does it by itself, it is one port."""
    ports = {
        Port(number=entry["PublicPort"], protocol=entry["Type"], address=entry.get("IP", ""))
        for entry in entries
        if entry.get("PublicPort")
    }
    every = {replace(port, address="") for port in ports if port.address == _EVERY}
    every = {port for port in every if replace(port, address=_EVERY_6) in ports}
    rest = {port for port in ports if not (port.address in (_EVERY, _EVERY_6) and replace(port, address="") in every)}
    return tuple(sorted(every | rest))


def _bound(ports: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """What an inspection says of ports, in the words of the list."""
    for inner, bindings in ports.items():
        for binding in bindings or ():
            number = int(binding["HostPort"] or 0)
            yield {"PublicPort": number, "Type": inner.partition("/")[2], "IP": binding.get("HostIp", "")}


def milliseconds(moment: str) -> int:
    """Since the epoch; 0 for the engine's "never"."""
    return 0 if moment.startswith("0001-") else round(datetime.fromisoformat(moment).timestamp() * 1000)


def one_line(text: str) -> str:
    """The last line of it that says something, mostly the one that matters, at most 200 bytes long."""
    lines = [" ".join("".join(c if c.isprintable() else " " for c in line).split()) for line in text.splitlines()]
    line = next((line for line in reversed(lines) if line), "")
    if len(line.encode()) <= _LINE_BYTES:
        return line
    return line.encode()[: _LINE_BYTES - len("…".encode())].decode(errors="ignore") + "…"


def _finishing(depends_on: str) -> list[str]:
    """From "db:service_healthy:false,migrate:service_completed_successfully:false"."""
    parts = [dependency.split(":") for dependency in depends_on.split(",") if dependency]
    return [name for name, condition, *_ in parts if condition == "service_completed_successfully"]


def _is_anonymous(mount: Mapping[str, Any]) -> bool:
    return mount.get("Type") == "volume" and re.fullmatch(r"[0-9a-f]{64}", mount.get("Name", "")) is not None
