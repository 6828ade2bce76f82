"""What the operating system refuses is told with the whole place and with what would be right."""

import errno
import os

import pytest

from composia.errors import of_the_system


@pytest.mark.parametrize(
    ("number", "name", "code", "told", "hint"),
    [
        (errno.ENOSPC, None, "unavailable", "/srv/web: no space left on device", "make room on that disk"),
        (errno.EDQUOT, None, "unavailable", "/srv/web: disk quota exceeded", "make room within that quota"),
        (
            errno.EROFS,
            "compose.yaml",
            "not_possible",
            "/srv/web/compose.yaml: read-only file system",
            "mount it writable, or use another place",
        ),
        (
            errno.EACCES,
            b"/srv",
            "not_possible",
            "/srv: permission denied",
            "run as the user that owns it, or change its rights",
        ),
        (errno.ETXTBSY, "run", "not_possible", "/srv/web/run: text file busy", ""),
    ],
)
def test_it_names_the_place_and_what_helps(
    number: int, name: str | bytes | None, code: str, told: str, hint: str
) -> None:
    error = of_the_system(OSError(number, os.strerror(number), name), "/srv/web")

    assert (error.code, str(error), error.hint) == (code, told, hint)


def test_a_path_as_a_person_has_typed_it_stays_so() -> None:
    assert of_the_system(FileNotFoundError(errno.ENOENT, "No such file or directory", "x.yaml")).where == "x.yaml"
