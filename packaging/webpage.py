"""The web page: web/ built by npm into the plugin that serves it."""

import hashlib
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
STATIC = ROOT / "composia" / "builtin_plugins" / "web_ui" / "static"
STAMP = ROOT / "build" / "webpage.stamp"


def build(node: Path) -> None:
    """Build the page with the `node` and `npm` of this directory, unless its sources are those of the last build."""
    stamp = fingerprint()
    if STAMP.exists() and STAMP.read_text() == stamp and (STATIC / "index.html").exists():
        return
    environment = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
    for command in (["npm", "ci"], ["npm", "run", "build"]):
        done = subprocess.run(command, cwd=WEB, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"build: {' '.join(command)} failed in web/\n{done.stdout}{done.stderr}")
    STAMP.parent.mkdir(exist_ok=True)
    STAMP.write_text(stamp)


def fingerprint() -> str:
    """What the page is built from."""
    digest = hashlib.sha256()
    ignored = ("node_modules", ".svelte-kit")
    for path in sorted(path for path in WEB.rglob("*") if path.is_file()):
        if path.relative_to(WEB).parts[0] not in ignored:
            digest.update(f"{path.relative_to(WEB)}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
