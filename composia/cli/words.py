"""Arguments as people give them: a text is never empty, and is text."""

import re
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}m")
_CONTROL = re.compile(
    rf"{_COLOUR.pattern}|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Filled(click.ParamType[Any]):
    """Another type, of which nothing is not a value: an empty argument is a variable that was not set, and whoever meant
    to leave it out would have."""

    def __init__(self, kind: click.ParamType[Any]) -> None:
        self.name = kind.name
        self._kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """A usage error for what is empty, or no UTF-8 where a text is asked for; a default may be either."""
        if isinstance(value, str) and _was_given(param, ctx):
            if not value:
                self.fail("it is empty", param, ctx)
            if self._kind is click.STRING and not _is_text(value):
                self.fail(f"{value!a} is no text in UTF-8", param, ctx)
        return self._kind.convert(value, param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list["CompletionItem"]:
        """As the other type does."""
        return self._kind.shell_complete(ctx, param, incomplete)


def fill(command: click.Command) -> click.Command:
    """Have each text and path that a command takes checked so."""
    for parameter in command.params:
        if parameter.type is click.STRING or isinstance(parameter.type, click.Path):
            parameter.type = Filled(parameter.type)
    return command


def asks_for_json(arguments: list[str]) -> bool:
    """Whether `-o json` is among them, however it is written: a command line that cannot be read may still say in which
    form it wants to hear so."""
    text = " ".join(arguments)
    return any(f" {option}" in f" {text}" for option in ("-o json", "-ojson", "--output json", "--output=json"))


def harmless(text: str) -> str:
    """A text without what a terminal would obey, colours excepted: names and output come from other people's files and
    programs."""
    return _CONTROL.sub(lambda found: found[0] if _COLOUR.fullmatch(found[0]) else ascii(found[0])[1:-1], text)


def _was_given(param: click.Parameter | None, ctx: click.Context | None) -> bool:
    if param is None or ctx is None or param.name is None:
        return True
    return ctx.get_parameter_source(param.name) is ParameterSource.COMMANDLINE


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
