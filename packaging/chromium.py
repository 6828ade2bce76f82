"""The browser that tests and screenshots drive: Chromium as Debian packages it, installed when it is not there."""

import os
import shutil
import subprocess
import sys

from environment import ROOT, say, turn

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-dejavu-core")


def find() -> str:
    """The path of a Chromium; root on Debian gets one installed, others are told what to install."""
    found = present()
    if found:
        return found
    with turn(ROOT / "requirements"):
        return present() or install()


def install() -> str:
    """Install the packages with apt-get, or end with what to install; the path of what came."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(
            f"dev: there is no Chromium to open the web page with; install it: apt-get install {' '.join(PACKAGES)}"
        )
    say("installing Chromium with apt-get, to open the web page with")
    apt("update")
    apt("install", "--no-install-recommends", *PACKAGES)
    found = present()
    if not found:
        sys.exit(f"dev: apt-get installed {' '.join(PACKAGES)}, and there is still no Chromium on PATH")
    return found


def present() -> str | None:
    """The path of the Chromium on PATH, if there is one."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


def apt(*arguments: str) -> None:
    """Run apt-get without questions; when others on this machine are at it, it waits its turn."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", *arguments], check=True, env=quiet)
