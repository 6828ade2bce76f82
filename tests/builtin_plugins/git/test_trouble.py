"""What can be wrong on the way to a repository, and how it reads: never an exception, never a secret."""

import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from composia.builtin_plugins import git
from composia.clock import SystemClock
from composia.errors import Invalid, NotPossible
from composia.plugins.testing.source_files import ONE, TWO, content, synced
from composia.server.certificates import ensure_certificates
from tests.builtin_plugins.git.bench import HttpBench, PathBench, open_source, trouble
from tests.builtin_plugins.git.http import Answer, GitHost, Request, WebServer

pytestmark = pytest.mark.anyio

ADVERTISED = "application/x-git-upload-pack-advertisement"


async def test_a_repository_that_is_not_there_is_said(bench: PathBench, tmp_path: Path) -> None:
    assert await trouble(tmp_path, str(tmp_path / "none")) == "there is no Git repository; check url"
    with WebServer(GitHost(bench.root)).running() as server:
        assert await trouble(tmp_path, f"{server.url}/none") == "there is no Git repository; check url"


async def test_an_empty_repository_is_said(bench: PathBench, tmp_path: Path) -> None:
    assert await trouble(tmp_path, str(bench.repository.path)) == "the repository is empty; push branch main"
    with WebServer(GitHost(bench.root)).running() as server:
        assert await trouble(tmp_path, f"{server.url}/services") == "the repository is empty; push branch main"


async def test_a_clone_that_lacks_something_is_said_with_what_helps(bench: PathBench, tmp_path: Path) -> None:
    """It is tried again and again, so it must not be an exception either."""
    for files in (ONE, TWO):
        bench.write(files)
    origin = bench.repository
    origin.git("config", "uploadpack.allowFilter", "true")
    for name, option in (("shallow", "--depth=1"), ("partial", "--filter=blob:none")):
        origin.git("clone", "-q", option, f"file://{origin.path}", str(tmp_path / name))
    shallow = "it is a shallow clone, which lacks older commits; git fetch --unshallow there"
    assert await trouble(tmp_path, str(tmp_path / "shallow")) == shallow
    full = "give the repository that it was cloned from, or a full clone"
    partial = f"it is a partial clone, which lacks files of older commits; {full}"
    assert await trouble(tmp_path, str(tmp_path / "partial")) == partial
    config = origin.path / ".git" / "config"
    before = config.read_text()
    for version, more, said in (
        (2, "", "its format is unknown here: repositoryformatversion 2"),
        (1, "[extensions]\nfromTheFuture = true\n", "it uses an extension of Git that is unknown here: fromTheFuture"),
    ):
        config.write_text(f"{before}[core]\nrepositoryformatversion = {version}\n{more}")
        assert await trouble(tmp_path, str(origin.path)) == f"{said}; {full}"


async def test_a_branch_that_is_not_there_is_said_with_those_that_are(bench: PathBench, tmp_path: Path) -> None:
    bench.write(ONE)
    url = str(bench.repository.path)
    assert await trouble(tmp_path, url, branch="mein") == "there is no branch mein; did you mean main?"
    assert await trouble(tmp_path, url, branch="xyz") == "there is no branch xyz; known: main"


