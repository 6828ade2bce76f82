import pytest

from composia.builtin_plugins.compose.known_errors import KNOWN
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
            "services.a Additional property prots is not allowed",
            "compose.yaml",
        ),
        (15, "dependency cycle detected: a -> b -> a\n", Invalid, "dependency cycle detected: a -> b -> a", ""),
        (
            14,
            "env file no.env not found: stat no.env: no such file or directory",
            NotPossible,
            "there is no file no.env on this node",
            "",
        ),
        (14, "open more.yaml: no such file or directory", NotPossible, "there is no file more.yaml on this node", ""),
        (
            16,
            "unknown flag: --progress",
            NotPossible,
            "Docker Compose on this node is too old, it does not know --progress",
            "",
        ),
        (
            1,
            "docker: 'compose' is not a docker command.\nSee 'docker --help'\n",
            NotPossible,
            "there is no Docker Compose on this node",
            "",
        ),
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
            "port 0.0.0.0:8088 of this node is taken",
            "container p-b-1",
        ),
        (
            1,
            (
                f"{DAEMON}driver failed programming external connectivity on endpoint p-b-1 ({ID}): Error starting "
                "userland proxy: listen tcp4 0.0.0.0:5000: bind: address already in use"
            ),
            Conflict,
            "port 0.0.0.0:5000 of this node is taken",
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
            "its registry has no image x/nope:1",
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
            f'{DAEMON}Head "http://10.0.0.1:5000/v2/secret/app/manifests/1": no basic auth credentials',
            Forbidden,
            "the registry 10.0.0.1:5000 wants a login",
            "",
        ),
        (
            18,
            f' main Error x\n{DAEMON}Get "http://10.0.0.1:5000/v2/": context deadline exceeded',
            Unavailable,
            "the registry 10.0.0.1:5000 does not answer",
            "service main",
        ),
        (
            18,
            f'{DAEMON}Get "http://10.0.0.1:1/v2/": dial tcp 10.0.0.1:1: connect: connection refused',
            Unavailable,
            "the registry 10.0.0.1:1 cannot be reached: connection refused",
            "",
        ),
        (
            18,
            f'{DAEMON}Get "https://registry.example/v2/": dial tcp: lookup registry.example on 10.0.0.2:53: no such host',
            Unavailable,
            "the registry registry.example cannot be reached: no such host",
            "",
        ),
        (
            18,
            f'{DAEMON}Get "https://registry.example/v2/": x509: certificate signed by unknown authority',
            NotPossible,
            'get "https://registry.example/v2/": x509: certificate signed by unknown authority',
            "",
        ),
        (
            18,
            f'{DAEMON}Get "https://registry.example/v2/": http: server gave HTTP response to HTTPS client',
            NotPossible,
            "the registry registry.example does not speak HTTPS",
            "",
        ),
        (
            18,
            f"{DAEMON}no matching manifest for linux/amd64 in the manifest list entries",
            NotPossible,
            "the image is not made for linux/amd64, which this node is",
            "",
        ),
        (
            1,
            (
                f"failed to create network web_default: {DAEMON}could not find an available, non-overlapping IPv4 address "
                "pool among the defaults to assign to the network"
            ),
            NotPossible,
            "the engine has no range of addresses left for it",
            "network web_default",
        ),
        (
            1,
            f"failed to create network web_n: {DAEMON}Pool overlaps with other one on this address space",
            Conflict,
            "its subnet overlaps with another network's on this node",
            "network web_n",
        ),
        (
            1,
            f'failed to create network web_n: {DAEMON}plugin "nope" not found',
            NotPossible,
            'plugin "nope" not found',
            "network web_n",
        ),
        (
            15,
            "invalid interpolation format for services.a.image.\nYou may need to escape any $ with another $.\nx:${TAG",
            Invalid,
            "this is no variable that Compose can read",
            "services.a.image",
        ),
        (
            15,
            "error while interpolating services.a.environment.A: required variable NOPE is missing a value: set it",
            NotPossible,
            "variable NOPE has no value: set it",
            "services.a.environment.A",
        ),
        (
            17,
            (
                "failed to solve: rpc error: code = Unknown desc = failed to solve with frontend dockerfile.v0: failed to "
                "read dockerfile: open /var/lib/docker/tmp/buildkit-mount1/Dockerfile: no such file or directory"
            ),
            NotPossible,
            "there is no Dockerfile to build from",
            "",
        ),
        (
            1,
            f" Container a-1  Creating\n Container b-1  Creating\n Container a-1  Created\n{DAEMON}no such runtime",
            NotPossible,
            "no such runtime",
            "container b-1",
        ),
        (
            1,
            f" Container a-1  Creating\n Container b-1  Creating\n{DAEMON}no such runtime",
            NotPossible,
            "no such runtime",
            "one of the containers a-1, b-1",
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
            "the agent may not use the engine's socket",
            "",
        ),
        (
            18,
            f"{DAEMON}pull access denied for x, repository does not exist or may require 'docker login'",
            Forbidden,
            "there is no image x, or it needs a login",
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
            'exec: "/x": no such file or directory',
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
            "Compose ran out of memory over these files",
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


def test_what_is_told_in_our_own_words_says_what_would_be_right() -> None:
    assert {known.message for known in KNOWN if not known.hint} == {"", "{rest}"}


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
