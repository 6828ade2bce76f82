"""The web page: web/ checked, and built by npm into the plugin that serves it."""

import hashlib
import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from environment import turn

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
STATIC = ROOT / "composia" / "builtin_plugins" / "web_ui" / "static"
STAMP = ROOT / "build" / "webpage.stamp"
MADE = ("node_modules", ".svelte-kit")


class NpmFailed(Exception):
    """An npm command failed; the text is what it printed."""


def build(node: Path) -> None:
    """Build the page with the `node` and `npm` of this directory, unless its sources are those of the last build; one at a time."""
    with turn(STATIC.parent):
        stamp = fingerprint(*sorted(path for path in WEB.rglob("*") if path.relative_to(WEB).parts[0] not in MADE))
        if STAMP.exists() and STAMP.read_text() == stamp and (STATIC / "index.html").exists():
            return
        install(node)
        npm(node, "run", "build")
        STAMP.parent.mkdir(exist_ok=True)
        STAMP.write_text(stamp)


CHECKS = ("lint", "check", "format", "test")
"""Scripts of web/package.json: the linter's rules, types (a warning is an error), the layout of the code, its tests."""


def check(node: Path) -> None:
    """Run all checks of the page's code, two at a time; raises NpmFailed with what each of those printed that failed."""
    install(node)
    npm(node, "run", "--silent", "sync")  # what the others read

    def failure(script: str) -> str:
        try:
            npm(node, "run", "--silent", script)
        except NpmFailed as failed:
            return str(failed)
        return ""

    with ThreadPoolExecutor(max_workers=2) as two:
        failures = [text for text in two.map(failure, CHECKS) if text]
    if failures:
        raise NpmFailed("\n".join(failures))


def fix(node: Path) -> None:
    """Repair what the page's linter can repair, then format."""
    install(node)
    npm(node, "run", "--silent", "fix")


def develop(node: Path, server: str) -> None:
    """Become the bundler that shows each change at once, on http://127.0.0.1:5173, with the RPCs of this server."""
    if not answers(server):
        sys.exit(
            f"dev: no server answers at {server}; start one (./dev run server --data DIR --repo REPOSITORY), "
            "or name it: ./dev web https://HOST:PORT"
        )
    install(node)
    os.chdir(WEB)
    there = {**with_node(node), "COMPOSIA_SERVER": server}
    os.execvpe(WEB / "node_modules" / ".bin" / "vite", ["vite", "dev", "--host", "127.0.0.1"], there)


def answers(server: str) -> bool:
    """Whether something answers HTTP at this URL, whoever signed its certificate."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(f"{server}/healthz", timeout=5, context=anybody):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False


def install(node: Path) -> None:
    """Install what package-lock.json locks, unless it is installed; one at a time."""
    with turn(WEB):
        wanted = json.loads((WEB / "package.json").read_text())["devDependencies"]
        stamp = f"{fingerprint(WEB / 'package-lock.json')} {json.dumps(wanted)}"
        installed = WEB / "node_modules" / "stamp"
        if installed.exists() and installed.read_text() == stamp:
            return
        npm(node, "ci")
        installed.write_text(stamp)


def npm(node: Path, *arguments: str) -> None:
    """Run npm in web/; what it prints is shown only when it fails."""
    done = subprocess.run(
        ["npm", *arguments], cwd=WEB, env=with_node(node), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NpmFailed(f"npm {' '.join(arguments)} failed in web/\n{done.stdout}{done.stderr}")


def with_node(node: Path) -> dict[str, str]:
    """Our environment, with this directory's `node` and `npm` before any other."""
    return {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}


def fingerprint(*paths: Path) -> str:
    """The names and contents of these files."""
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            digest.update(f"{path.relative_to(WEB)}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
