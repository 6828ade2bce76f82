"""The token of a repository: read from its file each time, and shown to nobody else."""

from contextlib import suppress
from pathlib import Path

import pytest

from composia.builtin_plugins import git
from composia.plugins.testing.source_files import ONE, opened, synced
from tests.builtin_plugins.git.bench import HttpBench, open_source, trouble
from tests.builtin_plugins.git.http import Answer, Request, WebServer

pytestmark = pytest.mark.anyio


async def test_credentials_that_are_missing_or_wrong_are_said(web: HttpBench, tmp_path: Path) -> None:
    url = f"{web.server.url}/services"
    assert await trouble(tmp_path, url) == "credentials are asked for; set token_file"
    web.lock_out()
    assert (
        await trouble(tmp_path, url, token_file=str(web.token_file))
        == "the credentials are refused; check the token and username"
    )


async def test_a_token_file_that_cannot_be_used_is_said(web: HttpBench, tmp_path: Path) -> None:
    url = f"{web.server.url}/services"
    hint = "token_file holds the token and nothing else"
    for name, written, problem in (
        ("none", None, "cannot be read: no such file or directory"),
        ("empty", b"\n", "is empty"),
        ("binary", b"\xff\xfe", "is no text"),
        ("lines", b"one\ntwo\n", "has more than one line"),
    ):
        file = tmp_path / name
        if written is not None:
            file.write_bytes(written)
        assert await trouble(tmp_path, url, token_file=str(file)) == f"{file}: the token file {problem}; {hint}"


async def test_a_token_that_everybody_may_read_is_warned_of_once_and_again_after_it_was_closed(
    web: HttpBench, caplog: pytest.LogCaptureFixture
) -> None:
    web.write(ONE)
    async with opened(web) as source:
        for mode, warnings in ((0o640, 0), (0o644, 1), (0o644, 1), (0o600, 1), (0o644, 2)):
            web.token_file.chmod(mode)
            await synced(source)
            found = [record for record in caplog.records if record.message == "token file readable by everybody"]
            assert (len(found), [vars(record)["path"] for record in found]) == (
                warnings,
                [str(web.token_file)] * warnings,
            )


async def test_a_token_is_read_again_at_each_sync(web: HttpBench) -> None:
    web.write(ONE)
    async with opened(web) as source:
        web.lock_out()
        assert (await source.sync(1)).error
        web.token_file.write_text(web.token)
        await synced(source)


async def test_a_token_is_in_no_command_line_and_no_environment_while_it_is_used(
    web: HttpBench, tmp_path: Path
) -> None:
    web.write(ONE)
    seen: list[bytes] = []

    def watched(request: Request) -> Answer:
        for name in ("cmdline", "environ"):
            for file in Path("/proc").glob(f"[0-9]*/{name}"):
                with suppress(OSError):  # it has ended, or is another user's
                    seen.append(file.read_bytes())
        return web.host(request)

    with WebServer(watched).running() as server:
        config = git.GitConfig(url=f"{server.url}/services", token_file=str(web.token_file))
        source = await open_source(tmp_path, config)
        await synced(source)
        await source.close()
    assert any(b"pytest" in text for text in seen)
    assert not any(web.token.encode() in text for text in seen)
