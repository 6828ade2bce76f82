"""JSON that clients send, read strictly: a misspelt field must not silently mean something else, such as all nodes.

Binary messages keep what they do not know, since programs of several versions speak them; JSON is what people write.
"""

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from connectrpc.codec import Codec
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from composia.builtin_plugins.connect.error import to_connect
from composia.core.suggest import did_you_mean, shown
from composia.errors import Invalid

Wire = TypeVar("Wire", bound=Message)


def codecs() -> list[Codec[Any, Any]]:
    """What a server reads and writes."""
    return [google_protobuf_binary_codec(), _StrictJson()]


class _StrictJson(Codec[Message, Any]):
    """Writes as the wire library does; what it cannot read is `Invalid`, with the place in the request."""

    def __init__(self) -> None:
        self._writing = google_protobuf_json_codec()

    def name(self) -> str:
        return self._writing.name()

    def encode(self, message: Message) -> bytes:
        return self._writing.encode(message)

    def decode(self, data: bytes | bytearray, message_class: type[Wire]) -> Wire:
        try:
            return read_json(bytes(data), message_class)
        except Invalid as error:
            raise to_connect(error) from error


def read_json(data: bytes, message_class: type[Wire]) -> Wire:
    """The message that JSON means. `Invalid` when it is no JSON, or says what the message cannot."""
    value, message = _loaded(data), message_class()
    kind: Any = message.DESCRIPTOR
    _check_message(value, kind, "")
    try:
        json_format.ParseDict(value, message)
    except (json_format.ParseError, ValueError, TypeError) as error:
        raise Invalid("the request does not fit", where=kind.name, hint=str(error)) from error
    return message


def _loaded(data: bytes) -> Any:
    hint = 'an object, such as {"name": "web"}, or {} for one without fields'
    try:
        return json.loads(data.decode(), object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise Invalid("the request is no text in UTF-8", where=f"byte {error.start}", hint=hint) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Invalid(f"the request is no JSON: {_lower(error.msg)}", where=where, hint=hint) from error
    except RecursionError as error:
        raise Invalid("the request is nested too deeply", hint=hint) from error
    except ValueError as error:  # a number of thousands of digits
        raise Invalid(f"the request is no JSON: {_lower(str(error).partition(';')[0])}", hint=hint) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid(f"field {shown(twice)} is given twice", where="the request", hint="keep one of them")
    return found


def _constant(text: str) -> float:
    raise Invalid(f"{text} is no JSON", where="the request", hint="a number")


def _check_message(value: Any, kind: Descriptor, path: str) -> None:
    where = path or kind.name
    if not isinstance(value, dict):
        raise Invalid(f"expected an object, got {_kind(value)}", where=where, hint="{…}")
    known = {name: field for field in kind.fields for name in (field.json_name, field.name)}
    for name, part in value.items():
        if name not in known:
            hint = did_you_mean(name, (field.json_name for field in kind.fields))
            raise Invalid(f"unknown field {shown(name)}", where=where, hint=hint)
        _check_field(part, known[name], f"{path}.{name}" if path else name)


def _check_field(value: Any, field: FieldDescriptor, path: str) -> None:
    if value is None:
        return
    if not field.is_repeated:
        _check_value(value, field, path)
        return
    if not isinstance(value, list):
        raise Invalid(f"expected a list, got {_kind(value)}", where=path, hint="[…]")
    for position, part in enumerate(value):
        _check_value(part, field, f"{path}[{position}]")


def _check_value(value: Any, field: FieldDescriptor, path: str) -> None:
    if field.message_type is not None:
        _check_message(value, field.message_type, path)
    elif field.enum_type is not None:
        _check_enum(value, [one.name for one in field.enum_type.values], path)
    elif field.type == FieldDescriptor.TYPE_STRING:
        _check_text(value, path)
    elif field.type == FieldDescriptor.TYPE_BOOL:
        if not isinstance(value, bool):
            raise Invalid(f"expected true or false, got {_kind(value)}", where=path)
    elif field.type != FieldDescriptor.TYPE_BYTES:
        _check_number(value, path)


def _check_text(value: Any, path: str) -> None:
    if not isinstance(value, str):
        raise Invalid(f"expected a text, got {_kind(value)}", where=path, hint='"…"')
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise Invalid("half of a surrogate pair is no character", where=path)


def _check_number(value: Any, path: str) -> None:
    """A number, or the text of one, as 64 bits are written in JSON. Whether it fits, the wire library says."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Invalid(f"expected a number, got {_kind(value)}", where=path)
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise Invalid("the number is too large", where=path)


def _check_enum(value: Any, names: Iterable[str], path: str) -> None:
    if isinstance(value, str) and value not in names:
        known = [name for name in names if not name.endswith("_UNSPECIFIED")]
        raise Invalid(f"unknown value {shown(value)}", where=path, hint=f"one of {', '.join(known)}")
    if not isinstance(value, str) and (isinstance(value, bool) or not isinstance(value, int)):
        raise Invalid(f"expected a name, got {_kind(value)}", where=path)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "an object"
    return "a number"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
