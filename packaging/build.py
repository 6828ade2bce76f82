"""Build dist/composia: the web page, then one executable file with everything that Composia needs except Python.

    build.py [--node DIRECTORY] [--output FILE]

The file is a shell script followed by a zip archive made by shiv. It is the same, byte for byte, wherever and whenever it
is built from the same sources. `--node` is the directory of `node` and `npm`. A step whose inputs have not changed is
not done again.
"""

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import dependencies
import webpage

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
HERE = ROOT / "packaging"
PYTHONS = ("3.11", "3.12", "3.13")


def build(node: Path, output: Path) -> None:
    """Make the file, or leave it as it is when nothing in it has changed."""
    webpage.build(node)
    libraries = dependencies.install(PYTHONS, platform.machine())
    site = BUILD / "site"
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(libraries, site, copy_function=os.link)
    add_composia(site)
    archive = BUILD / "composia.pyz"
    run(
        *(
            Path(sys.executable).with_name("shiv"),
            "--reproducible",
            "--uncompressed",
            "--preamble",
            HERE / "preamble.py",
        ),
        *("--site-packages", site, "--entry-point", "composia.__main__:main", "--output-file", archive),
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    seal(archive, output)
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB, sha256 {hashlib.sha256(output.read_bytes()).hexdigest()}")


def add_composia(site: Path) -> None:
    """Put the project's own wheel beside its dependencies."""
    shutil.rmtree(BUILD / "wheel", ignore_errors=True)
    run(Path(sys.executable).with_name("hatchling"), "build", "--target", "wheel", "--directory", BUILD / "wheel")
    (wheel,) = (BUILD / "wheel").glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(site)
    dependencies.prune(site)


def seal(archive: Path, output: Path) -> None:
    """Rewrite shiv's archive with fixed order, dates and modes, and put the shell script in front."""
    pythons = " ".join(f"python{version}" for version in PYTHONS)
    stub = (HERE / "stub.sh").read_text().replace("@PYTHONS@", pythons)
    unfinished = output.with_name(f".{output.name}.new")
    with unfinished.open("wb") as file:
        file.write(stub.encode())
        with zipfile.ZipFile(archive) as source, zipfile.ZipFile(file, "w") as target:
            for name in sorted(source.namelist()):
                entry = zipfile.ZipInfo(name)
                entry.external_attr = 0o100644 << 16
                target.writestr(entry, source.read(name), zipfile.ZIP_DEFLATED, 9)
    unfinished.chmod(0o755)
    unfinished.rename(output)


def run(*command: str | Path) -> None:
    """Run one tool at the root of the project."""
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--node", type=Path, default=Path(shutil.which("node") or "node").parent)
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / "composia")
    arguments = parser.parse_args()
    os.umask(0o022)
    build(arguments.node, arguments.output)


if __name__ == "__main__":
    main()
