"""The variables that a Compose file takes from its surroundings."""

import re
from collections.abc import Iterator

_REFERENCE = re.compile(
    r"\$(?:\$|(?P<bare>[A-Za-z_][A-Za-z0-9_]*)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<rule>:?[-+?])?)"
)

GIVEN = frozenset({"COMPOSE_PROJECT_NAME", "HOME", "PATH", "DOCKER_HOST", "DOCKER_CONFIG"})
"""What is set wherever Compose runs."""


def variables_without_default(text: str) -> Iterator[str]:
    """The names in a text for which nothing stands in when they are not set."""
    for found in _REFERENCE.finditer(text):
        name = found["bare"] or found["name"]
        if name and name not in GIVEN and (found["rule"] or "?").endswith("?"):
            yield name
