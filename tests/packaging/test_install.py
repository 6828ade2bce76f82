import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
UNITS = ("composia-server.service", "composia-agent.service")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Something that stands for the executable."""
    path = tmp_path / "download"
    path.write_text("#!/bin/sh\necho composia 0.1.0\n")
    return path


def install(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PACKAGING / "install.sh", *arguments], capture_output=True, text=True, check=False)


def below(root: Path) -> dict[str, str]:
    """Every file below `root`, with its mode."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): f"{path.stat().st_mode & 0o777:o}" for path in files}


def test_everything_goes_below_the_root_it_is_given(file: Path, tmp_path: Path) -> None:
    done = install("--root", tmp_path / "image", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert below(tmp_path / "image") == {
        "etc/composia/agent.env": "644",
        "etc/systemd/system/composia-agent.service": "644",
        "etc/systemd/system/composia-server.service": "644",
        "usr/local/bin/composia": "755",
    }


def test_a_second_run_upgrades_the_file_and_keeps_what_was_edited(file: Path, tmp_path: Path) -> None:
    root = tmp_path / "image"
    install("--root", root, file)
    (root / "etc/composia/agent.env").write_text('AGENT_OPTIONS="--node edge-7"\n')
    with (root / "usr/local/bin/composia").open() as running:
        file.write_text("#!/bin/sh\necho composia 0.2.0\n")
        assert install("--root", root, file).returncode == 0
        assert running.read() == "#!/bin/sh\necho composia 0.1.0\n"
    assert (root / "usr/local/bin/composia").read_text() == "#!/bin/sh\necho composia 0.2.0\n"
    assert (root / "etc/composia/agent.env").read_text() == 'AGENT_OPTIONS="--node edge-7"\n'


def test_a_file_that_is_not_there_is_named_and_nothing_is_touched(tmp_path: Path) -> None:
    done = install("--root", tmp_path / "image", tmp_path / "nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr == f"install.sh: {tmp_path}/nowhere is not there; build it with ./dev build, or name another one\n"
    )
    assert not (tmp_path / "image").exists()


def test_the_agents_unit_lets_its_commands_outlive_it() -> None:
    assert "KillMode=process\n" in (PACKAGING / "systemd" / "composia-agent.service").read_text()


def test_the_agents_unit_asks_for_nothing_but_what_the_install_script_leaves(file: Path, tmp_path: Path) -> None:
    install("--root", tmp_path / "image", file)
    unit = (PACKAGING / "systemd" / "composia-agent.service").read_text()

    assert "LoadCredential" not in unit
    assert "EnvironmentFile=/etc/composia/agent.env\n" in unit
    options = (tmp_path / "image/etc/composia/agent.env").read_text().splitlines()[-1]
    assert options == 'AGENT_OPTIONS="--join-file /etc/composia/join"'


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed here")
def test_systemd_finds_nothing_wrong_with_the_units(file: Path, tmp_path: Path) -> None:
    root = tmp_path / "image"
    install("--root", root, file)
    for unit in UNITS:
        path = root / "etc/systemd/system" / unit
        path.write_text(path.read_text().replace("/usr/local/bin/composia", str(root / "usr/local/bin/composia")))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(root / "etc/systemd/system" / unit for unit in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if "composia" in line]) == (0, [])
