"""Signing in at a real server over TLS, with curl as the browser, and what survives of it."""

import json
import os
import re
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from composia.plugins.auth_sessions import COOKIE
from tests.e2e.fleet import COMMAND, Fleet
from tests.e2e.pseudo_terminal import terminal

SERVICE = "composia.v1.ServerService"
PASSWORD = "correct horse"


@dataclass(kw_only=True)
class Browser:
    """curl with a jar of cookies, as the page on `origin`."""

    fleet: Fleet
    jar: Path
    http: str = "--http2"

    def ask(self, path: str, body: Any, *headers: str, method: str = "POST") -> tuple[int, dict[str, str], Any]:
        """Status, headers and JSON of an answer."""
        command = [*self.command("content-type: application/json", *headers), "--include", "--request", method]
        done = subprocess.run(
            [*command, "--data", json.dumps(body), f"{self.fleet.url}{path}"],
            capture_output=True,
            text=True,
            check=True,
        )
        head, _, text = done.stdout.replace("\r\n", "\n").partition("\n\n")
        status, *lines = head.splitlines()
        return (
            int(status.split()[1]),
            dict(line.lower().split(": ", 1) for line in lines),
            json.loads(text) if text else None,
        )

    def rpc(self, method: str, body: Any, *headers: str) -> tuple[int, Any]:
        """Status and JSON of a call."""
        status, _, told = self.ask(f"/{SERVICE}/{method}", body, *headers)
        return status, told

    def sign_in(self, **shown: str) -> int:
        """With what is shown; the cookie is kept, as a browser does that trusts the server."""
        status, _, _ = self.ask("/session", shown, "sec-fetch-site: same-origin")
        return status

    def command(self, *headers: str) -> list[str]:
        """The command line."""
        given = [part for header in headers for part in ("--header", header)]
        trust = ["--cacert", str(self.fleet.server_data / "ca.pem"), "--max-time", "60"]
        return ["curl", "-sS", self.http, *trust, "--cookie", str(self.jar), "--cookie-jar", str(self.jar), *given]

    @contextmanager
    def watch(self) -> Iterator[IO[bytes]]:
        """An open stream, which has begun."""
        request = json.dumps({"topics": ["WATCH_TOPIC_SERVICES"]}).encode()
        options = ("--no-buffer", "--data-binary", "@-", f"{self.fleet.url}/{SERVICE}/Watch")
        command = [*self.command("content-type: application/connect+json"), *options]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(struct.pack(">BI", 0, len(request)) + request)
            process.stdin.close()
            assert "snapshot" in read_envelope(process.stdout)
            yield process.stdout


def read_envelope(stream: IO[bytes]) -> Any:
    """The next message of a stream."""
    _, length = struct.unpack(">BI", stream.read(5))
    return json.loads(stream.read(length))


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(directory=tmp_path)
    made.write("web", "services: {main: {image: busybox}}\n", "n1")
    made.commit()
    made.start_server()
    yield made
    made.end()


def first_link(fleet: Fleet) -> str:
    """The secret of the link that a first start has left."""
    return (fleet.server_data / "first-sign-in").read_text().strip().partition("#")[2]


def test_the_first_link_signs_in_whoever_makes_users_who_sign_in_over_tls(fleet: Fleet, tmp_path: Path) -> None:
    admin, viewer = (Browser(fleet=fleet, jar=tmp_path / name) for name in ("admin.jar", "viewer.jar"))
    link = first_link(fleet)
    assert (admin.sign_in(link=link), admin.sign_in(link=link)) == (200, 401)
    assert admin.rpc("CreateUser", {"name": "kim", "role": "ROLE_VIEWER", "password": PASSWORD})[0] == 200

    status, headers, told = viewer.ask("/session", {"user": "kim", "password": PASSWORD})

    assert (status, told) == (200, {"id": "kim", "role": "viewer"})
    assert re.fullmatch(
        f"{COOKIE}=[0-9a-f]{{16}}_[a-z0-9_-]{{43}}; path=/; max-age=2592000; secure; httponly; samesite=strict".lower(),
        headers["set-cookie"],
    )
    for http in ("--http1.1", "--http2"):
        viewer.http = http
        own = f"origin: {fleet.url}"
        assert viewer.rpc("GetCaller", {}, own)[1]["id"] == "kim"
        assert viewer.rpc("GetCaller", {}, "sec-fetch-site: same-origin")[0] == 200
        for foreign in ("origin: https://evil.test", "sec-fetch-site: cross-site", "sec-fetch-site: same-site"):
            refused, error = viewer.rpc("GetCaller", {}, foreign)
            assert (refused, error["code"]) == (403, "permission_denied")
        refused, error = viewer.rpc("Deploy", {"requestId": "1", "services": ["web"]}, own)
        assert (refused, error["message"]) == (403, "the role viewer may not call this")
    assert viewer.ask("/session", {}, method="DELETE")[0] == 204
    assert viewer.rpc("GetCaller", {})[0] == 401
    assert COOKIE not in viewer.jar.read_text(), "the browser has dropped it"


