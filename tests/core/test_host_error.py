"""What a host's system refuses is told with the whole place and with what would be right."""

import errno
import os

import pytest

from composia.core.host_error import host_error


@pytest.mark.parametrize(
    ("number", "name", "told", "hint"),
    [
        (errno.ENOSPC, None, "/srv/web: no space left on device", "make room on that disk"),
        (errno.EDQUOT, None, "/srv/web: disk quota exceeded", "raise the quota of the agent's user, or make room"),
        (
            errno.EROFS,
            "compose.yaml",
            "/srv/web/compose.yaml: read-only file system",
            "mount it writable; after an error of the disk Linux makes it read-only by itself",
        ),
        (errno.EACCES, "/srv", "/srv: permission denied", "let the agent's user write there"),
        (errno.ETXTBSY, "run", "/srv/web/run: text file busy", "see to it on the node, then try again"),
    ],
)
def test_it_names_the_place_and_what_helps(number: int, name: str | None, told: str, hint: str) -> None:
    error = host_error(OSError(number, os.strerror(number), name), "/srv/web")

    assert (error.code, str(error), error.hint) == ("not_possible", told, hint)
