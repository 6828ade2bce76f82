import os
from pathlib import Path
from typing import Any

import pytest

from composia.builtin_plugins.compose import mounts
from composia.builtin_plugins.compose.mounts import files_digests

BUNDLE = ("compose.yaml", "conf/a.conf", "conf/sub/b.conf", "conference", "page.txt")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for name in BUNDLE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{name}\n")
    return tmp_path


def bind(source: Path, target: str = "/t") -> dict[str, Any]:
    return {"type": "bind", "source": str(source), "target": target}


def found(directory: Path, *binds: dict[str, Any], **beside: Any) -> str:
    """The digest of a service with these mounts; empty when it has none."""
    grants = {kind: [{"source": name} for name in entries] for kind, entries in beside.items()}
    document = {"services": {"web": {"volumes": list(binds)} | grants}} | beside
    return files_digests(document, directory, BUNDLE).get("web", "")


def test_what_mounts_no_bundle_file_has_no_digest(directory: Path) -> None:
    (directory / "data").mkdir()
    binds = (bind(Path("/etc/hostname")), bind(directory / "data"), {"type": "volume", "source": "v", "target": "/v"})

    assert found(directory, *binds) == ""


@pytest.mark.parametrize(
    ("mounted", "changed", "differs"),
    [
        ("page.txt", "page.txt", True),
        ("page.txt", "conf/a.conf", False),
        ("conf", "conf/a.conf", True),
        ("conf", "conf/sub/b.conf", True),
        ("conf/sub", "conf/a.conf", False),
        ("conf", "conference", False),
        (".", "compose.yaml", True),
        ("conf/../page.txt", "page.txt", True),
    ],
)
def test_content_counts_where_it_is_mounted(
    directory: Path,
    mounted: str,
    changed: str,
    differs: bool,
) -> None:
    before = found(directory, bind(directory / mounted))
    (directory / changed).write_text("other\n")

    assert (found(directory, bind(directory / mounted)) != before) is differs
    assert before != ""


def test_what_containers_write_beside_it_does_not_count(directory: Path) -> None:
    before = found(directory, bind(directory / "conf"))
    (directory / "conf" / "written").write_text("by a container\n")

    assert found(directory, bind(directory / "conf")) == before


def test_a_file_that_was_removed_counts(directory: Path) -> None:
    before = found(directory, bind(directory / "conf"))
    (directory / "conf" / "a.conf").unlink()

    assert found(directory, bind(directory / "conf")) != before


def test_a_link_counts_by_what_it_leads_to_and_a_broken_one_by_its_target(directory: Path) -> None:
    link = directory / "conf" / "a.conf"
    link.unlink()
    link.symlink_to("../page.txt")
    first = found(directory, bind(directory / "conf"))
    (directory / "page.txt").write_text("other\n")
    second = found(directory, bind(directory / "conf"))
    link.unlink()
    link.symlink_to("nowhere")
    third = found(directory, bind(directory / "conf"))

    assert len({first, second, third}) == 3


def write(file: Path, text: str, at_ns: int) -> None:
    file.write_text(text)
    os.utime(file, ns=(at_ns, at_ns))


def test_what_is_more_than_a_bundle_holds_counts_by_size_and_time_and_is_not_read(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts, "MAX_CONTENT", 20)

    def told(size: int, letter: str, at_ns: int) -> str:
        """With two mounts: if it were read for each, that would be more than a bundle holds."""
        write(directory / "page.txt", size * letter, at_ns)
        return found(directory, bind(directory / "page.txt"), bind(directory / "page.txt", "/u"))

    assert told(15, "a", 1) == told(15, "a", 2) != told(15, "b", 2)
    assert told(25, "a", 1) == told(25, "b", 1) != told(25, "b", 2)
    assert told(25, "a", 1) != told(26, "a", 1)


@pytest.mark.parametrize("kind", ["configs", "secrets"])
def test_configs_and_secrets_count_wherever_their_files_are(directory: Path, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "key"
    file.write_text("one")
    before = found(directory, **{kind: {"key": {"file": str(file)}}})
    file.write_text("two")

    assert "" != before != found(directory, **{kind: {"key": {"file": str(file)}}})


def test_the_content_of_an_inline_config_counts(directory: Path) -> None:
    before = found(directory, configs={"motd": {"content": "one"}})

    assert "" != before != found(directory, configs={"motd": {"content": "two"}})