def test_wrong_ones_are_told_apart_from_nothing_and_then_have_to_wait(fleet: Fleet, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    fleet.cli("user", "add", "ada", "--role", "admin", "--password-file", str(tmp_path / "password"))
    browser = Browser(fleet=fleet, jar=tmp_path / "jar")

    answers = [browser.ask("/session", {"user": name, "password": "wrong"}) for name in ("ada", "bob") * 5]
    status, headers, told = browser.ask("/session", {"user": "ada", "password": PASSWORD})

    assert {(code, json.dumps(error)) for code, _, error in answers} == {
        (
            401,
            json.dumps({"code": "unauthenticated", "message": "name or password is wrong", "where": "", "hint": ""}),
        )
    }
    if status != 200:  # a busy machine may have taken the second that is to be waited
        assert (status, told["code"], int(headers["retry-after"]) > 0) == (429, "too_often", True)


def test_what_is_open_ends_with_its_session(fleet: Fleet, tmp_path: Path) -> None:
    browser = Browser(fleet=fleet, jar=tmp_path / "jar")
    token = (fleet.server_data / "admin.token").read_text().strip()

    def ends(how: str) -> Any:
        assert browser.sign_in(token=token) == 200
        (session,) = browser.rpc("ListSessions", {})[1]["sessions"]
        with browser.watch() as watching:
            match how:
                case "ended":
                    other = Browser(fleet=fleet, jar=tmp_path / "other.jar")
                    assert other.sign_in(token=token) == 200
                    assert other.rpc("EndSession", {"session": session["id"]})[0] == 200
                    assert other.ask("/session", {}, method="DELETE")[0] == 204
                case "signed out":
                    assert browser.ask("/session", {}, method="DELETE")[0] == 204
                case "token revoked":
                    fleet.cli("token", "revoke", token.split("_")[1])
            while "error" not in (message := read_envelope(watching)):
                pass
        return message["error"]["code"], message["error"]["message"]

    assert [ends(how) for how in ("ended", "signed out", "token revoked")] == [
        ("unauthenticated", "this session was ended"),
        ("unauthenticated", "you have signed out"),
        ("unauthenticated", "the token was revoked"),
    ]


def test_whoever_is_signed_in_stays_so_when_the_server_is_killed(fleet: Fleet, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    fleet.cli("user", "add", "ada", "--role", "admin", "--password-file", str(tmp_path / "password"))
    browser, other = (Browser(fleet=fleet, jar=tmp_path / name) for name in ("jar", "other.jar"))
    assert browser.sign_in(user="ada", password=PASSWORD) == 200
    link = fleet.ask("web")["url"].partition("#")[2]
    before = first_link(fleet)

    fleet.kill("server")
    fleet.start_server()

    assert browser.rpc("GetCaller", {})[1]["id"] == "ada"
    assert other.sign_in(link=link) == 200
    assert other.sign_in(link=link) == 401
    assert first_link(fleet) == before, "there is a user: nobody signs in first any more"
    log = (tmp_path / "server.log").read_text()
    assert not [secret for secret in (link, before, PASSWORD) if secret in log]


def test_another_start_makes_the_first_link_anew_until_one_was_used(fleet: Fleet, tmp_path: Path) -> None:
    old = first_link(fleet)
    fleet.kill("server")
    fleet.start_server()
    new = first_link(fleet)
    browser = Browser(fleet=fleet, jar=tmp_path / "jar")

    assert (browser.sign_in(link=old), browser.sign_in(link=new)) == (401, 200)
    assert (fleet.server_data / "first-sign-in").stat().st_mode & 0o777 == 0o600

    fleet.kill("server")
    fleet.start_server()
    assert first_link(fleet) == ""


def test_a_terminal_shows_the_first_link_and_no_file_holds_it(tmp_path: Path) -> None:
    made = Fleet(directory=tmp_path)
    made.write("web", "services: {main: {image: busybox}}\n", "n1")
    made.commit()
    data = ("--data", str(made.server_data), "--listen", "127.0.0.1:0", "--repo", str(made.repo))
    with terminal(*COMMAND, "server", *data, environment={**os.environ, "NO_COLOR": "1"}, columns=200) as shown:
        shown.until(b"Composia answers at ")
        made.url = shown.until(b"\r\n").decode()
        shown.until(b"  web    ")
        address, _, secret = shown.until(b"\r\n").decode().partition("#")

        assert address == f"{made.url}/sign-in"
        assert not (made.server_data / "first-sign-in").exists()
        assert Browser(fleet=made, jar=tmp_path / "jar").sign_in(link=secret) == 200


def test_a_terminal_asks_twice_for_a_password_and_shows_it_not(fleet: Fleet, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "COMPOSIA_SERVER": fleet.url,
        "COMPOSIA_TOKEN": (fleet.server_data / "admin.token").read_text().strip(),
        "COMPOSIA_CA": str(fleet.server_data / "ca.pem"),
    }
    with terminal(*COMMAND, "user", "add", "ada", "--role", "admin", environment=environment) as person:
        for once, again in ((PASSWORD, "correct house"), (PASSWORD, PASSWORD)):
            person.until(b"Password: ")
            person.types(f"{once}\n".encode())
            person.until(b"The same again: ")
            person.types(f"{again}\n".encode())
            if once != again:
                assert b"correct" not in person.until(b"do not match")
        assert person.ended() == 0
        assert b"added ada (admin)" in person.screen
        assert b"correct" not in person.screen

    assert Browser(fleet=fleet, jar=tmp_path / "jar").sign_in(user="ada", password=PASSWORD) == 200
