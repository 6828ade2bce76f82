"""The API reference: one HTML page made of proto/, its comments, and the table of who may call what.

api_reference.py FILE
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
    MethodOptions,
    ServiceDescriptorProto,
)

from composia.core.principal import POLICY

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
PAGE = ROOT / "composia" / "builtin_plugins" / "api_reference" / "static" / "index.html"

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --link: #0b62c4; --dim: #595959 }
@media (prefers-color-scheme: dark) { :root { --link: #7db7ff; --dim: #a6a6a6 } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere }
a { color: var(--link); text-decoration: none } a:hover { text-decoration: underline }
h2 { margin: 2rem 0 .5rem } h3 { margin: .5rem 0 0 } p { margin: .25rem 0 }
section { border-top: 1px solid var(--line); padding: .5rem 0 } section:target { background: var(--soft) }
code, pre { font: .875em/1.5 ui-monospace, monospace } pre { background: var(--soft); padding: .5rem; overflow-x: auto }
nav div { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 0 .5rem; margin: .25rem 0 1rem }
summary { cursor: pointer } .facts, summary { color: var(--dim) }
dl { margin: .5rem 0 } dd { margin: 0 0 .25rem 1.5rem }
@media (min-width: 48rem) {
  dl { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: .25rem 1rem } dd { margin: 0 }
}
"""
LONG = 12
"""Lines of an example; a longer one is folded away."""

OURS = "composia.v1"
PEOPLES = "ServerService"
FIELD = FieldDescriptorProto
SCALARS = {number: name.removeprefix("TYPE_").lower() for name, number in FIELD.Type.items()}


class Contract:
    """All files of proto/, by the names in them, with what their comments say."""

    def __init__(self, files: FileDescriptorSet) -> None:
        self.files = tuple(files.file)
        self.messages = {f".{file.package}.{one.name}": one for file in self.files for one in file.message_type}
        self.enums = {f".{file.package}.{name}": one for file in self.files for name, one, _ in _enums(file)}
        self._said = {
            (file.name, *location.path): " ".join((location.leading_comments or location.trailing_comments).split())
            for file in self.files
            for location in file.source_code_info.location
        }

    @classmethod
    def read(cls) -> "Contract":
        """Compile proto/ with its comments."""
        with tempfile.TemporaryDirectory() as scratch:
            out = Path(scratch) / "descriptors"
            options = [f"--proto_path={PROTO}", "--include_source_info", f"--descriptor_set_out={out}"]
            sources = [str(path) for path in sorted(PROTO.rglob("*.proto"))]
            subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *options, *sources], check=True)
            return cls(FileDescriptorSet.FromString(out.read_bytes()))

    def said(self, file: FileDescriptorProto, *path: int) -> str:
        """The comment at a place of a file, in one line; empty where there is none."""
        return self._said.get((file.name, *path), "")

    def uncommented(self) -> list[str]:
        """What has no comment: RPCs, messages, their fields, enums."""
        return [name for file in self.files for name, place in _places(file) if not self.said(file, *place)]

    def example(self, message: DescriptorProto, depth: int = 0) -> dict[str, object]:
        """A message as JSON, with a value of its kind in each field."""
        return {} if depth > 2 else {field.json_name: self._value(field, depth) for field in message.field}

    def _value(self, field: FIELD, depth: int) -> object:
        value: object
        if field.type == FIELD.TYPE_MESSAGE:
            value = self.example(self.messages[field.type_name], depth + 1)
        elif field.type == FIELD.TYPE_ENUM:
            value = self.enums[field.type_name].value[1].name
        elif field.type == FIELD.TYPE_BOOL:
            value = True
        elif field.type in (FIELD.TYPE_INT32, FIELD.TYPE_DOUBLE):
            value = 1
        else:
            value = "1" if field.type == FIELD.TYPE_INT64 else "…"
        return [value] if field.label == FIELD.LABEL_REPEATED else value


def _places(file: FileDescriptorProto) -> Iterator[tuple[str, tuple[int, ...]]]:
    """What has to have a comment, and where the comment is, as descriptor.proto counts."""
    for number, service in enumerate(file.service):
        yield from ((method.name, (6, number, 2, index)) for index, method in enumerate(service.method))
    for number, message in enumerate(file.message_type):
        yield message.name, (4, number)
        yield from (
            (f"{message.name}.{field.name}", (4, number, 2, index)) for index, field in enumerate(message.field)
        )
    yield from ((name, place) for name, _, place in _enums(file))


def _enums(file: FileDescriptorProto) -> Iterator[tuple[str, EnumDescriptorProto, tuple[int, ...]]]:
    """The enums of a file and of its messages, each with its name and place."""
    yield from ((enum.name, enum, (5, number)) for number, enum in enumerate(file.enum_type))
    for number, message in enumerate(file.message_type):
        for index, enum in enumerate(message.enum_type):
            yield f"{message.name}.{enum.name}", enum, (4, number, 4, index)


