"""Git over ssh with the real sshd: keys and hosts from the configuration alone, and nobody is trusted on first sight."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from composia.builtin_plugins import git
from composia.clock import ManualClock
from composia.core.revision import RepositoryState
from composia.plugins import Context
from composia.plugins.source import Source
from composia.plugins.testing.source import BranchContract, SyncContract
from composia.plugins.testing.source_files import ONE, TWO, content, synced
from tests.builtin_plugins.git.bench import PathBench
from tests.builtin_plugins.git.sshd import SshServer, make_key

pytestmark = [
    pytest.mark.anyio,
    # what dulwich leaves to Python when ssh hangs up
    pytest.mark.filterwarnings("ignore:unclosed Protocol"),
]


class SshBench(PathBench):
    """A repository behind sshd."""

    def __init__(self, root: Path, *, accepts_protocol: bool = True) -> None:
        super().__init__(root)
        self.server = SshServer(root / "ssh", accepts_protocol=accepts_protocol)
        self.server.start()
        self.key = self.server.key

    def config(self) -> git.GitConfig:
        return git.GitConfig(
            url=self.server.url(self.repository.path),
            ssh_key_file=str(self.key),
            known_hosts_file=str(self.server.known_hosts),
            timeout_s=60,
        )

    def leave(self) -> None:
        self.server.stop()

    def come_back(self) -> None:
        self.server.start()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SshBench]:
    bench = SshBench(tmp_path)
    yield bench
    bench.server.stop()


class TestSsh(SyncContract, BranchContract):
    """A repository behind sshd."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[SshBench]:
        bench = SshBench(tmp_path)
        yield bench
        bench.server.stop()


@asynccontextmanager
async def opened(bench: SshBench, **more: str) -> AsyncIterator[Source]:
    """A source with another configuration."""
    config = msgspec.structs.replace(bench.config(), **more)
    source = await git.composia_source().open(config, Context(data=bench.data, clock=ManualClock()))
    try:
        yield source
    finally:
        await source.close()


async def state(bench: SshBench, **more: str) -> RepositoryState:
    """What one sync finds."""
    async with opened(bench, **more) as source:
        return await source.sync(1)


async def test_a_host_that_does_not_pass_the_protocol_on_is_spoken_to_in_the_old_one(tmp_path: Path) -> None:
    bench = SshBench(tmp_path, accepts_protocol=False)
    bench.write(ONE)
    try:
        async with opened(bench) as source:
            await synced(source)
            bench.write(TWO)
            assert await content(await source.snapshot((await synced(source)).head)) == TWO
    finally:
        bench.server.stop()


async def test_a_key_that_the_host_does_not_know_is_refused_and_so_is_one_that_needs_a_passphrase(
    bench: SshBench, tmp_path: Path
) -> None:
    bench.write(ONE)
    for key in (make_key(tmp_path / "stranger"), make_key(tmp_path / "locked", passphrase="not for machines")):
        found = await state(bench, ssh_key_file=str(key))
        hint = f"give the host the public half of {key}, and let that file have no passphrase"
        assert (found.head, found.error) == ("", f"the host refuses the key and the user; {hint}")


async def test_a_host_that_nobody_has_written_down_is_refused_and_not_learnt(bench: SshBench) -> None:
    bench.write(ONE)
    bench.server.known_hosts.write_text("")
    for _ in range(2):
        found = await state(bench)
        assert found.head == ""
        assert found.error.startswith("the host's key is not known; compare what ssh-keyscan prints ")
        assert found.error.endswith(f"put it into {bench.server.known_hosts}")
    assert bench.server.known_hosts.read_text() == ""


async def test_a_host_with_another_key_than_before_is_refused_until_it_is_written_down(bench: SshBench) -> None:
    bench.write(ONE)
    async with opened(bench) as source:
        good = await synced(source)
        bench.leave()
        bench.server.change_host_key()
        bench.come_back()
        bench.write(TWO)
        found = await source.sync(2)
        hint = f"somebody may be in between; if the host was renewed, replace its line in {bench.server.known_hosts}"
        assert found.error == f"the host shows another key than the known one; {hint}"
        assert (found.head, found.synced_ms) == (good.head, good.synced_ms)
        bench.server.trust()
        assert await content(await source.snapshot((await synced(source)).head)) == TWO


async def test_a_key_file_that_ssh_would_pass_over_is_named(bench: SshBench, tmp_path: Path) -> None:
    bench.write(ONE)
    gone = tmp_path / "gone"
    assert (await state(bench, ssh_key_file=str(gone))).error == (
        f"{gone}: ssh_key_file cannot be read: no such file or directory; correct source.ssh_key_file"
    )
    assert (await state(bench, known_hosts_file=str(gone))).error == (
        f"{gone}: known_hosts_file cannot be read: no such file or directory; correct source.known_hosts_file"
    )
    bench.key.chmod(0o644)
    assert (await state(bench)).error == (
        f"{bench.key}: others may read this ssh_key_file (mode 644), so ssh does not use it; chmod 600 {bench.key}"
    )


async def test_a_repository_that_is_not_there_is_said(bench: SshBench) -> None:
    found = await state(bench, url=bench.server.url(bench.root / "none"))
    assert found.error == "there is no Git repository; check url; some hosts say so also to a key that may not read it"


async def test_a_host_that_is_away_or_has_no_address_is_said(bench: SshBench) -> None:
    found = await state(bench, url="ssh://git@nowhere.invalid/services")
    assert found.error == "the host is not found; check url and the name servers of this machine"
    bench.leave()
    assert (await state(bench)).error == "connection refused; check url and its port"
    bench.come_back()


async def test_a_machine_without_ssh_is_told_what_to_install(bench: SshBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert (await state(bench)).error == "there is no ssh on this machine; install openssh-client, or use https://…"
