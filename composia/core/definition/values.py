"""Values that fit the schema and that Compose refuses all the same: it reads numbers, sizes and the like from texts."""

from collections.abc import Callable, Collection, Iterator

from composia.core.definition.document import Mapping, Node, Scalar, Sequence, dig, resolve
from composia.core.definition.fields import kind_of
from composia.core.definition.findings import Findings
from composia.core.definition.interpolation import Known
from composia.core.definition.ports import HINT, PROTOCOLS, port_problem
from composia.core.definition.profiles import OFF
from composia.core.definition.quantities import (
    boolean_problem,
    duration_problem,
    number_problem,
    size_problem,
    whole_problem,
)

Check = Callable[[str], tuple[str, str]]
Table = dict[Check, tuple[tuple[str, tuple[str, ...]], ...]]
"""By check: the places of the values, as a first key and what follows; `*` is every key, or every item."""


def _table(places: dict[Check, tuple[str, ...]]) -> Table:
    return {
        check: tuple((first, tuple(rest)) for first, *rest in (place.split(".") for place in listed))
        for check, listed in places.items()
    }


_OF_SERVICES = _table(
    {
        duration_problem: (
            "stop_grace_period",
            *(f"healthcheck.{name}" for name in ("interval", "timeout", "start_period", "start_interval")),
            *(f"deploy.{name}.{key}" for name in ("update_config", "rollback_config") for key in ("delay", "monitor")),
            "deploy.restart_policy.delay",
            "deploy.restart_policy.window",
        ),
        size_problem: (
            "mem_limit",
            "mem_reservation",
            "memswap_limit",
            "shm_size",
            "build.shm_size",
            "deploy.resources.limits.memory",
            "deploy.resources.reservations.memory",
            "volumes.*.tmpfs.size",
            *(f"blkio_config.device_{way}.*.rate" for way in ("read_bps", "write_bps")),
        ),
        whole_problem: (
            "scale",
            "cpu_count",
            "cpu_period",
            "cpu_quota",
            "cpu_rt_period",
            "cpu_rt_runtime",
            "ports.*.target",
            "cpu_shares",
            "oom_score_adj",
            "pids_limit",
            "healthcheck.retries",
            "ulimits.*",
            "ulimits.*.soft",
            "ulimits.*.hard",
            "deploy.replicas",
            "deploy.update_config.parallelism",
            "deploy.rollback_config.parallelism",
            "deploy.restart_policy.max_attempts",
            "deploy.placement.max_replicas_per_node",
        ),
        number_problem: ("cpus", "cpu_percent", "deploy.resources.limits.cpus", "deploy.resources.reservations.cpus"),
        boolean_problem: (
            "init",
            "privileged",
            "read_only",
            "stdin_open",
            "tty",
            "oom_kill_disable",
            "healthcheck.disable",
            "volumes.*.read_only",
            "volumes.*.volume.nocopy",
        ),
    }
)
_OF_PROJECTS = _table(
    {
        boolean_problem: (
            "networks.*.external",
            "networks.*.internal",
            "networks.*.attachable",
            "networks.*.enable_ipv4",
            "networks.*.enable_ipv6",
            "volumes.*.external",
            "secrets.*.external",
            "configs.*.external",
        )
    }
)


def find_unreadable_values(root: Mapping, findings: Findings, off: Collection[str] = ()) -> None:
    """Note every value from which Compose will not get what it needs. `off` are the services that may be off."""
    _check(root, "", _OF_PROJECTS, findings)
    services = root.get("services")
    for name, (_, service) in services.entries.items() if isinstance(services, Mapping) else ():
        _check(service, f"services.{name}.", _OF_SERVICES, findings)
        _check_ports(service, f"services.{name}.ports", findings)
        _check_healthcheck(service, f"services.{name}.healthcheck", findings, OFF if name in off else "")
        _check_hosts(service, f"services.{name}.extra_hosts", findings)


