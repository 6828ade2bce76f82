"""What a real server refuses is the same on the command line, as text and as JSON, and over the API, and nothing is done."""

import itertools
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from composia.cli.main import main
from tests.e2e.fleet import Fleet

COMPOSE = "services: {main: {image: busybox}}\n"
EXIT_CODES = {"invalid": 2, "conflict": 5}
UNKNOWN = f"cps_{'0' * 12}_{'a' * 43}"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A server without a node; of its three services one is well."""
    fleet = Fleet(directory=tmp_path_factory.mktemp("calls"))
    fleet.write("web", COMPOSE, "a")
    fleet.write("tabbed", COMPOSE, "a", meta="deploy:\n\tcanary: 1\n")
    fleet.write("bomb", COMPOSE, "a", meta=bomb())
    fleet.write("typed", COMPOSE, "a", meta="enabled: 3\n")
    fleet.write("misspelt", COMPOSE, "a", meta="placment: {}\n")
    fleet.write("binary", COMPOSE, "a")
    (fleet.repo / "binary" / "composia-meta.yaml").write_bytes(b"\x7fELF\x00\x01")
    fleet.commit()
    try:
        fleet.start_server()
        fleet.cli("repo", "sync")
        yield fleet
    finally:
        for name in list(fleet.processes):
            fleet.kill(name)


def bomb() -> str:
    names = "abcdefgh"
    lines = ["infra:", f"  a: &a [{', '.join('x' * 10)}]"]
    lines += [f"  {name}: &{name} [{', '.join([f'*{last}'] * 10)}]" for last, name in itertools.pairwise(names)]
    return "\n".join(lines) + "\n"


def command(fleet: Fleet, token: str, *arguments: str) -> Result:
    environment = {
        "COMPOSIA_SERVER": fleet.url,
        "COMPOSIA_CA": str(fleet.server_data / "ca.pem"),
        "COMPOSIA_TOKEN": token,
    }
    return CliRunner(env=environment).invoke(main, arguments, prog_name="composia")


def call(fleet: Fleet, token: str, method: str, request: dict[str, Any]) -> dict[str, Any]:
    """The error of an RPC over curl."""
    done = subprocess.run(
        [
            *("curl", "--silent", "--cacert", str(fleet.server_data / "ca.pem")),
            *("-H", "content-type: application/json", "-H", f"authorization: Bearer {token}"),
            *("-d", json.dumps(request), f"{fleet.url}/composia.v1.ServerService/{method}"),
        ],
        capture_output=True,
        check=True,
        timeout=30,
    )
    error = json.loads(done.stdout)
    (detail,) = error["details"]
    return {"where": "", "hint": "", "id": "", **detail["debug"], "message": error["message"]}


def refusal(fleet: Fleet, token: str, arguments: tuple[str, ...]) -> dict[str, Any]:
    """The error of a command, which is the same as text and as JSON."""
    text, data = command(fleet, token, *arguments), command(fleet, token, *arguments, "-o", "json")
    error: dict[str, Any] = json.loads(data.stderr)
    where = f"{error['where']}: " if error["where"] else ""
    hint = f"  hint: {error['hint']}\n" if error["hint"] else ""
    assert text.stderr == f"composia: {where}{error['message']}\n{hint}"
    assert (text.stdout, data.stdout) == ("", "")
    assert text.exit_code == data.exit_code == EXIT_CODES.get(error["code"], 1)
    return error


NEW = {"requestId": "r"}


@pytest.mark.parametrize(
    ("arguments", "method", "request_", "code", "said"),
    [
        (("deploy", "wbe"), "Deploy", {**NEW, "services": ["wbe"]}, "not_found", "no service named wbe"),
        (("deploy", "web", "--node", "b"), "Deploy", {**NEW, "services": ["web"], "nodes": ["b"]}, "not_found", "no node named b"),
        (("deploy", "web", "--revision", "mian"), "Deploy", {**NEW, "services": ["web"], "revision": "mian"}, "not_found", "no revision 'mian'"),
        (("deploy", "web"), "Deploy", {**NEW, "services": ["web"]}, "not_possible", "service web has no node to go to"),
        (("deploy", "tabbed"), "Deploy", {**NEW, "services": ["tabbed"]}, "invalid", "service tabbed cannot be deployed: a tab indents"),
        (("deploy", "bomb"), "Deploy", {**NEW, "services": ["bomb"]}, "invalid", "service bomb cannot be deployed: more than 200000 values"),
        (("deploy", "typed"), "Deploy", {**NEW, "services": ["typed"]}, "invalid", "service typed cannot be deployed: "),
        (("deploy", "misspelt"), "Deploy", {**NEW, "services": ["misspelt"]}, "invalid", "service misspelt cannot be deployed: unknown key placment"),
        (("deploy", "binary"), "Deploy", {**NEW, "services": ["binary"]}, "invalid", "service binary cannot be deployed: no text in UTF-8"),
        (("stop", "wbe"), "Operate", {**NEW, "kind": "TASK_KIND_STOP", "service": "wbe"}, "not_found", "no service named wbe"),
        (("restart", "web"), "Operate", {**NEW, "kind": "TASK_KIND_RESTART", "service": "web"}, "not_possible", "service web was never deployed"),
        (("status", "wbe"), "GetStatus", {"services": ["wbe"]}, "not_found", "no service named wbe"),
        (("service", "show", "wbe"), "GetService", {"name": "wbe"}, "not_found", "no service named wbe"),
        (("node", "show", "a"), "GetNode", {"name": "a"}, "not_found", "no node named a"),
        (("node", "prune", "a"), "PruneNode", {**NEW, "node": "a", "what": ["PRUNE_TARGET_DANGLING_IMAGES"]}, "not_found", "no node named a"),
        (("task", "show", "t9"), "GetTask", {"task": "t9"}, "not_found", "no task t9"),
        (("task", "cancel", "t9"), "CancelTask", {"task": "t9"}, "not_found", "no task t9"),
        (("task", "retry", "t9"), "Retry", {**NEW, "task": "t9"}, "not_found", "no task t9"),
        (("deployment", "show", "d9"), "GetDeployment", {"deployment": "d9"}, "not_found", "no deployment d9"),
        (("deployment", "list", "--after", "x"), "ListDeployments", {"after": "x"}, "invalid", "a list goes on with what its last page said"),
        (("token", "revoke", "x"), "RevokeToken", {"token": "x"}, "not_found", "no token x"),
        (("token", "revoke", UNKNOWN), "RevokeToken", {"token": UNKNOWN}, "invalid", "this is a token itself, and its id is needed"),
        (("token", "create", "--role", "node", "--node", "Ä b"), "CreateToken", {"role": "ROLE_NODE", "node": "Ä b"}, "invalid", "'Ä b' is no name"),
        (("token", "create", "--role", "node"), "CreateToken", {"role": "ROLE_NODE"}, "invalid", "a node's name goes with the role node"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)  # fmt: skip
def test_an_error_is_the_same_from_the_command_line_and_the_api_and_changes_nothing(
    fleet: Fleet, arguments: tuple[str, ...], method: str, request_: dict[str, Any], code: str, said: str
) -> None:
    token = (fleet.server_data / "admin.token").read_text().strip()

    error = refusal(fleet, token, arguments)

    assert error == call(fleet, token, method, request_)
    assert error["code"] == code
    assert error["message"].startswith(said)
    assert error["hint"] or error["where"]
    assert UNKNOWN not in json.dumps(error)
    assert fleet.ask("deployment", "list")["deployments"] == []
    assert len(fleet.ask("token", "list")["tokens"]) == 1


def test_a_request_over_the_limit_is_told_with_the_limit(fleet: Fleet) -> None:
    token = (fleet.server_data / "admin.token").read_text().strip()

    error = refusal(fleet, token, ("deploy", *(f"{number:0>100000}" for number in range(60))))

    assert (error["code"], error["message"], error["hint"]) == (
        "too_large",
        "the request is larger than 4 MiB, the most that is read",
        "ask for less at once",
    )
    assert fleet.ask("deployment", "list")["deployments"] == []


@pytest.mark.parametrize("broken", ["tabbed", "bomb", "typed", "misspelt", "binary"])
def test_a_broken_definition_is_told_with_file_and_place_and_hides_no_other(fleet: Fleet, broken: str) -> None:
    token = (fleet.server_data / "admin.token").read_text().strip()

    deployed = refusal(fleet, token, ("deploy", broken))
    validated = CliRunner().invoke(main, ["validate", str(fleet.repo), "-o", "json"], prog_name="composia")

    services = {service["name"]: service for service in json.loads(validated.stdout)["services"]}
    first = next(problem for problem in services[broken]["problems"] if problem["severity"] == "error")
    place = ":".join(str(first[key]) for key in ("file", "line", "column"))
    assert deployed["where"] == place
    assert deployed["message"] == f"service {broken} cannot be deployed: {first['message']}"
    assert deployed["hint"] == first["hint"]
    assert place.startswith(f"{broken}/composia-meta.yaml:")
    assert services["web"]["ok"]
    assert command(fleet, token, "service", "show", "web").exit_code == 0


@pytest.mark.parametrize(
    ("token", "code", "said"),
    [
        ("x", "unauthenticated", "what was shown is no token of this server"),
        ("cps_", "unauthenticated", "this token is not known or was revoked"),
        (UNKNOWN, "unauthenticated", "this token is not known or was revoked"),
        ("☃", "invalid", "what was given as a token cannot be one"),
        ("a b", "unauthenticated", "what was shown is no token of this server"),
    ],
)
def test_a_token_that_is_none_opens_nothing_and_is_not_said_back(
    fleet: Fleet, token: str, code: str, said: str
) -> None:
    error = refusal(fleet, token, ("node", "list"))

    assert (error["code"], error["message"]) == (code, said)
    assert error["hint"]
    if token.isascii():
        assert error == call(fleet, token, "ListNodes", {})
    assert len(token) < 6 or token not in json.dumps(error)


def test_a_token_that_was_revoked_is_told_as_that(fleet: Fleet) -> None:
    made = fleet.ask("token", "create", "--role", "viewer")
    secret = made.get("secret") or made["token"]
    assert command(fleet, secret, "node", "list").exit_code == 0
    fleet.cli("token", "revoke", secret.split("_")[1])

    error = refusal(fleet, secret, ("node", "list"))

    assert (error["code"], error["message"]) == ("unauthenticated", "this token was revoked")
    assert error == call(fleet, secret, "ListNodes", {})


def test_a_role_that_may_not_is_told_so(fleet: Fleet) -> None:
    made = fleet.ask("token", "create", "--role", "viewer")
    secret = made.get("secret") or made["token"]

    error = refusal(fleet, secret, ("deploy", "web"))
    fleet.cli("token", "revoke", secret.split("_")[1])

    assert (error["code"], error["message"]) == ("forbidden", "the role viewer may not call this")
    assert fleet.ask("deployment", "list")["deployments"] == []


@pytest.mark.parametrize("token", ["", "  \n"])
def test_a_token_file_that_is_empty_is_told_with_its_name(
    fleet: Fleet, tmp_path_factory: pytest.TempPathFactory, token: str
) -> None:
    file = tmp_path_factory.mktemp("token") / "token"
    file.write_text(token)

    error = refusal(fleet, "", ("login", fleet.url, "--token-file", str(file)))

    assert (error["code"], error["message"], error["where"]) == (
        "invalid",
        "the file for --token-file is empty",
        str(file),
    )
