"""The static checks, each by its own name: all run even when one fails, and a summary closes."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import environment
import webpage
from environment import PYTHON, REQUIREMENTS, ROOT


class CheckFailed(Exception):
    """A check found something; its text says what."""


def tool(*arguments: str | Path) -> None:
    """Run one of the project's tools, whose own output says what is wrong."""
    if subprocess.run([PYTHON, *arguments], cwd=ROOT, check=False).returncode:
        raise CheckFailed


def lint() -> None:
    """Ruff's rules."""
    tool("-m", "ruff", "check", "--quiet", "--output-format=concise")


def formatting() -> None:
    """Ruff's layout of the code."""
    tool("-m", "ruff", "format", "--check", "--quiet")


def types() -> None:
    """Mypy, strict, over code and tests."""
    tool("-m", "mypy", "--no-error-summary")


def imports() -> None:
    """The layers of the architecture."""
    tool(PYTHON.with_name("lint-imports"), "--no-logo")


def generated() -> None:
    """composia/_gen against proto/, and the references of the command line and of the configuration against the code."""
    tool("packaging/generate.py", "--check")
    tool("packaging/cli_reference.py", "--check")
    tool("packaging/config_reference.py", "--check")


def locks() -> None:
    """requirements/ against pyproject.toml."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch)
        environment.write_locks(fresh)
        names = sorted(path.name for path in fresh.iterdir())
        stale = [name for name in names if (fresh / name).read_text() != (REQUIREMENTS / name).read_text()]
    if stale:
        raise CheckFailed(f"requirements/ ({', '.join(stale)}) does not fit pyproject.toml: run ./dev lock and commit")


def web() -> None:
    """The web page's code and its tests, and web/package-lock.json."""
    problems = lock_problems(json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"])
    if problems:
        raise CheckFailed("\n".join(f"web/package-lock.json: {problem}" for problem in problems))
    webpage.check(environment.node_path())


def lock_problems(packages: dict[str, dict[str, Any]]) -> list[str]:
    """Why npm would refuse this lock on another platform, or with another registry."""
    missing = [
        f"{name}: its optional {needed} is not locked, so `npm ci` refuses the lock elsewhere"
        for name, package in packages.items()
        for needed in package.get("optionalDependencies", {})
        if f"node_modules/{needed}" not in packages and f"{name}/node_modules/{needed}" not in packages
    ]
    return missing + [f"{name}: locked with an address" for name, package in packages.items() if "resolved" in package]


STEPS: dict[str, Callable[[], None]] = {
    "lint": lint,
    "format": formatting,
    "types": types,
    "imports": imports,
    "generated": generated,
    "locks": locks,
    "web": web,
}


def main(names: list[str]) -> None:
    """Run the named checks, or all of them; the exit code is 1 when one of them failed."""
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        print(f"dev: no check {unknown[0]!r}; there are: {' '.join(STEPS)}", file=sys.stderr)
        sys.exit(2)
    results = [(name, run(name)) for name in names or STEPS]
    print()
    for name, (passed, seconds) in results:
        print(f"{'ok    ' if passed else 'FAILED'}  {name:<10} {seconds:5.1f} s")
    if not all(passed for _, (passed, _) in results):
        sys.exit(1)


def run(name: str) -> tuple[bool, float]:
    """Run one check; whether it passed, and how many seconds it took."""
    print(f"== {name}", flush=True)
    started = time.monotonic()
    try:
        STEPS[name]()
    except (CheckFailed, OSError, subprocess.CalledProcessError, webpage.NpmFailed) as failed:
        if str(failed):
            print(failed, flush=True)
        return False, time.monotonic() - started
    return True, time.monotonic() - started
