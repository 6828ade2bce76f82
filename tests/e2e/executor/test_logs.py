"""Logs of containers of a real engine, held to the contract, and what only a real engine has."""

from collections.abc import Callable
from contextlib import aclosing
from typing import TypeAlias

import anyio
import anyio.to_thread
import pytest

from composia.errors import NotPossible, Unavailable
from composia.plugins.testing.executor_bench import Bench
from composia.plugins.testing.executor_logs import LogContract, read
from tests.e2e.lifetime import Own, Run
from tests.e2e.testbed.engine import Engine

MIB = 1 << 20
Printed: TypeAlias = Callable[..., str]


@pytest.mark.engine
class TestLogs(LogContract):
    pass


@pytest.mark.engine
class TestRealLogs:
    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.mark.parametrize(
        ("driver", "first"),
        [
            ("local", b"\xff\xfe\0 broken\r"),
            ("json-file", "\ufffd\ufffd\0 broken\r".encode()),
        ],  # JSON has no other bytes
    )
    async def test_any_bytes_and_lines_of_any_length_come_as_the_log_has_them(
        self, bench: Bench, printed: Printed, driver: str, first: bytes
    ) -> None:
        script = (
            "printf '\\377\\376\\000 broken\\r\\n';"
            "head -c 100000 /dev/zero | tr '\\0' x; echo;"
            "head -c 2500000 /dev/zero | tr '\\0' y; echo;"
            "head -c 1048576 /dev/zero | tr '\\0' z; echo; printf end"
        )
        id_ = printed(script, "--log-driver", driver)
        async with bench.opened() as executor:
            lines = await read(executor, id_)

        assert [(len(line.data), line.partial) for line in lines] == [
            (len(first), False),
            (100_000, False),
            (MIB, True),
            (MIB, True),
            (2_500_000 - 2 * MIB, False),
            (MIB, False),
            (3, False),
        ]
        assert lines[0].data == first
        assert {bytes({*line.data}) for line in lines[1:-1]} == {b"x", b"y", b"z"}
        assert lines[-1].data == b"end"

    async def test_a_terminals_log_is_one_stream_of_whole_lines(self, bench: Bench, printed: Printed) -> None:
        id_ = printed("echo one; echo two >&2; head -c 40000 /dev/zero | tr '\\0' x; echo", "--tty")
        async with bench.opened() as executor:
            lines = await read(executor, id_)

        assert [line.data for line in lines] == [b"one", b"two", b"x" * 40_000]

    @pytest.mark.parametrize("driver", ["local", "json-file"])
    async def test_a_hundred_thousand_lines_come_once_and_in_order_also_when_read_on(
        self, bench: Bench, printed: Printed, driver: str
    ) -> None:
        id_ = printed("seq 100000", "--log-driver", driver)
        async with bench.opened() as executor:
            lines = await read(executor, id_)
            middle = lines[50_000].at_ns
            rest = await read(executor, id_, since_ns=middle)

        assert [line.data for line in lines] == [b"%d" % n for n in range(1, 100_001)]
        assert rest == [line for line in lines if line.at_ns >= middle]

    async def test_another_log_driver_is_not_possible_and_says_which_are(self, bench: Bench, printed: Printed) -> None:
        id_ = printed("echo hidden", "--log-driver", "none")
        async with bench.opened() as executor:
            with pytest.raises(NotPossible, match="cannot be read") as refused:
                await read(executor, id_)

        assert "none" in refused.value.hint
        assert "json-file" in refused.value.hint

    async def test_an_engine_that_goes_away_breaks_a_follower(self, bench: Bench, engine_a: Engine, run: Run) -> None:
        id_ = run(engine_a, "spam", "--env", "EVERY=0.05")
        async with bench.opened() as executor, aclosing(executor.logs(id_, follow=True)) as log:
            await anext(log)
            await anyio.to_thread.run_sync(engine_a.kill)
            with pytest.raises(Unavailable), anyio.fail_after(20):
                async for _ in log:
                    pass

    @pytest.fixture
    def printed(self, engine_a: Engine, image: str, owned: Own) -> Printed:
        """Run a script to its end in a container, with options of `docker run`, and return the container's id."""

        def start(script: str, *options: str) -> str:
            label = f"--label=com.docker.compose.project={owned(engine_a, 'printed')}"
            id_ = engine_a.docker("run", "--detach", label, *options, image, "/bin/sh", "-c", script)
            engine_a.docker("wait", id_)
            return id_

        return start
