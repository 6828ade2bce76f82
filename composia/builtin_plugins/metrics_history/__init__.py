"""The metrics provider `history`: what hosts and containers used, in one SQLite file, coarser with age."""

import msgspec

from composia.config import Count, Days, Seconds
from composia.plugins import Context, Provider, hookimpl
from composia.plugins.metrics import Metrics


class HistoryConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long readings are kept: each of a host, means of a minute and means of a quarter of an hour of everything; how
    much of one node at most, and of how many of its containers."""

    detail_s: Seconds = 3600.0
    minutes_days: Days = 2.0
    quarters_days: Days = 30.0
    node_mib: Count = 8
    containers: Count = 500


async def _open(config: HistoryConfig, context: Context) -> Metrics:
    from composia.builtin_plugins.metrics_history.history import History  # noqa: PLC0415 - registering stays cheap
    from composia.builtin_plugins.metrics_history.store import DAY_S, Keep  # noqa: PLC0415 - as above

    keep = Keep(
        detail_s=config.detail_s,
        minutes_s=config.minutes_days * DAY_S,
        quarters_s=config.quarters_days * DAY_S,
        node_bytes=config.node_mib << 20,
    )
    return History(context.data, keep, config.containers, context.clock)


@hookimpl
def composia_metrics() -> Provider[Metrics]:
    """Register it."""
    return Provider(name="history", open=_open, config=HistoryConfig, summary="a file that gets coarser with age")
