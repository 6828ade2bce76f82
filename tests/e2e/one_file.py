"""The one file, as `./dev build` made it, and a machine that has nothing beside it."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "dist" / "composia"

PROGRAMS = ("/usr/bin/python3.11", "/usr/bin/dash", "/bin/busybox")
TREES = ("/usr/lib/python3.11", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/libexec/docker", "/dev", "/proc")
APPLETS = ("cat", "dirname", "echo", "env", "id", "ln", "mkdir", "mv", "rm", "sleep", "uname")


@dataclass(frozen=True, kw_only=True)
class BareMachine:
    """A root directory with Python, a shell, Docker's client and the file: no pip, git, compiler or Node.js.

    `shared` are directories that are there under their own names, for data and for the engines' sockets.
    """

    root: Path
    docker: Path
    shared: tuple[Path, ...]

    def prepare(self) -> Path:
        """Make the directory and the script that runs a program in it; returns the script."""
        for place in ("usr/bin", "usr/lib", "etc", "tmp", "root"):
            (self.root / place).mkdir(parents=True)
        for name in ("bin", "lib", "lib64"):
            (self.root / name).symlink_to(f"usr/{name}")
        for applet in APPLETS:
            (self.root / "usr/bin" / applet).symlink_to("busybox")
        (self.root / "usr/bin/sh").symlink_to("dash")
        (self.root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        script = self.root.with_name("on-bare-machine")
        script.write_text(self._script())
        script.chmod(0o755)
        return script

    def _script(self) -> str:
        lines = ["#!/bin/sh", "set -e"]
        files = {**{program: f"usr/bin/{Path(program).name}" for program in PROGRAMS}, str(FILE): "composia"}
        files[str(self.docker)] = "usr/bin/docker"
        for source, target in files.items():
            lines += [f": > '{self.root}/{target}'", f"mount --bind '{source}' '{self.root}/{target}'"]
        for tree in (*TREES, *map(str, self.shared)):
            lines += [f"mkdir -p '{self.root}{tree}'", f"mount --rbind '{tree}' '{self.root}{tree}'"]
        lines.append(f"exec chroot '{self.root}' \"$@\"")
        return "\n".join(lines) + "\n"
