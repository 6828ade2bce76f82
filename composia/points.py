"""Points of the work at which a test may end the program, or hold it.

The agent's, in the order in which an attempt comes by them:

- `given`: the order has come, nothing is written; `accepted`: it is on disk, the acceptance is not sent
- `STEP begun`, `STEP ended`: the report is in the journal. A step that is skipped or fails has no end here, and one that is
  skipped no beginning
- `sync.begun`: the intention to change a service directory is on disk; `truncated`, `written`: a file that keeps its inode is
  emptied, has its new content; `touched`: a path is changed; `sync.changed`: all are, the manifest is the old one
- `stopped`: that the work is to be ended is on disk; it may come anywhere
- `ending`: the output is on disk, the end is not; `finished`: the end is on disk, not sent; `acknowledged`: the server has it

Those of a host that joins, and of a node that renews its credential (`renewal` in the place of `joining`):

- `joining made`: the credential is on disk, the server has not been asked; `joining answered`: the server has it and has
  said so, the answer is not on disk; `joining kept`: it is

The server's, each after its commit and before anybody is told:

- `stored`: a request of a person; `claimed`: an attempt; `ordered`: the order lies in the agent's outbox
- `accepted applied`, `STEP begun applied`, `STEP ended applied` (however it ended, also skipped), `finished applied`: a
  report, before it is acknowledged
"""

from collections.abc import Callable
from typing import TypeAlias

Reached: TypeAlias = Callable[[str], None]
"""Called with the name of a point when the work has come to it; from a thread where the work is in one."""


def unwatched(point: str) -> None:
    """Nobody is told."""
