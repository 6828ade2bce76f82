"""What went wrong with one piece of work, as it is told to people. It ends neither the others nor the agent."""

import logging
import secrets

from composia.core.task import TaskError
from composia.errors import ComposiaError, Internal, of_the_system

log = logging.getLogger(__name__)


def failure(error: Exception, what: str, place: str = "") -> TaskError:
    """An error of any kind. `what` names the work and `place` where it is done; what nobody thought of is in the log, under the
    id that is told."""
    if isinstance(error, ComposiaError):
        return TaskError.of(error)
    if isinstance(error, OSError):
        return TaskError.of(of_the_system(error, place))
    number = secrets.token_hex(4)
    log.error("failed unexpectedly", exc_info=error, extra={"what": what, "id": number})
    hint = "the agent's log on the node has the details under this id"
    return TaskError.of(Internal(f"internal error {number}", hint=hint))
