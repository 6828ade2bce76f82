"""The SQL of this package, read from its files: named statements, and migrations by number."""

import re
from importlib.resources import files

_PACKAGE = files("composia.builtin_plugins.sqlite")
_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)


def _named(text: str) -> dict[str, str]:
    _, *parts = _NAME.split(text)
    names, bodies = parts[::2], parts[1::2]
    return {name: _COMMENT.sub("", body).strip() for name, body in zip(names, bodies, strict=True)}


SQL: dict[str, str] = _named(_PACKAGE.joinpath("queries.sql").read_text("utf-8"))
"""The statements of queries.sql, by name."""


def migrations() -> tuple[str, ...]:
    """The scripts that make the schema, each the next version of it."""
    scripts = [entry for entry in _PACKAGE.joinpath("migrations").iterdir() if entry.name.endswith(".sql")]
    return tuple(script.read_text("utf-8") for script in sorted(scripts, key=lambda script: script.name))
