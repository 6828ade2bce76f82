"""How a simulated node is configured."""

from typing import Annotated

import msgspec

from composia.config import Count


class SimulatedConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The machine that is made up: with 0 `cpus` it is the agent's own host, as it is. `others` are containers that belong to no
    service."""

    cpus: Annotated[int, msgspec.Meta(ge=0)] = 0
    memory_gib: Count = 16
    disk_gib: Count = 500
    others: tuple[str, ...] = ()