async def test_a_host_that_refuses_and_one_that_is_silent_are_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert await trouble(tmp_path, f"http://127.0.0.1:{port}/x", timeout_s=0.2) == (
            "no answer within 0.2 s; check url and the network, or raise timeout_s"
        )
    assert await trouble(tmp_path, f"http://127.0.0.1:{port}/x") == "connection refused; check url and its port"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(headers={"Content-Type": "text/html"}, pieces=[b"<!DOCTYPE html>\n<p>Sign in</p>\n"]),
        Answer(headers={"Content-Type": ADVERTISED}, pieces=[]),
        Answer(headers={"Content-Type": ADVERTISED}, pieces=[b"zzzz"]),
        Answer(headers={"Content-Type": ADVERTISED}, pieces=[b"0000"]),
        Answer(headers={"Content-Type": ADVERTISED}, pieces=[b"001e# service=git-upload-pack\n0000"]),
        Answer(headers={"Content-Type": ADVERTISED}, pieces=[b"000eversion 9\n0000"]),
        Answer(headers={"Content-Type": ADVERTISED}, pieces=[b"000eversion 2\n0000"]),
        Answer(headers={"Content-Type": ADVERTISED}, pieces=[b"fff0version 2\n"]),
        Answer(headers={"Content-Type": ADVERTISED, "Content-Encoding": "gzip"}, pieces=[b"no gzip"]),
        Answer(headers={"Content-Length": "99"}, pieces=[b"cut short"]),
        Answer(status=500),
        Answer(status=302),
        Answer(status=302, headers={"Location": "http://["}),
        Answer(status=302, headers={"Location": "/elsewhere"}),
        Answer(status=407),
    ],
)
async def test_what_does_not_speak_git_is_said(answer: Answer, tmp_path: Path) -> None:
    with WebServer(lambda _request: answer).running() as server:
        assert await trouble(tmp_path, f"{server.url}/x")


@pytest.mark.parametrize("keep", [0, 1, 50, 200, -20, -1])
async def test_a_fetch_that_breaks_off_is_said_and_the_next_one_brings_everything(
    bench: PathBench, tmp_path: Path, keep: int
) -> None:
    bench.write(ONE)
    host = GitHost(bench.root)
    broken = True

    def answer(request: Request) -> Answer:
        good = host(request)
        if broken and b"command=fetch" in request.body:
            return Answer(headers=good.headers, pieces=[b"".join(good.pieces)[:keep]])
        return good

    with WebServer(answer).running() as server:
        source = await open_source(tmp_path, git.GitConfig(url=f"{server.url}/services", timeout_s=60))
        state = await source.sync(1)
        assert (state.head, bool(state.error)) == ("", True)
        broken = False
        assert await content(await source.snapshot((await synced(source)).head)) == ONE
        await source.close()


@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.Spooled:ResourceWarning")  # dulwich leaves it to Python
@pytest.mark.parametrize("command", ["command=fetch", "command=ls-refs", "hello"])
@pytest.mark.parametrize("change", ["flip", "cut out", "put in"])
async def test_an_answer_with_any_mistake_in_it_is_said_or_harmless(
    bench: PathBench, tmp_path: Path, command: str, change: str
) -> None:
    bench.write(ONE)
    host = GitHost(bench.root)
    good: dict[bytes, Answer] = {}
    place = 0
    was_long_enough = True

    def answer(request: Request) -> Answer:
        nonlocal was_long_enough
        found = good.get(request.body) or good.setdefault(request.body, host(request))
        if (command == "hello") != (request.body == b"") or (request.body and command.encode() not in request.body):
            return found
        data = bytearray(b"".join(found.pieces))
        was_long_enough = place < len(data)
        if was_long_enough and change == "flip":
            data[place] ^= 0x15
        elif change == "cut out":
            del data[place : place + 5]
        else:
            data[place:place] = b"0008none"
        return Answer(headers=found.headers, pieces=[bytes(data)])

    with WebServer(answer).running() as server:
        while was_long_enough:
            config = git.GitConfig(url=f"{server.url}/services", timeout_s=60)
            source = await open_source(tmp_path / str(place), config)
            state = await source.sync(1)
            if not state.error:
                assert await content(await source.snapshot(state.head)) == ONE
            await source.close()
            place += 9
    assert place > 50


