"""Small files that survive power loss, whoever writes them: what is forced to disk, in which order, and who may read it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from composia.cli.profile import Profile, save_profile
from composia.clock import SystemClock
from composia.data_format import check_format
from composia.durable import write_durably
from composia.plugins.private_file import put_private
from composia.server.certificates import ensure_certificates

CERTIFICATES = {"ca.pem": 0o644, "tls/ca.key": 0o600, "tls/server.key": 0o600, "tls/server.pem": 0o644}

WRITERS: dict[str, tuple[Callable[[Path], object], dict[str, int]]] = {
    "a file": (lambda place: write_durably(place / "a", b"new"), {"a": 0o600}),
    "a file for others": (lambda place: write_durably(place / "a", b"new", 0o644), {"a": 0o644}),
    "a plugin's": (lambda place: put_private(place / "tokens" / "file", b"new"), {"tokens/file": 0o600}),
    "the format": (lambda place: check_format(place, 3), {"format": 0o600}),
    "a login": (lambda _: save_profile(Profile(server="s", token="t")), {"composia/profile.json": 0o600}),
    "certificates": (lambda place: ensure_certificates(place, ("localhost",), SystemClock()), CERTIFICATES),
}


@pytest.mark.parametrize("of", WRITERS)
def test_a_file_is_forced_to_disk_before_its_name_and_its_name_before_the_next_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of: str
) -> None:
    write, files = WRITERS[of]
    steps: list[tuple[str, str]] = []
    fsync, replace = os.fsync, Path.replace

    def forced(descriptor: int) -> None:
        steps.append(("forced", os.path.relpath(Path(f"/proc/self/fd/{descriptor}").readlink(), tmp_path)))
        fsync(descriptor)

    def placed(self: Path, target: Path) -> Path:
        steps.append(("placed", str(target.relative_to(tmp_path))))
        return replace(self, target)

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(os, "fsync", forced)
    monkeypatch.setattr(Path, "replace", placed)
    write(tmp_path)

    names = [name for step, name in steps if step == "placed"]
    assert {name: (tmp_path / name).stat().st_mode & 0o777 for name in names} == files
    for name in names:
        place = Path(name)
        at = steps.index(("placed", name))
        around = [steps[at - 1], steps[at + 1]]
        assert around == [("forced", str(place.with_name(f".{place.name}.new"))), ("forced", str(place.parent))]


def test_what_a_crash_left_beside_it_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / ".a.new").write_text("left")
    (tmp_path / ".a.new").chmod(0o666)
    with (tmp_path / ".a.new").open() as held:
        write_durably(tmp_path / "a", b"new")
        assert held.read() == "left"

    assert ((tmp_path / "a").read_bytes(), (tmp_path / "a").stat().st_mode & 0o777) == (b"new", 0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
