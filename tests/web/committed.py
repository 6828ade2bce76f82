"""The history of a site's repository: who has committed what, and when."""

import os
import subprocess
import time
from collections.abc import Sequence

from tests.e2e.fleet import Fleet
from tests.web.believable import PEOPLE, Believable, Special

DAY_S = 86_400


def commit(fleet: Fleet, number: int, ago_days: float, message: str) -> None:
    """Commit all as one of the people, so long ago."""
    name, mail = PEOPLE[number % len(PEOPLE)]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    for who in ("AUTHOR", "COMMITTER"):
        when = f"{int(time.time() - ago_days * DAY_S)} +0000"
        environment |= {f"GIT_{who}_NAME": name, f"GIT_{who}_EMAIL": mail, f"GIT_{who}_DATE": when}
    for arguments in (["add", "-A"], ["commit", "-q", "-m", message]):
        subprocess.run(["git", *arguments], cwd=fleet.repo, env=environment, check=True)


def write(fleet: Fleet, name: str, files: dict[str, str]) -> None:
    """Put a service's files into the work tree."""
    directory = fleet.repo / name
    directory.mkdir(exist_ok=True)
    for path, text in files.items():
        (directory / path).write_text(text)


def first_commits(fleet: Fleet, services: Sequence[Believable]) -> None:
    """All services, forty at once, over the last weeks."""
    (fleet.repo / "README.md").write_text("# Our services\n\nOne directory each; `composia status` says what runs.\n")
    for number, begin in enumerate(range(0, len(services), 40)):
        some = services[begin : begin + 40]
        for service in some:
            write(fleet, service.name, service.files())
        names = ", ".join(service.name for service in some[:3])
        commit(fleet, number, 60 - 3 * number, f"Add {names} and others\n\nThe data moves over in the night.")


def later_commits(fleet: Fleet, services: Sequence[Believable]) -> None:
    """What was committed since the first deploys: newer images and settings, and what became of some special services."""
    plain = [service for service in services if service.is_plain]
    changed = plain[::3][:30]
    for number, service in enumerate(changed):
        write(fleet, service.name, service.files(service.app.tags[-1]))
        commit(fleet, number, 20 - 0.5 * number, f"Update {service.name} to {service.app.tags[-1]}")
    for number, service in enumerate(changed[::4]):
        files = service.files(service.app.tags[-1])
        write(fleet, service.name, {".env": f"{files['.env']}WORKERS=4\n"})
        commit(fleet, number, 4 - 0.3 * number, f"Give {service.name} four workers")
    for number, special in enumerate(service for service in services if service.special):
        assert special.special
        if special.special is Special.REMOVED:
            fleet.git("rm", "-rqf", special.name)
        else:
            write(fleet, special.name, special.later())
        if message := special.message:
            commit(fleet, number, 1.5 - 0.1 * number, message)