def is_duration(path: tuple[str | int, ...]) -> bool:
    """Whether a duration belongs at a path of a project."""
    return len(path) > 2 and path[0] == "services" and (path[2], tuple(path[3:])) in _OF_SERVICES[duration_problem]


def known_text(node: Node | None) -> Scalar | None:
    """A text, or a number, that is known here."""
    if not isinstance(node, Scalar) or node.known is Known.UNKNOWN or resolve(node) is None:
        return None
    return node if isinstance(resolve(node), str) else None


def _check(root: Node, prefix: str, table: Table, findings: Findings) -> None:
    for check, patterns in table.items():
        for first, pattern in patterns:
            for path, node in _matches(dig(root, first), pattern, first):
                text = known_text(node)
                right, hint = check(text.text) if text else ("", "")
                if text and right:
                    findings.error(text, f"{prefix}{path} must be {right}, not {kind_of(text)}", hint)


def _matches(node: Node | None, pattern: tuple[str, ...], path: str) -> Iterator[tuple[str, Node]]:
    if node is None:
        return
    if not pattern:
        yield path, node
        return
    step = pattern[0]
    rest = pattern[1:]
    if step != "*":
        yield from _matches(dig(node, step), rest, f"{path}.{step}")
    elif isinstance(node, Mapping):
        for name, (_, value) in node.entries.items():
            yield from _matches(value, rest, f"{path}.{name}")
    elif isinstance(node, Sequence):
        for number, item in enumerate(node.items):
            yield from _matches(item, rest, f"{path}[{number}]")


def _check_ports(service: Node, path: str, findings: Findings) -> None:
    ports = dig(service, "ports")
    for number, item in enumerate(ports.items if isinstance(ports, Sequence) else ()):
        where = f"{path}[{number}]"
        if isinstance(item, Mapping):
            _check_long_port(item, where, findings)
        elif isinstance(item, Scalar) and item.known is not Known.UNKNOWN and resolve(item) is not None:
            problem = port_problem(item.text) if isinstance(resolve(item), str) else ""
            if problem:
                findings.error(item, f"{where}: {_unless_replaced(item, problem)}", HINT)


def _check_long_port(item: Mapping, where: str, findings: Findings) -> None:
    if "target" not in item.entries:
        findings.error(item, f"{where} needs target, the port of the container", "target: 80")
    protocol = known_text(item.get("protocol"))
    if protocol and protocol.text and protocol.text.lower() not in PROTOCOLS:
        findings.warn(protocol, f"Docker will refuse {where}.protocol", f"one of {', '.join(PROTOCOLS)}")
    for key in ("target", "published"):
        node = item.get(key)
        if isinstance(node, Scalar) and node.known is not Known.UNKNOWN and node.text not in ("", "0"):
            problem = port_problem(node.text) if node.text.replace("-", "").isalnum() else "this is no port"
            if problem:  # Compose looks at it only when the container is made
                findings.warn(node, f"Docker will refuse {where}.{key}: {_unless_replaced(node, problem)}")


def _unless_replaced(node: Scalar, problem: str) -> str:
    """What is wrong with a text, in words that tell no variable's value, which may be a secret."""
    return "this is no port once its variables are replaced" if node.written else problem


def _check_healthcheck(service: Node, path: str, findings: Findings, once: str) -> None:
    test = dig(service, "healthcheck", "test")
    if isinstance(test, Sequence) and test.items:
        first = known_text(test.items[0])
        if first and first.text not in ("NONE", "CMD", "CMD-SHELL"):
            findings.error(first, f"{path}.test must begin with CMD, CMD-SHELL or NONE", "[CMD, …]", once=once)


def _check_hosts(service: Node, path: str, findings: Findings) -> None:
    hosts = dig(service, "extra_hosts")
    for number, item in enumerate(hosts.items if isinstance(hosts, Sequence) else ()):
        text = known_text(item)
        if text and text.text and ":" not in text.text and "=" not in text.text:
            findings.error(text, f"{path}[{number}] names no address", "NAME:10.0.0.1")
