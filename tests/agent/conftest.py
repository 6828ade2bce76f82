"""What holds for the agent's tests."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """The agent runs on asyncio."""
    return "asyncio"
