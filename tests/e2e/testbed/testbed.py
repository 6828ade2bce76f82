"""The whole: a switch, a registry and engines, brought up and taken down."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

from tests.e2e.testbed import cgroup, claim, install, network
from tests.e2e.testbed.daemon import TestbedFailed
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.place import Place
from tests.e2e.testbed.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Testbed:
    """A test bed at its place."""

    __test__ = False  # the name is no test's

    place: Place

    @classmethod
    def up(cls, name: str, *, engines: int, user: str) -> Self:
        """Bring up the test bed `name` with at least `engines` engines for `user`, or join the one that runs.

        Errors: TestbedFailed without root, or when something does not start.
        """
        install.install()
        remove_abandoned()
        if not network.can_separate():
            raise TestbedFailed("this machine lets nobody make network namespaces; a virtual machine would")
        with claim.locked(name):
            testbed = cls(place=claim.claim(name, user))
            network.make_switch(testbed.place)
            testbed.registry.start()
            with ThreadPoolExecutor() as pool:
                list(pool.map(Engine.start, (testbed.engine(node) for node in range(1, engines + 1))))
        return testbed

    @classmethod
    def running(cls, name: str) -> Self:
        """The test bed `name`. Errors: TestbedFailed when there is none."""
        place = claim.find(name)
        if place is None:
            known = ", ".join(place.name for place in claim.all_places()) or "none"
            raise TestbedFailed(f"no test bed named {name} is up; there is: {known}")
        return cls(place=place)

    @property
    def registry(self) -> Registry:
        """The registry of this test bed."""
        return Registry(place=self.place)

    def engine(self, node: int) -> Engine:
        """Node number `node`, 1 and up, started or not."""
        return Engine(place=self.place, node=node)

    def engines(self) -> list[Engine]:
        """The nodes that have been started since the test bed came up."""
        nodes = (path.name.removeprefix("n") for path in self.place.data.glob("n*"))
        return [self.engine(node) for node in sorted(map(int, nodes))]

    def release(self, user: str) -> None:
        """Say that `user` needs the test bed no more; the last one ends it."""
        with claim.locked(self.place.name):
            if claim.leave(self.place, user):
                self._remove()

    def down(self) -> None:
        """End the test bed, whoever uses it: nothing is left of it on the machine. One that has ended is fine."""
        with claim.locked(self.place.name):
            if claim.find(self.place.name) == self.place:  # or else another one may be at its place by now
                self._remove()

    def _remove(self) -> None:
        for engine in self.engines():
            engine.power_loss()
        self.registry.daemon.kill()
        network.remove(self.place)
        cgroup.remove(self.place.cgroup)
        if self.place.data.exists():
            shutil.rmtree(self.place.data)
        claim.forget(self.place)

    def describe(self) -> dict[str, Any]:
        """The test bed for `env`."""
        return {
            "name": self.place.name,
            "host": self.place.host,
            "registry": self.place.registry,
            "engines": [engine.describe() for engine in self.engines()],
            "users": claim.users(self.place),
        }


def remove_abandoned() -> None:
    """Take down the test beds whose users have all died."""
    for place in claim.all_places():
        if not claim.users(place):
            Testbed(place=place).release(claim.KEPT)
