"""`composia exec`: what it asks for, and what it makes of the answer. A real terminal is in e2e/test_exec.py."""

import pytest

from composia.core.tunnel import ExecOutput, ExecStart, ExecStarted, Exited, Input, InputEnd, Output
from composia.errors import ComposiaError, Unavailable
from tests.cli.conftest import Run
from tests.cli.fake_server import FakeServer

STARTED = ExecStarted(node="node-a", container="web-main-1")


def test_all_that_is_given_is_asked_for(composia: Run, server: FakeServer) -> None:
    options = ("--node", "node-a", "-u", "7:8", "-w", "/tmp", "-e", "A=1", "-e", "B=")
    result = composia("exec", "web/main", *options, "--", "ls", "-la", "--node")

    assert result.exit_code == 0
    assert server.heard == [
        ExecStart(
            service="web",
            container="main",
            node="node-a",
            argv=("ls", "-la", "--node"),
            user="7:8",
            directory="/tmp",
            environment=("A=1", "B="),
        )
    ]


def test_input_goes_in_and_output_comes_out_byte_for_byte(composia: Run, server: FakeServer) -> None:
    server.said = (STARTED, Output(data=b"\xff\xfe out"), Output(data=b"err\x00", stderr=True), Exited(code=7))
    result = composia("exec", "-i", "web", "--", "cat", input=b"\x00\xff in")

    assert (result.exit_code, result.stdout_bytes, result.stderr_bytes) == (7, b"\xff\xfe out", b"err\x00")
    assert [message for message in server.heard if not isinstance(message, ExecStart)] == [
        Input(data=b"\x00\xff in"),
        InputEnd(),
    ]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ((Unavailable("the node is offline", where="node node-a", hint="composia node show node-a"),), "the node is"),
        ((STARTED, Output(data=b"half"), Unavailable("the connection to the agent was lost")), "was lost"),
        ((STARTED, Output(data=b"half")), "the server has ended the stream, and the command with it"),
    ],
)
def test_what_is_not_the_commands_own_end_has_an_exit_code_of_its_own(
    composia: Run, server: FakeServer, said: tuple[ExecOutput | ComposiaError, ...], words: str
) -> None:
    server.said = said
    result = composia("exec", "web", "--", "true")

    assert result.exit_code == 125
    assert words in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("exec", "web"), "Missing argument '-- COMMAND…'"),
        (("exec", "-it", "web", "--", "sh"), "--tty: standard input is no terminal"),
        (("exec", "-e", "A", "web", "--", "sh"), "--env: 'A' is no variable"),
        (("exec", "-e", "=1", "web", "--", "sh"), "--env: '=1' is no variable"),
        (("exec", "-x", "web", "--", "ls"), "No such option"),
        (("exec", "web", "-x", "--", "ls"), "No such option"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(
    composia: Run, server: FakeServer, arguments: tuple[str, ...], words: str
) -> None:
    result = composia(*arguments)

    assert result.exit_code == 2
    assert words in result.stderr
    assert server.heard == []


@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        (("db", "mysql", "-u", "root"), "db -- mysql -u root"),
        (("web", "tar", "-t"), "web -- tar -t"),
        (("web", "grep", "-w", "a b"), "web -- grep -w 'a b'"),
        (("web", "grep", "-w", "--", "-x"), "web -- grep -w -- -x"),
        (("-u", "root", "web", "--node=n1", "ls", "-la"), "-u root web --node=n1 -- ls -la"),
        (("web", "ls", "--help"), "web -- ls --help"),
        (("web", "ls", "/", "--node", "n1"), "web -- ls / --node n1"),
    ],
)
def test_options_of_the_command_are_never_taken_for_ours(
    composia: Run, server: FakeServer, arguments: tuple[str, ...], right: str
) -> None:
    result = composia("exec", *arguments)

    assert result.exit_code == 2
    assert result.stderr.endswith(f"write `--` before the command: composia exec {right}\n")
    assert server.heard == []


@pytest.mark.parametrize(
    ("arguments", "node", "argv"),
    [
        (("web", "ls"), "", ("ls",)),
        (("--node", "ls", "web", "ls", "/"), "ls", ("ls", "/")),
        (("web", "--node", "n1", "cat", "-"), "n1", ("cat", "-")),
        (("web", "cat", "--", "-n"), "", ("cat", "-n")),
        (("web", "--node", "n1", "--", "ls", "-u", "x"), "n1", ("ls", "-u", "x")),
        (("--", "web", "ls", "-u", "x"), "", ("ls", "-u", "x")),
    ],
)
def test_where_it_is_clear_whose_they_are_it_goes_on_as_it_is_written(
    composia: Run, server: FakeServer, arguments: tuple[str, ...], node: str, argv: tuple[str, ...]
) -> None:
    composia("exec", *arguments)

    assert server.heard == [ExecStart(service="web", node=node, argv=argv)]
