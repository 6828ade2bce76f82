"""Which container services are on: those without profiles, and those with one that is switched on."""

from composia.core.definition.document import Mapping, Scalar, Sequence
from composia.core.definition.interpolation import Known, Variables

PROFILES = "COMPOSE_PROFILES"
OFF = "its profile is on"
"""What has to come to pass before Compose looks at more of a service than that it can be read."""


def profiles_of(service: Mapping) -> Sequence | None:
    """The profiles of a service that is off unless one of them is on."""
    profiles = service.get("profiles")
    return profiles if isinstance(profiles, Sequence) and profiles.items else None


def switched_on(variables: Variables) -> frozenset[str] | None:
    """The profiles that are on, `*` for all; None where nobody can tell."""
    value = variables.values.get(PROFILES, "")
    return None if value is None else frozenset(name.strip() for name in value.split(",") if name.strip())


def is_on(service: Mapping, on: frozenset[str] | None) -> bool | None:
    """Whether a service is on; None where nobody can tell."""
    profiles = profiles_of(service)
    if profiles is None or (on is not None and "*" in on):
        return True
    names = [item.text if isinstance(item, Scalar) and item.known is Known.SURE else "" for item in profiles.items]
    if on is None or "" in names:
        return None
    return not on.isdisjoint(names)
