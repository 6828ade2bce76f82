import pytest

from composia.builtin_plugins.compose.mask import Mask
from composia.builtin_plugins.compose.messages import explain, warnings
from composia.errors import ComposiaError, Conflict, Forbidden, Invalid, NotFound, NotPossible, TooLarge, Unavailable

DAEMON = "Error response from daemon: "
ID = "4698adadb6646c9c8844a9e53094178db2efe2bf4141942d2b5b3cdc17413edb"


@pytest.mark.parametrize(
    ("exit_code", "text", "kind", "message", "where"),
    [
        (
            15,
            "validating compose.yaml: services.a Additional property prots is not allowed",
            Invalid,
            "validating compose.yaml: services.a Additional property prots is not allowed",
            "",
        ),
        (15, "dependency cycle detected: a -> b -> a\n", Invalid, "dependency cycle detected: a -> b -> a", ""),
        (14, "env file no.env not found: stat no.env", NotPossible, "env file no.env not found: stat no.env", ""),
        (16, "unknown flag: --ansi", NotPossible, "unknown flag: --ansi", ""),
        (
            1,
            'failed to read .env: line 3: unterminated quoted value "hunter2 and\nso on',
            NotPossible,
            "failed to read .env: line 3: unterminated quoted value",
            "",
        ),
        (
            1,
            'failed to read .env: line 3: unterminated quoted value "hunter2',
            NotPossible,
            "failed to read .env: line 3: unterminated quoted value",
            "",
        ),
        (
            1,
            (
                f" Container p-b-1  Starting\n{DAEMON}driver failed programming external connectivity on endpoint p-b-1 "
                f"({ID}): Bind for 0.0.0.0:8088 failed: port is already allocated\n"
            ),
            Conflict,
            "port 0.0.0.0:8088 is taken",
            "container p-b-1",
        ),
        (
            1,
            (
                f"{DAEMON}driver failed programming external connectivity on endpoint p-b-1 ({ID}): Error starting "
                "userland proxy: listen tcp4 0.0.0.0:5000: bind: address already in use"
            ),
            Conflict,
            "port 0.0.0.0:5000 is taken",
            "container p-b-1",
        ),
        (
            1,
            (
                f'{DAEMON}Conflict. The container name "/x1" is already in use by container "{ID}". You have to remove '
                "(or rename) that container to be able to reuse that name."
            ),
            Conflict,
            "the container name x1 is taken by container 4698adadb664",
            "",
        ),
        (
            1,
            'line 2: unexpected character "?" in variable name "A?=hunter2"',
            NotPossible,
            "line 2: unexpected character",
            "",
        ),
        (
            18,
            f" a Pulling \n a Error manifest unknown\n{DAEMON}manifest for x/nope:1 not found: manifest unknown",
            NotFound,
            "manifest for x/nope:1 not found: manifest unknown",
            "service a",
        ),
        (
            18,
            f" b Pulling \n b Error no basic auth\n{DAEMON}Head x: no basic auth credentials",
            Forbidden,
            "head x: no basic auth credentials",
            "service b",
        ),
        (
            18,
            f"{DAEMON}Get x: dial tcp: connect: network is unreachable",
            Unavailable,
            "get x: dial tcp: connect: network is unreachable",
            "",
        ),
        (
            1,
            "permission denied while trying to connect to the Docker daemon socket at unix:///x",
            Unavailable,
            "permission denied while trying to connect to the Docker daemon socket at unix:///x",
            "",
        ),
        (
            18,
            f"{DAEMON}pull access denied for x, repository does not exist or may require 'docker login'",
            Forbidden,
            "pull access denied for x, repository does not exist or may require 'docker login'",
            "",
        ),
        (
            17,
            "#5 0.1 oops\n------\n > [a 2/2] RUN exit 3:\n0.1 oops\n------\nfailed to solve: exit code: 3",
            NotPossible,
            "failed to solve: exit code: 3",
            "service a",
        ),
        (
            1,
            "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
            Unavailable,
            "cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
            "",
        ),
        (
            1,
            f'{DAEMON}OCI runtime create failed: exec: "/x": no such file or directory: unknown',
            NotPossible,
            'OCI runtime create failed: exec: "/x": no such file or directory',
            "",
        ),
        (
            2,
            "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n",
            Invalid,
            "Compose itself crashed over these files",
            "",
        ),
        (
            2,
            "fatal error: runtime: out of memory\n\ngoroutine 1 [running]:\n",
            TooLarge,
            "Compose ran out of memory (cannot allocate memory)",
            "",
        ),
        (127, "", NotPossible, "Compose ended with exit code 127", ""),
        (
            1,
            'time="2026-01-01T00:00:00Z" level=warning msg="a warning"\ncommand failed',
            NotPossible,
            "command failed",
            "",
        ),
        (
            1,
            'time="2026-01-01T00:00:00Z" level=fatal msg="it \\"broke\\""',
            NotPossible,
            'it "broke"',
            "",
        ),
    ],
)
def test_what_compose_says_becomes_one_clear_error(
    exit_code: int, text: str, kind: type[ComposiaError], message: str, where: str
) -> None:
    error = explain(text, exit_code, Mask())

    assert (type(error), error.message, error.where) == (kind, message, where)
    assert "hunter2" not in str(error)


def test_secrets_are_hidden() -> None:
    assert explain("cannot use hunter22 here", 1, Mask(("hunter22",))).message == "cannot use *** here"


def test_a_message_has_an_end() -> None:
    assert explain("x" * 5000, 1, Mask()).message == "x" * 600 + "…"


def test_warnings_are_found() -> None:
    text = (
        'time="2026-01-01T00:00:00Z" level=warning msg="The \\"X\\" variable is not set. Defaulting to a blank string."\n'
        'time="2026-01-01T00:00:00Z" level=info msg="no warning"\n'
        "something else\n"
    )

    assert list(warnings(text)) == ['The "X" variable is not set. Defaulting to a blank string.']
