"""The step `render`: Compose makes one configuration of the files, and what it needs is looked for on the node."""

import json
from collections.abc import Iterable
from pathlib import Path

import anyio.to_thread

from composia.builtin_plugins.compose import argv
from composia.builtin_plugins.compose.job import Job
from composia.builtin_plugins.compose.mask import Mask
from composia.builtin_plugins.compose.messages import warnings
from composia.builtin_plugins.compose.mounts import files_digests
from composia.builtin_plugins.compose.ports import check_ports
from composia.builtin_plugins.compose.rendered import Rendered, parse
from composia.core.container import Container
from composia.errors import Conflict, Invalid, NotPossible
from composia.plugins.executor import Work


async def render(job: Job) -> Rendered:
    """The rendered configuration; `job.mask` knows its secrets afterwards."""
    job.mask = await anyio.to_thread.run_sync(_mask_of_files, job.work)
    result = await job.calls.make(
        "render",
        argv.config(job.project),
        directory=job.work.directory,
        deadline_s=job.config.config_deadline_s,
        private=True,
        memory_mib=job.config.config_memory_mib,
    )
    if not result.good:
        raise job.error(result)
    for warning in dict.fromkeys(warnings(result.text)):
        job.say(f"warning: {warning}")
    return await anyio.to_thread.run_sync(_read, job)


def _read(job: Job) -> Rendered:
    document = json.loads(job.calls.printed("render").read_bytes())
    if not document.get("services"):
        raise Invalid(
            "the files define no service that would start", hint="is each service behind a profile that is off?"
        )
    rendered = parse(document, files_digests(document, job.work.directory, job.work.bundle_files))
    job.mask = job.mask.joined(Mask.of(document, rendered.secret_files()))
    return rendered


def _mask_of_files(work: Work) -> Mask:
    directories = {work.directory, *((work.directory / name).parent for name in work.bundle_files)}
    return Mask.of_variables(sorted(directories))


async def check(job: Job, rendered: Rendered) -> None:
    """Refuse, before anything changes, what cannot come up."""
    for name in await job.engine.missing_networks(rendered.networks):
        raise NotPossible(
            "it is external and not on this node", where=f"network {name}", hint=f"docker network create {name}"
        )
    for name in await job.engine.missing_volumes(rendered.volumes):
        raise NotPossible(
            "it is external and not on this node", where=f"volume {name}", hint=f"docker volume create {name}"
        )
    if job.config.docker_host.startswith("unix:") and any(service.sources for service in rendered.services):
        await anyio.to_thread.run_sync(_check_sources, rendered)
    if any(service.container_name or service.ports for service in rendered.services):
        containers = await job.engine.listed()  # all of the engine: it and we pay for each, so not for nothing
        _check_names(job, rendered, containers)
        check_ports(rendered, containers, job.work.project)


def _check_sources(rendered: Rendered) -> None:
    for service in rendered.services:
        for source in service.sources:
            if not Path(source).exists():
                raise NotPossible(
                    f"it mounts {source}, which is not on this node",
                    where=f"service {service.wanted.service}",
                    hint="commit it, or put it there on the node",
                )


def _check_names(job: Job, rendered: Rendered, containers: Iterable[Container]) -> None:
    wanted = {service.container_name: service.wanted.service for service in rendered.services if service.container_name}
    for container in containers:
        if container.name in wanted and container.project != job.work.project:
            owner = f"project {container.project}" if container.project else "no project"
            raise Conflict(
                f"the container name {container.name} is taken by a container of {owner}",
                where=f"service {wanted[container.name]}",
                hint="choose another container_name, or remove that container",
            )
