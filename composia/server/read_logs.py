"""A person's question about logs: what is kept of them, or what the containers themselves say."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from composia.core.container_log import LogPage, LogsQuery
from composia.core.status import StatusReport
from composia.errors import Invalid
from composia.server.control_plane import ControlPlane
from composia.server.live_logs import printing, read_live
from composia.server.log_names import check_names


async def read_logs(
    plane: ControlPlane, query: LogsQuery, status_of: Callable[[Sequence[str]], Awaitable[StatusReport]]
) -> AsyncGenerator[LogPage, None]:
    """Where no sink can be asked it is the containers that are."""
    sink = plane.logs.sink
    note = await check_names(plane, query)
    if sink is None or query.live:
        if query.cursor:
            raise Invalid("what containers say themselves cannot be gone on with", where="cursor")
        pages = read_live(plane.tunnels, query, printing(await status_of(query.services), query))
        note = "" if query.live else "nothing keeps logs here, so the containers are asked"
    else:
        pages = plane.logs.read(sink, query)
    if note:
        yield LogPage(note=note)
    async with aclosing(pages):
        async for page in pages:
            yield page
