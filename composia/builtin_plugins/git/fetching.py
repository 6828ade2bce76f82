"""The clone as a fetch sees it: what it tells the remote that it has, so that only the rest is sent."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from dulwich.object_store import ObjectStoreGraphWalker
from dulwich.objects import ObjectID
from dulwich.pack import Pack
from dulwich.refs import Ref
from dulwich.repo import Repo

MOST = 32
"""How many heads, and how many commits before them, are named. dulwich alone would name a whole history over ssh."""


class Haves(ObjectStoreGraphWalker):
    """Names one commit after the other. What the remote answers in between changes nothing: they are few."""

    def __init__(self, names: Iterable[ObjectID]) -> None:
        super().__init__([], lambda _: [])
        self._names = iter(names)

    def __next__(self) -> ObjectID | None:
        """One more, or None."""
        return next(self._names, None)

    def ack(self, sha: ObjectID) -> None:
        """The remote has it too."""


class Clone(Repo):
    """The clone as dulwich opens it, but so that a fetch costs what it brings, and not what is there already."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        for pack in self.object_store.packs:
            # dulwich asks every pack for its name at each fetch, and would hash the names of all objects for that
            vars(pack)["name"] = partial(_name, pack)

    def get_graph_walker(self, heads: list[ObjectID] | None = None) -> ObjectStoreGraphWalker:
        """What a fetch names: the heads, and what lies before them, for after a force-push a remote knows only that."""
        tips = heads or list(self.refs.as_dict(Ref(b"refs/heads")).values())
        known = sorted({name for name in tips if name in self.object_store})
        if not known:
            return Haves([])
        newest = [entry.commit.id for entry in self.get_walker(known, max_entries=MOST)]
        return Haves(dict.fromkeys([*known[:MOST], *newest]))


def _name(pack: Pack) -> bytes:
    """A pack's name as its file has it."""
    return Path(pack.data.path).stem.removeprefix("pack-").encode()