def page(contract: Contract) -> str:
    """The whole page."""
    services = [(name, said, list(calls)) for name, said, calls in _services(contract)]
    types = sorted(_types(contract))
    index = "".join(f"<h2>{name}</h2><p>{_text(said)}</p>{_index(calls)}" for name, said, calls in services)
    parts = [*((name, calls) for name, _, calls in services), ("Messages", types)]
    body = "".join(f"<h2>{name}</h2>{''.join(html for _, html in things)}" for name, things in parts)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Composia API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style><h1>Composia API</h1>"
        "<p>One port speaks Connect, gRPC, gRPC-Web and JSON. A call is a POST of JSON or protobuf to its path with "
        "<code>authorization: Bearer TOKEN</code>; what only reads is a GET too, with <code>?encoding=json&amp;message="
        "JSON</code>. In JSON 64-bit numbers are strings and bytes are base64. An error carries the detail "
        '<a href="#ErrorInfo">ErrorInfo</a>.</p>'
        f"<nav>{index}<details><summary>Messages</summary>{_index(types)}</details></nav><main>{body}</main></html>\n"
    )


def _index(things: Iterable[tuple[str, str]]) -> str:
    return f"<div>{''.join(_anchor(name) for name, _ in things)}</div>"


def _services(contract: Contract) -> Iterator[tuple[str, str, Iterator[tuple[str, str]]]]:
    """Those that people call first, each with what is said of it and its calls."""
    found = [(file, number, one) for file in contract.files for number, one in enumerate(file.service)]
    for file, number, service in sorted(found, key=lambda part: (part[0].package != OURS, part[2].name != PEOPLES)):
        yield service.name, contract.said(file, 6, number), _calls(contract, file, number, service)


def _calls(
    contract: Contract, file: FileDescriptorProto, number: int, service: ServiceDescriptorProto
) -> Iterator[tuple[str, str]]:
    for index, method in enumerate(service.method):
        said = contract.said(file, 6, number, 2, index)
        name = method.name if file.package == OURS else f"{service.name}.{method.name}"
        yield name, _call(contract, name, f"/{file.package}.{service.name}/{method.name}", method, said)


def _call(contract: Contract, name: str, path: str, method: MethodDescriptorProto, said: str) -> str:
    roles = ", ".join(sorted(POLICY[name])) if path.startswith(f"/{OURS}.") else "everyone, without a token"
    reads = method.options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    stream = {(False, False): "", (False, True): "answers stream", (True, False): "requests stream"}
    kind = stream.get((method.client_streaming, method.server_streaming), "streams both ways")
    facts = " · ".join(part for part in ("GET or POST" if reads else "POST", kind, f"for {roles}") if part)
    example = _example(contract.example(contract.messages[method.input_type]))
    return (
        f'<section id="{name}"><h3>{_anchor(name)}</h3><p>{_text(said)}</p>'
        f'<p class="facts">{facts}</p><p><code>{path}</code></p>'
        f"<p>{_link(method.input_type)} → {_link(method.output_type)}</p>{example}</section>"
    )


def _example(message: dict[str, object]) -> str:
    """As JSON, lists of one text or number in one line."""
    text = re.sub(r"\[\s+([^\[\]{}\s]+)\s+\]", r"[\1]", json.dumps(message, indent=2, ensure_ascii=False))
    lines = f"<pre>{escape(text)}</pre>"
    return lines if text.count("\n") < LONG else f"<details><summary>As JSON</summary>{lines}</details>"


def _text(said: str) -> str:
    """A comment; what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(said))


def _types(contract: Contract) -> Iterator[tuple[str, str]]:
    for file in contract.files:
        for number, message in enumerate(file.message_type):
            rows = "".join(
                _row(f"{field.json_name}</code> <span class=facts>{_type(field)}</span><code>", said)
                for index, field in enumerate(message.field)
                for said in [contract.said(file, 4, number, 2, index)]
            )
            yield message.name, _section(message.name, contract.said(file, 4, number), rows)
        for name, enum, place in _enums(file):
            values = ((value.name, contract.said(file, *place, 2, index)) for index, value in enumerate(enum.value))
            yield name, _section(name, contract.said(file, *place), "".join(_row(*row) for row in values))


def _section(name: str, said: str, rows: str) -> str:
    return f'<section id="{name}"><h3>{_anchor(name)}</h3><p>{_text(said)}</p><dl>{rows}</dl></section>'


def _row(term: str, said: str) -> str:
    return f"<dt><code>{term}</code></dt><dd>{_text(said)}</dd>"


def _type(field: FIELD) -> str:
    name = _link(field.type_name) if field.type_name else SCALARS[field.type]
    return f"list of {name}" if field.label == FIELD.LABEL_REPEATED else name


def _link(name: str) -> str:
    """A type by its name in the contract, `.package.Name` or `.package.Message.Name`."""
    short = ".".join(part for part in name.split(".") if part[:1].isupper())
    return _anchor(short)


def _anchor(name: str) -> str:
    return f'<a href="#{name}">{name}</a>'


def write(target: Path = PAGE) -> None:
    """Make the page."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page(Contract.read()))


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE)
