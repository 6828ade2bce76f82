"""Who made the commits that were deployed, and what they said of them: looked up when it is shown, and not stored."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from composia.core.deployment import Deployment
from composia.core.revision import Revision
from composia.errors import ComposiaError
from composia.plugins.source import Source
from composia.server.history import History
from composia.server.places import Recent

log = logging.getLogger(__name__)

KEPT = 2_000
"""So many commits are remembered, at most."""


class Commits:
    """Remembers those that were asked for last: pages of deployments and all who watch ask for the same ones."""

    def __init__(self, source: Source, history: History) -> None:
        self._source = source
        self._history = history
        self._known: Recent[str, Revision] = Recent(KEPT)

    async def of(self, deployments: Iterable[Deployment]) -> Mapping[str, Revision]:
        """The commit of each deployment, by its id: the last one that changed the service, as far as that is known."""
        names = {one.id: self._history.last(one.service, one.revision) for one in deployments}
        found = await self.find(names.values())
        return {one: found[name] for one, name in names.items() if name in found}

    async def find(self, names: Iterable[str]) -> Mapping[str, Revision]:
        """The commits of these full names, each with the first line of its message, by name. What the source does not have, or
        cannot read now, is left out: nobody who asks for deployments is to go without them for that."""
        asked = dict.fromkeys(name for name in names if name)
        found = {name: known for name in asked if (known := self._known.get(name))}
        missing = [name for name in asked if name not in found]
        for commit in await self._read(missing) if missing else ():
            if commit is not None:
                brief = replace(commit, message=commit.message.partition("\n")[0])
                self._known.keep(brief.id, brief)
                found[brief.id] = brief
        return found

    async def _read(self, names: Sequence[str]) -> Sequence[Revision | None]:
        try:
            return await self._source.revisions(names)
        except (ComposiaError, OSError) as error:
            log.warning("commits not read", extra={"error": str(error)})
            return ()
