"""A control plane for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.followed import Followed
from tests.server.world import World, make_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with make_world(tmp_path) as made:
        yield made


@pytest.fixture
async def followed(tmp_path: Path) -> AsyncIterator[Followed]:
    followed = Followed(tmp_path)
    await followed.open()
    yield followed
    await followed.source.close()
