"""What a clone needs before anything else works: uv in .tools, every dependency in .venv, Node.js for the web page.

Runs on the system's Python with the standard library alone. Everything is made from the hashed locks in requirements/
and made again only when one of them, or the Python under it, changes.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
UV = TOOLS / "bin" / "uv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"


def prepare() -> None:
    """Make .tools and .venv, or leave them as they are when they fit the locks; one ./dev at a time."""
    with turn(ROOT):
        make_tools()
        make_venv()


def make_venv() -> None:
    """Make .venv: every dependency at its locked version, and the project itself as it lies here."""
    lock = REQUIREMENTS / "dev.txt"
    stamp = fingerprint(VENV, lock)
    if is_stamped(VENV, stamp):
        return
    say("making .venv from requirements/")
    uv("venv", "--quiet", "--clear", "--python", sys.executable, VENV)
    uv("pip", "sync", "--quiet", "--require-hashes", lock)
    uv("pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    (VENV / "stamp").write_text(stamp)


def make_tools() -> None:
    """Make .tools: a virtual environment with nothing but pip and the pinned uv."""
    lock = REQUIREMENTS / "tools.txt"
    stamp = fingerprint(TOOLS, lock)
    if is_stamped(TOOLS, stamp):
        return
    need_venv()
    say("making .tools with the pinned uv")
    venv.create(TOOLS, with_pip=True, clear=True)
    pip: list[str | Path] = [TOOLS / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "--requirement", lock], check=True)
    (TOOLS / "stamp").write_text(stamp)


def need_venv() -> None:
    """Debian ships Python without ensurepip: install the package that has it, or say which one it is."""
    probe = subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True, check=False)
    if probe.returncode == 0:
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"dev: {sys.executable} cannot make virtual environments; install it first: apt-get install {package}")
    say(f"installing {package} with apt-get, because this Python cannot make virtual environments without it")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet)
    subprocess.run(["apt-get", "install", "-qq", "--no-install-recommends", package], check=True, env=quiet)


def node_path() -> Path:
    """The directory with the `node` and `npm` to use: the machine's, or else a private one made in .tools/node."""
    node = shutil.which("node")
    if node and shutil.which("npm") and is_new_enough(node):
        return Path(node).parent
    private, lock = TOOLS / "node", REQUIREMENTS / "node.txt"
    stamp = fingerprint(private, lock)
    if not is_stamped(private, stamp):
        say("making .tools/node: the web page needs npm and Node.js 20.19, or 22.12 and later, and PATH has neither")
        uv("venv", "--quiet", "--clear", "--python", sys.executable, private)
        uv("pip", "sync", "--quiet", "--require-hashes", lock, python=private / "bin" / "python")
        (private / "stamp").write_text(stamp)
    return private / "bin"


def is_new_enough(node: str) -> bool:
    """Whether the bundler runs on this Node.js."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)\.", answer)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    return version >= (22, 12) or (20, 19) <= version < (21, 0)


def lock(_: list[str]) -> None:
    """Resolve what pyproject.toml and the two tools ask for, and write requirements/."""
    make_tools()
    write_locks(REQUIREMENTS)


def write_locks(target: Path) -> None:
    """Write all locks to `target`, keeping every version that is locked now and still fits."""
    for path in REQUIREMENTS.glob("*.txt"):
        if target != REQUIREMENTS:
            shutil.copy(path, target)
    options = ["--universal", "--python-version=3.11", "--generate-hashes", "--no-header", "--no-annotate", "--quiet"]
    compile_lock = ["pip", "compile", *options]
    runtime = target / "runtime.txt"
    uv(*compile_lock, "pyproject.toml", "--output-file", runtime)
    uv(*compile_lock, "pyproject.toml", "--group=dev", f"--constraint={runtime}", "--output-file", target / "dev.txt")
    for tool in ("tools", "node"):
        uv(*compile_lock, REQUIREMENTS / f"{tool}.in", "--output-file", target / f"{tool}.txt")


@contextmanager
def turn(directory: Path) -> Iterator[None]:
    """Wait for the only turn there is at what is made in this directory."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def uv(*arguments: str | Path, python: Path = PYTHON) -> None:
    """Run the pinned uv on one virtual environment."""
    environment = {**os.environ, "VIRTUAL_ENV": str(python.parent.parent), "UV_PYTHON_DOWNLOADS": "never"}
    subprocess.run([UV, *arguments], check=True, cwd=ROOT, env=environment)


def fingerprint(environment: Path, lock: Path) -> str:
    """What a virtual environment is made from: its lock, its place, and the Python under it."""
    origin = f"{environment.resolve()} {sys.version} {Path(sys.executable).resolve()}\n"
    return hashlib.sha256(origin.encode() + lock.read_bytes()).hexdigest()


def is_stamped(environment: Path, stamp: str) -> bool:
    """Whether the virtual environment was finished with this fingerprint."""
    path = environment / "stamp"
    return path.exists() and path.read_text() == stamp


def say(message: str) -> None:
    """Tell the person what takes time."""
    print(f"dev: {message}", file=sys.stderr, flush=True)
