"""The words of each call of Compose. Nothing is run here."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

Words = tuple[str, ...]

_PLAIN: Words = ("--progress", "plain", "--ansi", "never")


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Compose project with the files that define it, relative to its directory."""

    name: str
    directory: Path
    files: Words

    def words(self) -> Words:
        """The options before the verb, as if a person called Compose in the directory."""
        named = tuple(word for file in self.files for word in ("-f", file))
        return (*_PLAIN, "-p", self.name, "--project-directory", str(self.directory), *named)


def config(project: Project) -> Words:
    """Render."""
    return (*project.words(), "config", "--format", "json")


def pull(project: Project, services: Iterable[str]) -> Words:
    """Pull the images of these services."""
    return (*project.words(), "pull", *services)


def build(project: Project, services: Iterable[str], *, pull: bool) -> Words:
    """Build the images of these services; `pull` also looks for newer base images."""
    return (*project.words(), "build", *(("--pull",) if pull else ()), *services)


def up(project: Project) -> Words:
    """Bring up what was pulled and built before."""
    return (*project.words(), "up", "-d", "--remove-orphans", "--no-build", "--pull", "never")


def recreate(project: Project, services: Iterable[str]) -> Words:
    """Make the containers of these services anew and touch no other."""
    return (
        *project.words(),
        *("up", "-d", "--force-recreate", "--no-deps", "--no-build", "--pull", "never"),
        *services,
    )


def stop(project: str) -> Words:
    """Stop all containers of a project, with or without its files."""
    return (*_PLAIN, "-p", project, "stop")


def start(project: str) -> Words:
    """Start all containers of a project."""
    return (*_PLAIN, "-p", project, "start")


def restart(project: str) -> Words:
    """Restart all containers of a project."""
    return (*_PLAIN, "-p", project, "restart")


def down(project: str, *, volumes: bool) -> Words:
    """Remove the containers and networks of a project, and its volumes only where asked."""
    return (*_PLAIN, "-p", project, "down", "--remove-orphans", *(("--volumes",) if volumes else ()))