async def test_names_of_branches_that_would_leave_the_clone_are_not_taken(bench: PathBench, tmp_path: Path) -> None:
    bench.write(ONE)
    host = GitHost(bench.root)
    victim = tmp_path / "data" / "victim"

    def answer(request: Request) -> Answer:
        good = host(request)
        if b"command=ls-refs" not in request.body:
            return good
        line = f"{bench.repository.head} refs/heads/../../../victim\n".encode()
        return Answer(headers=good.headers, pieces=[f"{len(line) + 4:04x}".encode() + line, *good.pieces])

    with WebServer(answer).running() as server:
        source = await open_source(tmp_path, git.GitConfig(url=f"{server.url}/services"))
        victim.write_text("mine")
        await synced(source)
        await source.close()
    assert victim.read_text() == "mine"


async def test_a_certificate_of_an_own_ca_is_trusted_by_its_file_only(bench: PathBench, tmp_path: Path) -> None:
    bench.write(ONE)
    files = ensure_certificates(tmp_path, ("127.0.0.1",), SystemClock())
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(files.certificate, files.key)
    with WebServer(GitHost(bench.root), tls).running() as server:
        url = f"{server.url}/services"
        assert (await trouble(tmp_path, url)).startswith("the certificate is not trusted: ")
        missing, garbage = tmp_path / "none.pem", tmp_path / "garbage.pem"
        said = await trouble(tmp_path, url, ca_file=str(missing))
        assert said == f"{missing}: there is no such ca_file; correct source.ca_file"
        garbage.write_text("garbage")
        said = await trouble(tmp_path, url, ca_file=str(garbage))
        assert said == "there is no certificate in ca_file; it has to be in PEM form"
        said = await trouble(tmp_path, url, ca_file=str(ensure_certificates(tmp_path / "other", (), SystemClock()).ca))
        assert said.startswith("the certificate is not trusted: ")
        said = await trouble(tmp_path, url.replace("127.0.0.1", "localhost"), ca_file=str(files.ca))
        assert said.startswith("the certificate is of another host: ")
        source = await open_source(tmp_path, git.GitConfig(url=url, ca_file=str(files.ca)))
        await synced(source)
        await source.close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            Answer(headers={"Content-Type": "text/html"}, pieces=[b"<!DOCTYPE html>\n<p>Sign in</p>\n"]),
            "a web page answers; check url; it is the one that git clone takes",
        ),
        (
            Answer(headers={"Content-Type": "application/json"}, pieces=[b"{}"]),
            "what answers is no Git repository; check url; it is the one that git clone takes",
        ),
        (
            Answer(status=302, headers={"Location": "/login"}),
            "the host leads away from the repository, as to a page to sign in; check url, and set token_file",
        ),
        (
            Answer(status=403),
            "the host forbids it (http 403); the token may lack the right to read, or the address is wrong",
        ),
        (Answer(status=404), "there is no Git repository; check url"),
        (Answer(status=503), "the host answers with http 503; it is tried again"),
        (
            Answer(headers={"Content-Type": ADVERTISED}, pieces=[]),
            "the host hung up; check url: it may be https and not http, or another port",
        ),
    ],
)
async def test_what_answers_in_place_of_git_is_said_with_what_helps(answer: Answer, said: str, tmp_path: Path) -> None:
    with WebServer(lambda _request: answer).running() as server:
        assert await trouble(tmp_path, f"{server.url}/x") == said


async def test_a_page_to_sign_in_behind_a_redirect_is_said(tmp_path: Path) -> None:
    def sign_in(request: Request) -> Answer:
        if request.path == "/login":
            return Answer(headers={"Content-Type": "text/html"}, pieces=[b"<p>Sign in</p>"])
        return Answer(status=302, headers={"Location": "/login"})

    with WebServer(sign_in).running() as server:
        said = await trouble(tmp_path, f"{server.url}/x")
    assert said == "the host leads away from the repository, as to a page to sign in; check url, and set token_file"


async def test_a_host_that_has_no_address_is_said(tmp_path: Path) -> None:
    said = await trouble(tmp_path, "https://nowhere.invalid/x")
    assert said == "the host is not found; check url and the name servers of this machine"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_https_is_not_http(tmp_path: Path) -> None:
    with WebServer(lambda _request: Answer()).running() as server:
        said = await trouble(tmp_path, f"{server.url.replace('http:', 'https:')}/x")
    assert said == "the host does not speak https there; check url; http://… has no TLS"


