"""A revision: a commit of the repository, and what is known of the repository itself."""

from dataclasses import dataclass

from composia.core.problem import Problem


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One commit. `id` is its full name; times are milliseconds UTC; `services` are the names of those whose files it
    changed, where that was asked for."""

    id: str
    author: str = ""
    committed_ms: int = 0
    message: str = ""
    services: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RepositoryState:
    """The outcome of the last sync: which revision is the branch's head, and whether the remote answered.

    `error` is empty when the last sync succeeded; `head` keeps the last good revision.
    `rewritten` is true when the last move of the head was a force-push. `problems` are those of the head that belong to no
    service, such as a definition under a name that is not read.
    """

    location: str
    branch: str
    head: str = ""
    synced_ms: int = 0
    tried_ms: int = 0
    error: str = ""
    rewritten: bool = False
    problems: tuple[Problem, ...] = ()
