"""Who uses which test bed, so that any number of them runs side by side and the last user ends his.

A *user* is a process, or `up` for a person who keeps a test bed with the command of that name. The first user of a
name gets a free place; others of the same name share it. A user that died without a word counts no more, and a test
bed without users is taken down by whoever claims one next.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

from tests.e2e.testbed import network, process
from tests.e2e.testbed.daemon import TestbedFailed
from tests.e2e.testbed.place import PLACES, RUN, Place

KEPT = "up"
ALL = ".all"  # the lock of the list itself; no test bed has this name


def claim(name: str, user: str) -> Place:
    """Enter `user` for the test bed `name` and say where it is."""
    with locked(ALL):
        place = next((place for place in read_places() if place.name == name), None) or reserve(name)
        users_of(place).joinpath(user).touch()
        return place


def leave(place: Place, user: str) -> bool:
    """Take `user` off the list; whether the test bed is there and has no user any more."""
    with locked(ALL):
        users_of(place).joinpath(user).unlink(missing_ok=True)
        return place in read_places() and not living_users(place)


def forget(place: Place) -> None:
    """Give the place back."""
    with locked(ALL):
        if place.run.exists():
            shutil.rmtree(place.run)


def find(name: str) -> Place | None:
    """The place of a test bed, None when there is none of that name."""
    return next((place for place in all_places() if place.name == name), None)


def all_places() -> list[Place]:
    """Every test bed of this machine."""
    with locked(ALL):
        return read_places()


def users(place: Place) -> list[str]:
    """Who uses a test bed and lives."""
    with locked(ALL):
        return living_users(place)


@contextmanager
def locked(what: str) -> Iterator[None]:
    """Hold a machine-wide lock, a test bed's or `ALL`, in this order; wait for it if somebody else has it.

    Errors: TestbedFailed without root.
    """
    if os.geteuid() != 0:
        raise TestbedFailed("a test bed needs root, for networks and engines of its own; try sudo")
    RUN.mkdir(parents=True, exist_ok=True)
    path = lock_of(what)
    while True:
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Who had the lock before us may have removed the file: then the next comer would lock another one.
            if is_at(path, file):
                try:
                    yield
                finally:
                    if not RUN.joinpath(what).exists():
                        path.unlink()
                return


def is_at(path: Path, file: IO[str]) -> bool:
    """Whether an open file is the one that its path names now."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def is_left(lock: Path) -> bool:
    """Whether the file of a lock is there and nobody holds it: who does, such as somebody who looks whether a test bed
    is abandoned, removes it soon."""
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return is_at(lock, file)
    except (FileNotFoundError, BlockingIOError):
        return False


def lock_of(what: str) -> Path:
    """The file that stands for a lock."""
    return RUN / f"{what}.lock"


def read_places() -> list[Place]:
    """Every test bed, for a caller that holds the list's lock."""
    return [Place(**json.loads(path.read_text())) for path in sorted(RUN.glob("*/place.json"))]


def living_users(place: Place) -> list[str]:
    """Who uses a test bed and lives, for a caller that holds the list's lock."""
    return sorted(path.name for path in users_of(place).glob("*") if is_living(path.name))


def reserve(name: str) -> Place:
    """Give `name` the first free place."""
    taken = {place.number for place in read_places()}
    free = (Place(name=name, number=number) for number in range(PLACES) if number not in taken)
    place = next(filter(network.is_free, free), None)
    if place is None:
        raise TestbedFailed(f"none of the {PLACES} places for test beds is free on this machine")
    users_of(place).mkdir(parents=True, exist_ok=True)
    (place.run / "place.json").write_text(json.dumps(asdict(place)))
    return place


def users_of(place: Place) -> Path:
    """The directory with a file for each user."""
    return place.run / "users"


def is_living(user: str) -> bool:
    """Whether a user still counts."""
    return user == KEPT or process.find(user) is not None


def process_user(pid: int) -> str:
    """A living process as a user."""
    user = process.identity(pid)
    if user is None:
        raise TestbedFailed(f"process {pid} does not live, so it cannot use a test bed")
    return user


def own_user() -> str:
    """This process as a user."""
    return process_user(os.getpid())