async def test_a_redirect_is_followed_and_the_token_goes_to_its_own_host_alone(web: HttpBench, tmp_path: Path) -> None:
    web.write(ONE)

    def redirect(request: Request) -> Answer:
        assert request.headers["authorization"]
        return Answer(status=301, headers={"Location": f"{web.server.url}{request.path}?{request.query}"})

    token_file = str(web.token_file)
    with WebServer(redirect).running() as old_host:
        assert (
            await trouble(tmp_path, f"{old_host.url}/services", token_file=token_file)
            == "the credentials are refused; check the token and username"
        )
    assert [request.headers.get("authorization") for request in web.server.requests] == [None]
    web.host.credentials = ""
    with WebServer(redirect).running() as old_host:
        source = await open_source(tmp_path, git.GitConfig(url=f"{old_host.url}/services", token_file=token_file))
        assert await content(await source.snapshot((await synced(source)).head)) == ONE
        await source.close()
    assert {request.headers.get("authorization") for request in web.server.requests} == {None}


@pytest.mark.parametrize(
    ("key", "config"),
    [
        ("url", git.GitConfig(url="")),
        ("url", git.GitConfig(url="ftp://example.org/x")),
        ("url", git.GitConfig(url="http://[::1/x")),
        ("branch", git.GitConfig(url="/x", branch="")),
        ("branch", git.GitConfig(url="/x", branch="a..b")),
        ("timeout_s", git.GitConfig(url="/x", timeout_s=0)),
    ],
)
async def test_a_configuration_that_cannot_work_is_refused_at_once(
    tmp_path: Path, key: str, config: git.GitConfig
) -> None:
    with pytest.raises(Invalid) as error:
        await open_source(tmp_path, config)
    assert error.value.where == f"source.{key}"


async def test_a_data_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(NotPossible, match="the clone cannot be made"):
        await open_source(tmp_path, git.GitConfig(url="/x"))


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """An ssh that notes what it is told, and runs the command here."""
    said = tmp_path / "said"
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {said}\nfor last; do :; done\nexec sh -c "$last"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return lambda: said.read_text().splitlines()


async def test_ssh_is_the_hosts_own_and_never_asks_nor_trusts_a_stranger(
    bench: PathBench, tmp_path: Path, ssh: Callable[[], list[str]]
) -> None:
    bench.write(ONE)
    key, hosts = tmp_path / "key", tmp_path / "hosts"
    key.touch(mode=0o600)
    hosts.touch()
    config = git.GitConfig(
        url=f"ssh://git@git.example.org:2222{bench.repository.path}",
        ssh_key_file=str(key),
        known_hosts_file=str(hosts),
        timeout_s=30,
    )
    source = await open_source(tmp_path, config)
    assert await content(await source.snapshot((await synced(source)).head)) == ONE
    await source.close()
    assert ssh()[:-1] == [
        *("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=30"),
        *("-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3"),
        *("-o", f"UserKnownHostsFile={hosts}"),
        *("-o", "IdentitiesOnly=yes", "-o", f"IdentityFile={key}"),
        *("-x", "-p", "2222", "-o", "SetEnv GIT_PROTOCOL=version=2", "git@git.example.org"),
    ]


@pytest.mark.filterwarnings("ignore:unclosed Protocol")
@pytest.mark.usefixtures("ssh")
async def test_what_ssh_says_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "bin" / "ssh").write_text("#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 255\n")
    assert await trouble(tmp_path, "git@git.example.org:team/services") == (
        "the host refuses the key and the user; set ssh_key_file"
    )
    (tmp_path / "bin" / "ssh").write_text("#!/bin/sh\necho 'what nobody expected' >&2\nexit 255\n")
    assert await trouble(tmp_path, "git@git.example.org:team/services") == "what nobody expected"
