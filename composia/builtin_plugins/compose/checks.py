"""What `composia doctor` says of the engine and of Compose."""

from collections.abc import Iterator, Mapping
from typing import Any

from composia.builtin_plugins.compose.engine import Engine
from composia.builtin_plugins.compose.installed import Installed
from composia.core.check import Check, CheckResult
from composia.errors import ComposiaError, NotPossible, TimedOut

OLDEST_API = (1, 41)
"""Of Docker 20.10, the oldest engine that Composia is tested with."""

READABLE = ("json-file", "local", "journald")
"""The log drivers whose logs the engine gives back; newer ones keep a copy of what others take."""


async def checks(installed: Installed, engine: Engine) -> tuple[Check, ...]:
    """Nothing is raised: what does not answer is a check that failed."""
    return (*await _engine(engine), await _compose(installed))


async def _engine(engine: Engine) -> tuple[Check, ...]:
    try:
        version = await engine.ask(lambda client: client.version())
        info = await engine.info()
    except ComposiaError as error:
        return (Check(name="docker", result=CheckResult.ERROR, text=str(error), hint=error.hint),)
    return (_version(version), *_logs(info))


def _version(version: Mapping[str, Any]) -> Check:
    newest, oldest = version["ApiVersion"], version.get("MinAPIVersion", version["ApiVersion"])
    text = f"Docker {version['Version']}, API {oldest} to {newest}"
    if tuple(map(int, newest.split("."))) < OLDEST_API:
        return Check(
            name="docker", result=CheckResult.WARNING, text=text, hint="Docker 20.10 is the oldest that is tested"
        )
    return Check(name="docker", result=CheckResult.OK, text=text)


def _logs(info: Mapping[str, Any]) -> Iterator[Check]:
    driver = info.get("LoggingDriver", "")
    if driver and driver not in READABLE:
        hint = "let the engine or the service use json-file, local or journald, if Composia is to have the logs"
        yield Check(name="logs", result=CheckResult.WARNING, text=f"the log driver is {driver}", hint=hint)


async def _compose(installed: Installed) -> Check:
    try:
        program = await installed.program()
        version = await installed.version()
    except (NotPossible, TimedOut) as error:
        return Check(name="compose", result=CheckResult.ERROR, text=str(error), hint=error.hint)
    return Check(name="compose", result=CheckResult.OK, text=f"Compose {version}, {' '.join(program.words)}")
