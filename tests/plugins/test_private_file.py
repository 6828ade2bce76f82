"""Private files: one writer at a time, whoever goes away while one is written."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType

import anyio
import pytest

from composia.builtin_plugins.sessions import store as sessions
from composia.builtin_plugins.tokens import store as tokens
from composia.clock import ManualClock
from composia.core.principal import Role
from composia.plugins.private_file import put_to_its_end
from composia.plugins.testing.auth_users import TOKEN, VISITOR

pytestmark = pytest.mark.anyio

Change = Callable[[], Awaitable[object]]


def tokens_in(file: Path) -> Change:
    kept = tokens.Tokens(file, ManualClock())
    return lambda: kept.create(Role.ADMIN, node="", by="ada")


def sessions_in(file: Path) -> Change:
    kept = sessions.Accounts(file, ManualClock(), sessions.Lifetime(idle_ms=86_400_000, longest_ms=86_400_000))
    return lambda: kept.begin_by_token(TOKEN, VISITOR)


@pytest.mark.parametrize(
    ("module", "writer", "kept_in"), [(tokens, "write_entries", tokens_in), (sessions, "write_kept", sessions_in)]
)
async def test_whoever_is_cancelled_while_the_file_is_written_keeps_others_from_it_until_it_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    writer: str,
    kept_in: Callable[[Path], Change],
) -> None:
    write = getattr(module, writer)
    begun, go, writing, most = threading.Event(), threading.Event(), 0, 0

    def slowly(file: Path, content: object) -> None:
        nonlocal writing, most
        writing += 1
        most = max(most, writing)
        begun.set()
        go.wait(60)
        write(file, content)
        writing -= 1

    change = kept_in(tmp_path / "private.json")
    monkeypatch.setattr(module, writer, slowly)
    first = asyncio.ensure_future(change())
    assert await asyncio.to_thread(begun.wait, 60)
    begun.clear()
    first.cancel()
    others = [asyncio.ensure_future(change()) for _ in range(2)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert not await asyncio.to_thread(begun.wait, 0.05), "another one writes"
    go.set()
    await asyncio.gather(*others)

    assert most == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_whoever_runs_out_of_time_while_the_file_is_written_waits_for_it_too() -> None:
    let_go, put = asyncio.Event(), []

    async def slowly() -> None:
        await let_go.wait()
        put.append(1)

    asyncio.get_running_loop().call_later(0.05, let_go.set)
    with anyio.move_on_after(0.01) as scope:  # cancels at each wait
        await put_to_its_end(slowly())

    assert (put, scope.cancelled_caught) == ([1], True)
