"""Auto-deploy: a new head deploys what changed of the services that ask for it."""

import logging
from dataclasses import replace

from composia.core.service import Catalog
from composia.core.task import Priority
from composia.plugins.api import DeployRequest
from composia.server.control_plane import ControlPlane
from composia.server.deploy import deploy

log = logging.getLogger(__name__)


async def deploy_by_itself(plane: ControlPlane, catalog: Catalog) -> None:
    """Deploy the changed services with `auto_deploy`. The same revision again, after a restart, changes nothing."""
    willing = tuple(d for d in catalog.definitions if d.service is not None and d.service.auto_deploy)
    if not willing:
        return
    reading = await plane.repository.at(catalog.revision)
    request = DeployRequest(request_id=f"auto:{catalog.revision}", changed=True)
    reading = replace(reading, catalog=replace(catalog, definitions=willing))
    started = await deploy(plane, request, reading, await plane.fleet(), by="auto_deploy", priority=Priority.BACKGROUND)
    for view in started.deployments:
        log.info("auto-deploy", extra={"service": view.deployment.service, "deployment": view.deployment.id})
    for skipped in started.skipped:
        log.info("auto-deploy skipped", extra={"service": skipped.service, "reason": skipped.reason})
