"""A domain type and its message, mapped by the names and types of their fields.

The domain is the pattern: a dataclass has a message with the same fields, and where the two differ the first use says so.

    text, number, bool, bytes    the same
    StrEnum                      an enum whose values are PREFIX_MEMBER; 0 is "not said"
    dataclass                    a message
    tuple[X, ...]                repeated
    tuple[str, str]              a message of two texts
    X | None                     optional; a tuple is wrapped in a message with the one field `items`
    A | B, all dataclasses       a oneof with a field for each
"""

import dataclasses
import re
import types
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from composia.errors import Invalid

Value = TypeVar("Value")
Wire = TypeVar("Wire", bound=Message)


@dataclass(frozen=True)
class Twin(Generic[Value, Wire]):
    """A domain type (`kind`: a dataclass or a union of some) and its message."""

    kind: Any
    message: type[Wire]

    @cached_property
    def _map(self) -> "_Map":
        return _record(self.kind, self.message.DESCRIPTOR)

    def pack(self, value: Value) -> Wire:
        """The message of a value."""
        packed: Wire = self._map.pack(value)
        return packed

    def unpack(self, message: Wire) -> Value:
        """The value of a message; `Invalid` when a part is missing or unknown to this version."""
        value: Value = self._map.unpack(message)
        return value


class _Map(NamedTuple):
    pack: Callable[[Any], Any]
    unpack: Callable[[Any], Any]


class _Field(NamedTuple):
    """One field of a dataclass: `put` adds it to a message's arguments, `take` reads it from a message. A `plain` one is the
    same on both sides, so that all of a record can be taken over at once; most are, and there may be very many records."""

    name: str
    put: Callable[[dict[str, Any], Any], None]
    take: Callable[[Any], Any]
    plain: bool = False


_PLAIN: dict[type, frozenset[int]] = {
    bool: frozenset({FieldDescriptor.TYPE_BOOL}),
    int: frozenset({FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64}),
    float: frozenset({FieldDescriptor.TYPE_DOUBLE}),
    bytes: frozenset({FieldDescriptor.TYPE_BYTES}),
    str: frozenset({FieldDescriptor.TYPE_STRING}),
}


@cache
def _record(kind: Any, descriptor: Descriptor) -> _Map:
    message = GetMessageClass(descriptor)
    if _is_union(kind):
        whole = _one_of(kind, descriptor, descriptor.oneofs[0].name)
        return _Map(lambda value: _packed(message, [(whole, value)]), whole.take)
    if kind.__name__ != descriptor.name:
        raise TypeError(f"{descriptor.full_name} is no {kind.__name__}")
    hints = get_type_hints(kind)
    fields = [_field(field, hints[field.name], descriptor) for field in dataclasses.fields(kind)]
    _refuse_others(kind, descriptor, {field.name for field in fields})
    plain = [field.name for field in fields if field.plain]
    if len(plain) < 2:
        return _Map(
            lambda value: _packed(message, [(field, getattr(value, field.name)) for field in fields]),
            lambda wire: kind(**{field.name: field.take(wire) for field in fields}),
        )
    others = [field for field in fields if not field.plain]
    plain_of = attrgetter(*plain)

    def pack(value: Any) -> Message:
        arguments = dict(zip(plain, plain_of(value), strict=True))
        for field in others:
            field.put(arguments, getattr(value, field.name))
        try:
            return message(**arguments)
        except UnicodeEncodeError:  # of a text that is none, which is seldom
            texts = {name: _text(part) for name, part in arguments.items() if isinstance(part, str)}
            return message(**arguments | texts)

    def unpack(wire: Any) -> Any:
        parts = dict(zip(plain, plain_of(wire), strict=True))
        for field in others:
            parts[field.name] = field.take(wire)
        return kind(**parts)

    return _Map(pack, unpack)


def _packed(message: type[Message], values: list[tuple[_Field, Any]]) -> Message:
    arguments: dict[str, Any] = {}
    for field, value in values:
        field.put(arguments, value)
    return message(**arguments)


def _refuse_others(kind: Any, descriptor: Descriptor, names: set[str]) -> None:
    grouped = {field.name for field in descriptor.fields if _group(field)}
    on_the_wire = {field.name for field in descriptor.fields} - grouped
    on_the_wire |= {_group(field) for field in descriptor.fields if _group(field)}
    if names != on_the_wire:
        raise TypeError(f"{kind.__name__} and {descriptor.full_name} differ in {sorted(names ^ on_the_wire)}")


def _group(field: FieldDescriptor) -> str:
    """The name of the oneof that a field is in; protoc makes one of its own, `_name`, for each optional field."""
    oneof = field.containing_oneof
    return "" if oneof is None or oneof.name == f"_{field.name}" else oneof.name


def _field(field: "dataclasses.Field[Any]", hint: Any, descriptor: Descriptor) -> _Field:
    optional = type(None) in get_args(hint)
    if optional:
        (hint,) = (one for one in get_args(hint) if one is not type(None))
    if _is_union(hint):
        return _one_of(hint, descriptor, field.name)
    if field.name not in descriptor.fields_by_name:
        raise TypeError(f"{descriptor.full_name} has no field {field.name}")
    wire = descriptor.fields_by_name[field.name]
    if optional:
        return _optional(_value(hint, wire), wire)
    if wire.is_repeated:
        return _repeated(_value(get_args(hint)[0], wire), wire)
    return _single(_value(hint, wire), wire, field)


