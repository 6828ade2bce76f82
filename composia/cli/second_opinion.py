"""What Docker Compose on this machine says of the services with which we find nothing wrong."""

import os
import posixpath
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from composia.builtin_plugins.compose.config import ComposeConfig
from composia.cli.local_compose import LocalCompose, find_local_compose
from composia.core.problem import Problem, Severity
from composia.core.service import Definition, Service
from composia.errors import TimedOut, Unavailable

MOST = 100
"""Of so many services Compose is asked unbidden; it takes about a tenth of a second for each."""


class Ask(StrEnum):
    """Whether Compose is asked: where it is there and not too often, always, or never."""

    AUTO = "auto"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """The definitions with what Compose has against them, and how many of them it was asked about."""

    definitions: tuple[Definition, ...]
    version: str = ""
    asked: int = 0
    too_many: int = 0
    """How many it was not asked about, since they are too many."""


def second_opinion(root: Path, definitions: tuple[Definition, ...], ask: Ask) -> Opinion:
    """Ask Compose, several services at a time. `Unavailable` where it must be asked and is not there."""
    fit = [service for d in definitions if (service := _fit(d)) and (root / service.directory).is_dir()]
    if ask is Ask.NO or not fit:
        return Opinion(definitions=definitions)
    try:
        compose = find_local_compose(ComposeConfig())
    except Unavailable:
        if ask is Ask.YES:
            raise
        return Opinion(definitions=definitions)
    if ask is Ask.AUTO and len(fit) > MOST:
        return Opinion(definitions=definitions, version=compose.version, too_many=len(fit))
    refused = _refusals(compose, root, fit, strict=ask is Ask.YES)
    return Opinion(
        definitions=tuple(_with(d, refused.get(d.directory, ())) for d in definitions),
        version=compose.version,
        asked=len(fit),
    )


def _fit(definition: Definition) -> Service | None:
    """The service, when there is nothing wrong with it, and nothing is needed that lies elsewhere: nothing is fetched."""
    needs = any(problem.on_node for problem in definition.problems)
    return None if definition.errors or needs else definition.service


def _refusals(
    compose: LocalCompose, root: Path, services: Sequence[Service], *, strict: bool
) -> dict[str, list[Problem]]:
    def ask(service: Service) -> list[Problem]:
        return _refusal(compose, (root / service.directory).resolve(), service, strict=strict)

    pool = ThreadPoolExecutor(max(2, min(8, os.cpu_count() or 1)))
    try:
        answers = pool.map(ask, services)
        return {service.directory: answer for service, answer in zip(services, answers, strict=True)}
    finally:
        pool.shutdown(cancel_futures=True)


def _refusal(compose: LocalCompose, directory: Path, service: Service, *, strict: bool) -> list[Problem]:
    asked = f"docker compose ({compose.version})"
    try:
        refusal = compose.refusal(directory, service.project, service.compose_files)
    except TimedOut as error:
        return [_problem(service, f"{asked}: {error.message}", "")]
    if refusal is None:
        return []
    message = f"{asked} refuses: {refusal.message.replace(f'{directory}/', '')}"
    if refusal.by_schema and not strict:
        # what is wrong by any version's schema we have said ourselves, and the node's may be newer
        hint = "that is the Compose of this machine, which the node's may be newer than; --compose yes insists"
        return [_problem(service, message, hint, Severity.WARNING)]
    return [_problem(service, message, "another version of Compose on the node may not; --compose no leaves it out")]


def _problem(service: Service, message: str, hint: str, severity: Severity = Severity.ERROR) -> Problem:
    file = posixpath.join(service.directory, service.compose_files[0])
    return Problem(severity=severity, message=message, file=file, hint=hint)


def _with(definition: Definition, problems: Iterable[Problem]) -> Definition:
    return replace(definition, problems=(*definition.problems, *problems))
