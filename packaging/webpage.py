"""The web page: web/ checked, and built by npm into the plugin that serves it."""

import hashlib
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
STATIC = ROOT / "composia" / "builtin_plugins" / "web_ui" / "static"
STAMP = ROOT / "build" / "webpage.stamp"
MADE = ("node_modules", ".svelte-kit")


class NpmFailed(Exception):
    """An npm command failed; the text is what it printed."""


def build(node: Path) -> None:
    """Build the page with the `node` and `npm` of this directory, unless its sources are those of the last build."""
    stamp = fingerprint(*sorted(path for path in WEB.rglob("*") if path.relative_to(WEB).parts[0] not in MADE))
    if STAMP.exists() and STAMP.read_text() == stamp and (STATIC / "index.html").exists():
        return
    install(node)
    npm(node, "run", "build")
    STAMP.parent.mkdir(exist_ok=True)
    STAMP.write_text(stamp)


def check(node: Path) -> None:
    """Check the types of the page's code; a warning is an error."""
    install(node)
    npm(node, "run", "check")


def install(node: Path) -> None:
    """Install what package-lock.json locks, unless it is installed."""
    stamp = fingerprint(WEB / "package.json", WEB / "package-lock.json")
    installed = WEB / "node_modules" / "stamp"
    if installed.exists() and installed.read_text() == stamp:
        return
    npm(node, "ci")
    installed.write_text(stamp)


def npm(node: Path, *arguments: str) -> None:
    """Run npm in web/; what it prints is shown only when it fails."""
    environment = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["npm", *arguments], cwd=WEB, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NpmFailed(f"npm {' '.join(arguments)} failed in web/\n{done.stdout}{done.stderr}")


def fingerprint(*paths: Path) -> str:
    """The names and contents of these files."""
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            digest.update(f"{path.relative_to(WEB)}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