def _single(value: _Map, wire: FieldDescriptor, field: "dataclasses.Field[Any]") -> _Field:
    """A part that is always there. One that the other side does not know yet gets the dataclass's default."""
    name, kind = wire.name, wire.full_name.split(".")[-2]

    def default() -> Any:
        if field.default is not dataclasses.MISSING:
            return field.default
        if field.default_factory is not dataclasses.MISSING:
            return field.default_factory()
        raise Invalid(f"{name} is missing", where=kind)

    def put(arguments: dict[str, Any], part: Any) -> None:
        arguments[name] = value.pack(part)

    def take(message: Any) -> Any:
        return value.unpack(getattr(message, name))

    def take_present(message: Any) -> Any:
        return take(message) if message.HasField(name) else default()

    def take_enum(message: Any) -> Any:
        return take(message) if getattr(message, name) else default()

    if wire.has_presence:  # a message, or a part whose default is not that of the wire
        return _Field(name, put, take_present)
    if wire.type == FieldDescriptor.TYPE_ENUM:
        return _Field(name, put, take_enum)
    return _Field(name, put, take, plain=value.unpack is _same)


def _optional(value: _Map, wire: FieldDescriptor) -> _Field:
    name = wire.name
    if not wire.has_presence:
        raise TypeError(f"{wire.full_name} has to be optional")

    def put(arguments: dict[str, Any], part: Any) -> None:
        if part is not None:
            arguments[name] = value.pack(part)

    def take(message: Any) -> Any:
        return value.unpack(getattr(message, name)) if message.HasField(name) else None

    return _Field(name, put, take)


def _repeated(value: _Map, wire: FieldDescriptor) -> _Field:
    name = wire.name

    def put_plain(arguments: dict[str, Any], part: Any) -> None:
        arguments[name] = part

    def take_plain(message: Any) -> Any:
        return tuple(getattr(message, name))

    if value == _Map(_same, _same):  # there may be very many
        return _Field(name, put_plain, take_plain)

    def put(arguments: dict[str, Any], part: Any) -> None:
        arguments[name] = [value.pack(one) for one in part]

    def take(message: Any) -> Any:
        return tuple(value.unpack(one) for one in getattr(message, name))

    return _Field(name, put, take)


def _one_of(kinds: Any, descriptor: Descriptor, name: str) -> _Field:
    variants = {_message(field).name: field for field in descriptor.oneofs_by_name[name].fields}
    if {kind.__name__ for kind in get_args(kinds)} != variants.keys():
        raise TypeError(f"oneof {name} of {descriptor.full_name} has other variants than {kinds}")
    maps = {kind: _record(kind, _message(variants[kind.__name__])) for kind in get_args(kinds)}
    unpack = {variants[kind.__name__].name: maps[kind].unpack for kind in maps}

    def put(arguments: dict[str, Any], part: Any) -> None:
        arguments[variants[type(part).__name__].name] = maps[type(part)].pack(part)

    def take(message: Any) -> Any:
        variant = message.WhichOneof(name)
        if variant is None:
            raise Invalid(f"{name} is missing or unknown to this version", where=descriptor.name)
        return unpack[variant](getattr(message, variant))

    return _Field(name, put, take)


def _value(hint: Any, wire: FieldDescriptor) -> _Map:
    if get_origin(hint) is tuple:
        return _list(hint, _message(wire)) if get_args(hint)[-1] is Ellipsis else _pair(hint, _message(wire))
    if hint in _PLAIN:
        return _plain(hint, wire)
    return _enum(hint, wire) if issubclass(hint, StrEnum) else _record(hint, _message(wire))


def _plain(hint: type, wire: FieldDescriptor) -> _Map:
    if wire.type not in _PLAIN[hint]:
        raise TypeError(f"{wire.full_name} is no {hint.__name__}")
    return _Map(_text, _same) if hint is str else _Map(_same, _same)


def _message(wire: FieldDescriptor) -> Descriptor:
    if wire.message_type is None:
        raise TypeError(f"{wire.full_name} is no message")
    return wire.message_type


def _list(hint: Any, descriptor: Descriptor) -> _Map:
    message = GetMessageClass(descriptor)
    items = _repeated(_value(get_args(hint)[0], descriptor.fields_by_name["items"]), descriptor.fields_by_name["items"])
    return _Map(lambda value: _packed(message, [(items, value)]), items.take)


def _pair(hint: Any, descriptor: Descriptor) -> _Map:
    message = GetMessageClass(descriptor)
    first, second = (field.name for field in descriptor.fields)
    if get_args(hint) != (str, str):
        raise TypeError(f"{hint} is no pair of texts")
    return _Map(
        lambda value: message(**{first: _text(value[0]), second: _text(value[1])}),
        lambda wire: (getattr(wire, first), getattr(wire, second)),
    )


def _enum(kind: type[StrEnum], wire: FieldDescriptor) -> _Map:
    descriptor = wire.enum_type
    if descriptor is None or {value.name for value in descriptor.values} != _enum_names(kind):
        raise TypeError(f"{wire.full_name} has other values than {kind.__name__}")
    numbers = {member: descriptor.values_by_name[f"{_prefix(kind)}_{member.name}"].number for member in kind}
    members = {number: member for member, number in numbers.items()}

    def unpack(number: int) -> StrEnum:
        if number not in members:
            raise Invalid(f"this version knows no {kind.__name__} {number}", where=descriptor.name)
        return members[number]

    return _Map(numbers.__getitem__, unpack)


def _enum_names(kind: type[StrEnum]) -> set[str]:
    return {f"{_prefix(kind)}_{name}" for name in ("UNSPECIFIED", *kind.__members__)}


def _prefix(kind: type[StrEnum]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).upper()


def _text(value: str) -> str:
    """Text for the wire, which is UTF-8: what a file name holds of other bytes becomes `?`."""
    return value if value.isascii() else value.encode(errors="replace").decode()


def _same(value: Any) -> Any:
    return value


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)
