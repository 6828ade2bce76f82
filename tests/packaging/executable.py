"""The one-file executable, as a test starts it."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Executable:
    """A copy of dist/composia, the directory it is started in, and the one it unpacks into."""

    file: Path
    directory: Path
    cache: Path

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Start it and wait for its end."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start it, with these additions to the environment."""
        return subprocess.Popen(
            [self.file, *arguments],
            cwd=self.directory,
            env={**os.environ, "COMPOSIA_CACHE": str(self.cache), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def extractions(self) -> list[str]:
        """The names of what lies in the cache, locks left out."""
        return sorted(path.name for path in self.cache.iterdir() if not path.name.endswith("_lock"))
