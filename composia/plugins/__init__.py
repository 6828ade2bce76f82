"""The plugin API: hooks that register providers, and one Protocol file an extension point."""

from composia.plugins.markers import hookimpl
from composia.plugins.provider import Context, NoConfig, Provider

__all__ = ["Context", "NoConfig", "Provider", "hookimpl"]
