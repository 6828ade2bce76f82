"""Errors of the wire library's own, as they leave the server."""

from connectrpc.code import Code
from connectrpc.errors import ConnectError

from composia.builtin_plugins.connect.error import explained, from_connect
from composia.errors import TooLarge


def test_a_request_over_the_limit_is_told_with_the_limit() -> None:
    said = explained(ConnectError(Code.RESOURCE_EXHAUSTED, "message is larger than configured max 4194304"))
    error = from_connect(said)

    assert (said.code, type(error)) == (Code.RESOURCE_EXHAUSTED, TooLarge)
    assert (error.message, error.hint) == (
        "the request is larger than 4 MiB, the most that is read",
        "ask for less at once",
    )
