"""The plugins of one process: loaded once, asked once what they provide, and chosen by name from the configuration."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pluggy

from composia.config import check
from composia.core.suggest import did_you_mean
from composia.errors import Conflict, Invalid, NotFound
from composia.plugins import hookspecs
from composia.plugins.api import PluginInfo
from composia.plugins.discovery import Found, explain, find_plugins
from composia.plugins.markers import PROJECT
from composia.plugins.provider import Context, Provider

log = logging.getLogger(__name__)

POINTS = (
    "queue",
    "source",
    "transport",
    "auth",
    "scheduler",
    "node_selector",
    "executor",
    "log_sink",
    "metrics",
    "routes",
)


@dataclass(frozen=True, kw_only=True)
class _Offer:
    plugin: str
    provider: Provider[Any]


class Plugins:
    """What was found, and what it provides."""

    def __init__(self, infos: tuple[PluginInfo, ...], offers: Mapping[str, tuple[_Offer, ...]]) -> None:
        self.infos = infos
        self._offers = offers

    def choose(self, point: str, name: str) -> Provider[Any]:
        """The provider of that name. `NotFound` lists the known ones; `Conflict` names the plugins that share it."""
        offers = [offer for offer in self._offers[point] if offer.provider.name == name]
        if not offers:
            known = sorted({offer.provider.name for offer in self._offers[point]})
            broken = [f"{info.name} ({info.error})" for info in self.infos if info.error]
            hint = did_you_mean(name, known) + (f"; not loaded: {', '.join(broken)}" if broken else "")
            raise NotFound(f"no {point} named {name}", where=point, hint=hint)
        if len(offers) > 1:
            plugins = " and ".join(sorted(offer.plugin for offer in offers))
            raise Conflict(f"{point} {name} is provided by {plugins}", where=point, hint="remove one of them")
        return offers[0].provider

    async def open(self, point: str, section: Mapping[str, object], context: Context) -> Any:
        """Open the provider that a configuration section names, with the section's other keys as its configuration."""
        settings = dict(section)
        name = settings.pop("provider", None)
        if not isinstance(name, str):
            raise Invalid("a section needs the name of its provider", where=point, hint=f"{point}: {{provider: …}}")
        provider = self.choose(point, name)
        config = check(settings, provider.config, lambda path, _key: f"{point}.{name}{path}")
        own = Context(data=context.data / provider.name, clock=context.clock)
        return await provider.open(config, own)


def load_plugins(directory: Path | None) -> Plugins:
    """Load all plugins; a broken one is recorded and logged, and the others work."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    infos: list[PluginInfo] = []
    offers: dict[str, list[_Offer]] = {point: [] for point in POINTS}
    for found in find_plugins(directory):
        error, provided = _register(manager, found, {info.name for info in infos if not info.error})
        for point, provider in provided:
            offers[point].append(_Offer(plugin=found.name, provider=provider))
        if error:
            log.error("plugin not loaded", extra={"plugin": found.name, "location": found.location, "error": error})
        infos.append(
            PluginInfo(
                name=found.name,
                origin=found.origin,
                location=found.location,
                version=found.version,
                provides=tuple(f"{point}/{provider.name}" for point, provider in provided),
                error=error,
            )
        )
    manager.check_pending()
    return Plugins(tuple(infos), {point: tuple(known) for point, known in offers.items()})


def _register(
    manager: pluggy.PluginManager, found: Found, taken: set[str]
) -> tuple[str, list[tuple[str, Provider[Any]]]]:
    """Load a plugin and ask it what it provides: the error, if any, and the providers."""
    if found.name in taken:
        return f"another plugin is named {found.name}", []
    try:
        plugin = found.load()
        manager.register(plugin, found.name)
        _refuse_unknown_hooks(manager, plugin)
        return "", list(_provided(manager, plugin))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's code may raise anything; it is recorded
        if manager.has_plugin(found.name):
            manager.unregister(name=found.name)
        return explain(error), []


def _refuse_unknown_hooks(manager: pluggy.PluginManager, plugin: object) -> None:
    for caller in manager.get_hookcallers(plugin) or ():
        if not caller.has_spec():
            raise pluggy.PluginValidationError(
                plugin, f"unknown hook {caller.name}; {did_you_mean(caller.name, (f'composia_{p}' for p in POINTS))}"
            )


def _provided(manager: pluggy.PluginManager, plugin: object) -> Iterator[tuple[str, Provider[Any]]]:
    for caller in manager.get_hookcallers(plugin) or ():
        others = [other for other in manager.get_plugins() if other is not plugin]
        for provider in manager.subset_hook_caller(caller.name, others)():
            if not isinstance(provider, Provider):
                raise TypeError(f"{caller.name} returned {type(provider).__name__}, not a Provider")
            if not provider.config.__struct_config__.forbid_unknown_fields:
                raise TypeError(f"{provider.config.__name__} of {provider.name} must have forbid_unknown_fields=True")
            yield caller.name.removeprefix(f"{PROJECT}_"), provider
