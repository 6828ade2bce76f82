"""docs/reference/configuration.md: every key of the configuration, from the types that read it. With `--check` it is only
compared."""

import inspect
import sys
import types
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from references import REFERENCES, write_or_compare

from composia.config import AgentConfig, Count, Days, Seconds, ServerConfig, example
from composia.plugins.manager import load_plugins
from composia.plugins.provider import NoConfig, Provider

FILE = REFERENCES / "configuration.md"
BUILT_IN = "built-in"
WORDS: dict[Any, str] = {
    Seconds: "seconds, more than 0",
    Days: "days, more than 0",
    Count: "a whole number, 1 or more",
    str: "text",
    bool: "`true` or `false`",
    int: "a whole number",
    float: "a number",
    types.NoneType: "nothing",
}
HEAD = """# Configuration reference

Made by `./dev gen` of the types that read the files; never edited. `composia config example server` prints the commented
file below, `composia config show --config FILE` what a file of yours comes to. An unknown key or a value of another type is
refused with its place. A flag of the same meaning goes before the file; the flags are in the
[command line reference](cli.md).
"""


def reference() -> str:
    """The text of the file."""
    parts = [HEAD]
    for name, kind, whole in (("server", ServerConfig, example("server")), ("agent", AgentConfig, example("agent"))):
        parts += [f"## {name}.yaml\n", *_struct(kind), f"The whole file:\n\n```yaml\n{whole}```\n"]
    parts.append("## Providers\n\nThe keys of a section besides `provider`.\n")
    for point, provider in _providers():
        parts.append(f"### {point}: {provider.name}\n\n{_sentence(provider.summary)}\n")
        if provider.config is not NoConfig:
            parts += _struct(provider.config)
    return "\n".join(parts)


def _providers() -> list[tuple[str, Provider[Any]]]:
    plugins = load_plugins(None)
    found = sorted(provided for info in plugins.infos if info.origin == BUILT_IN for provided in info.provides)
    return [(point, plugins.choose(point, name)) for point, _, name in (provided.partition("/") for provided in found)]


def _struct(kind: Any, prefix: str = "") -> Iterator[str]:
    """What a section is for, a table of its keys, and then its own sections."""
    yield " ".join(inspect.cleandoc(kind.__doc__).split()) + "\n"
    rows, sections = [], []
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        if _is_section(hints[field.name]):
            sections.append((field.name, f"{prefix}{field.name}.", hints[field.name]))
        elif get_origin(hints[field.name]) is tuple and _is_section(get_args(hints[field.name])[0]):
            sections.append((field.name, f"{prefix}{field.name}[].", get_args(hints[field.name])[0]))
        else:
            rows.append(f"| `{prefix}{field.encode_name}` | {words(hints[field.name])} | {_default(field)} |")
    if rows:
        yield "\n".join(["| key | type | default |", "|---|---|---|", *rows]) + "\n"
    for name, path, section in sections:
        yield f"### {name}\n"
        yield from _struct(section, path)


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def words(kind: Any) -> str:
    """A type in words for people."""
    if kind in WORDS:
        return WORDS[kind]
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin is Annotated:
        return words(parts[0])
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(f"`{member}`" for member in kind)
    if origin in (Union, types.UnionType):
        return " or ".join(words(part) for part in parts)
    if origin is tuple:
        return f"a list, each {words(parts[0])}"
    if origin is dict:
        return "a section" if parts[1] is Any else f"a mapping to {words(parts[1])}"
    raise TypeError(f"no words for {kind}")


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return f"`{msgspec.json.encode(value).decode()}`"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def main(arguments: list[str]) -> None:
    """Write the file, or compare it with `--check`."""
    write_or_compare(FILE, reference(), "the configuration's types say", arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
