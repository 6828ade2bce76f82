"""Errors of the wire library's own, as they leave the server."""

from connectrpc.code import Code
from connectrpc.errors import ConnectError

from composia.builtin_plugins.connect.error import explained, from_connect, to_connect
from composia.errors import TooLarge, TooOften


def test_a_request_over_the_limit_is_told_with_the_limit() -> None:
    said = explained(ConnectError(Code.RESOURCE_EXHAUSTED, "message is larger than configured max 4194304"))
    error = from_connect(said)

    assert (said.code, type(error)) == (Code.RESOURCE_EXHAUSTED, TooLarge)
    assert (error.message, error.hint) == (
        "the request is larger than 4 MiB, the most that is read",
        "ask for less at once",
    )


def test_of_two_errors_with_one_code_the_detail_tells_which_it_is() -> None:
    too_often = to_connect(TooOften("too many failed sign-ins", hint="try again in 8 s", wait_s=8))

    assert too_often.code is Code.RESOURCE_EXHAUSTED
    assert type(from_connect(too_often)) is TooOften
    assert type(from_connect(ConnectError(Code.RESOURCE_EXHAUSTED, "a frame is too long"))) is TooLarge
