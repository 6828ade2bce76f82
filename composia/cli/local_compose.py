"""Docker Compose on this machine, asked about files. It needs no engine for that."""

import os
import re
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from composia.builtin_plugins.compose import argv
from composia.builtin_plugins.compose.config import ComposeConfig
from composia.builtin_plugins.compose.mask import Mask
from composia.builtin_plugins.compose.messages import explain
from composia.builtin_plugins.compose.program import Program, find, version_of
from composia.errors import TimedOut, Unavailable

_LIMITED = 'ulimit -v "$1"; shift; exec "$@"'


_BY_SCHEMA = re.compile(r"\bvalidating \S.*: ")
"""How it begins what its own schema does not allow; each version comes with another one."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What Compose says against a service directory. `by_schema` is whether a key or value does not fit its own schema,
    which may only mean that it is older than the file."""

    message: str
    by_schema: bool = False


@dataclass(frozen=True, kw_only=True)
class LocalCompose:
    """Compose as an agent here would call it: in the same environment, with the same limits."""

    version: str
    program: Program
    config: ComposeConfig

    def refusal(self, directory: Path, project: str, files: Sequence[str]) -> Refusal | None:
        """What it says against a service directory, None when it accepts it; blocking. `files` are those that make up
        the service, none for Compose's own choice. `TimedOut` where it comes to no end."""
        words = argv.config(argv.Project(name=project, directory=directory, files=tuple(files)))
        code, messages = self._run(words, directory)
        if code == 0:
            return None
        message = str(explain(messages, code, Mask.of_variables([directory])))
        return Refusal(message=message, by_schema=_BY_SCHEMA.search(messages) is not None)

    def _run(self, words: argv.Words, directory: Path) -> tuple[int, str]:
        memory_kib = str(self.config.config_memory_mib * 1024)
        with subprocess.Popen(
            ["/bin/sh", "-c", _LIMITED, "composia-config", memory_kib, *self.program.words, *words],
            env=dict(self.program.environment),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as child:
            try:
                _, messages = child.communicate(timeout=self.config.config_deadline_s)
            except BaseException as error:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                if isinstance(error, subprocess.TimeoutExpired):
                    raise TimedOut(f"config did not end within {self.config.config_deadline_s:g} s") from error
                raise
        return child.returncode, messages.decode(errors="replace")


def find_local_compose(config: ComposeConfig) -> LocalCompose:
    """The Compose of this machine. `Unavailable` where there is none, or one that does not tell its version."""
    program = find(config)
    try:
        version = version_of(program, config.engine_deadline_s)
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(
            "Docker Compose on this machine does not tell its version", where=" ".join(program.words)
        ) from error
    return LocalCompose(version=version, program=program, config=config)
