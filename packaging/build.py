"""Build dist/composia: web page and Compose schema, then one executable file with all that Composia needs except Python.

    build.py [--output FILE]

The file is a shell script followed by a zip archive made by shiv. It is the same, byte for byte, wherever and whenever it
is built from the same sources. A step whose inputs have not changed is not done again.
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

import api_reference
import compose_schema
import dependencies
import webpage
from environment import node_path, turn

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
HERE = ROOT / "packaging"
LICENCES = tuple(sorted((HERE / "licences").glob("*.txt")))
PYTHONS = ("3.11", "3.12", "3.13")


def build(output: Path) -> None:
    """Make the file, or leave it as it is when nothing in it has changed."""
    try:
        node = node_path()
        webpage.build(node)
        compose_schema.make(node)
    except webpage.NpmFailed as failed:
        sys.exit(f"build: {failed}")
    api_reference.write()
    libraries = dependencies.install(PYTHONS, platform.machine())
    wheel = build_wheel()
    inputs = (wheel, HERE / "build.py", HERE / "stub.sh", HERE / "preamble.py", *LICENCES)
    stamp = "\n".join([libraries.name, *(hashlib.sha256(path.read_bytes()).hexdigest() for path in inputs)])
    finished = BUILD / "composia.stamp"
    if not (output.exists() and finished.exists() and finished.read_text() == f"{output}\n{stamp}"):
        archive = BUILD / "composia.pyz"
        pack(lay_out(libraries, wheel), archive)
        output.parent.mkdir(parents=True, exist_ok=True)
        seal(archive, output)
        finished.write_text(f"{output}\n{stamp}")
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB, sha256 {hashlib.sha256(output.read_bytes()).hexdigest()}")


def build_wheel() -> Path:
    """The project's own wheel."""
    place = BUILD / "wheel"
    shutil.rmtree(place, ignore_errors=True)
    run(Path(sys.executable).with_name("hatchling"), "build", "--target", "wheel", "--directory", place)
    (wheel,) = place.glob("*.whl")
    return wheel


def lay_out(libraries: Path, wheel: Path) -> Path:
    """One directory with the libraries and the wheel's content."""
    site = BUILD / "site"
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(libraries, site, copy_function=os.link)
    with zipfile.ZipFile(wheel) as files:
        files.extractall(site)
    dependencies.prune(site)
    add_licences(site)
    return site


def add_licences(site: Path) -> None:
    """Give the licences to libraries whose wheels come without."""
    for licence in LICENCES:
        (metadata,) = site.glob(f"{licence.stem}-*.dist-info")
        shutil.copyfile(licence, metadata / "LICENSE")


def pack(site: Path, archive: Path) -> None:
    """Let shiv make an archive that unpacks itself and starts Composia."""
    options: list[str | Path] = ["--reproducible", "--uncompressed", "--entry-point", "composia.__main__:main"]
    options += ["--preamble", HERE / "preamble.py", "--site-packages", site, "--output-file", archive]
    run(Path(sys.executable).with_name("shiv"), *options)


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
                target.writestr(entry, source.read(name), zipfile.ZIP_DEFLATED)
    unfinished.chmod(0o755)
    unfinished.rename(output)


def run(*command: str | Path) -> None:
    """Run one tool at the root of the project."""
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / "composia")
    arguments = parser.parse_args()
    os.umask(0o022)
    BUILD.mkdir(exist_ok=True)
    with turn(BUILD):
        build(arguments.output.resolve())


if __name__ == "__main__":
    main()
