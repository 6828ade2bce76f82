"""Random bundles, edits, data and crashes: nothing of anybody's is ever lost in a service directory."""

import re
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from composia.errors import Conflict
from tests.agent.making import Content, Files, Link, Program, read_tree
from tests.agent.test_workspace import Node

PATHS = ("a", "b", "d", "d/x", "d/y", "d/e", "d/e/z", "f/g")


def _bare(content: Content | None) -> Content | None:
    return content.content if isinstance(content, Program) else content


class Crash(BaseException):
    """The agent is killed."""


def _fits(files: dict[str, Content]) -> bool:
    return not any(other.startswith(f"{path}/") for path in files for other in files)


contents = st.one_of(
    st.sampled_from([b"", b"one", b"one and two", b"three"]),
    st.sampled_from([b"one", b"run"]).map(Program),
    st.sampled_from(["a", "d"]).map(Link),
)
bundles = st.dictionaries(st.sampled_from(PATHS), contents, max_size=6).filter(_fits)


class ServiceDirectory(RuleBasedStateMachine):
    """What people and containers wrote is known by its content, each of which is written once."""

    def __init__(self) -> None:
        super().__init__()
        self.data = Path(tempfile.mkdtemp(prefix="composia-test-"))
        self.node = Node(self.data)
        self.root = self.node.root
        self.root.mkdir(parents=True)
        self.theirs: set[Content | None] = set()
        self.directories: set[str] = set()
        self.written = 0

    def teardown(self) -> None:
        shutil.rmtree(self.data)

    # --- people and containers

    @rule(path=st.sampled_from((*PATHS, "d/data", "data/db", "f/g/data")), link=st.booleans())
    def write(self, path: str, link: bool) -> None:
        """Somebody edits a file, or puts data where nothing is."""
        place = self.root / path
        if any(self._is_entry(parent) for parent in place.parents) or (place.is_dir() and not place.is_symlink()):
            return
        for parent in reversed(place.relative_to(self.root).parents[:-1]):
            if not (self.root / parent).exists():
                (self.root / parent).mkdir()
                self.directories.add(str(parent))
        self.written += 1
        content: Content = Link(f"their {self.written}") if link else b"their %d" % self.written
        if self._is_entry(place) and (link or place.is_symlink()):
            place.unlink()
        if isinstance(content, Link):
            place.symlink_to(content.target)
        else:
            place.write_bytes(b"their %d" % self.written)
        self.theirs = {known for known in self.theirs if known in self._contents()} | {content}

    @rule(path=st.sampled_from(PATHS))
    def delete(self, path: str) -> None:
        """Somebody removes a file."""
        if self._is_entry(self.root / path) and not any(self._is_entry(p) for p in (self.root / path).parents):
            (self.root / path).unlink()
            self.theirs = {known for known in self.theirs if known in self._contents()}

    # --- the agent

    @rule(files=bundles, overwrite=st.booleans())
    def sync(self, files: Files, overwrite: bool) -> None:
        """A bundle is synced to the end, or refused."""
        before, inodes = read_tree(self.root), self._inodes()
        try:
            edited = self.node.sync(files, overwrite=overwrite)
        except Conflict:
            assert not overwrite
            assert read_tree(self.root) == before
            return
        after = read_tree(self.root)
        assert {path: after.get(path) for path in files if path not in edited} == {
            path: content for path, content in files.items() if path not in edited
        }
        assert all(before[path] == after[path] for path in edited if path in before)
        self._check_moved(before, after, overwrite=overwrite)
        self._check_inodes(inodes)
        strangers = {path for path, content in after.items() if path not in files and _bare(content) not in self.theirs}
        assert {re.sub(r"\.edited-[^/]+", "", path) for path in strangers} <= self.directories

    @rule(files=bundles, overwrite=st.booleans(), after=st.integers(min_value=0, max_value=12))
    def sync_and_crash(self, files: Files, overwrite: bool, after: int) -> None:
        """The agent is killed at some point of a sync, and started again."""
        left = after

        def reached(point: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Crash(point)

        before, inodes = read_tree(self.root), self._inodes()
        self.node.restart(reached)
        try:
            self.node.sync(files, overwrite=overwrite)
        except Crash:
            pass
        except Conflict:
            assert read_tree(self.root) == before
        self._check_moved(before, read_tree(self.root), overwrite=overwrite)
        self._check_inodes(inodes)
        self.node.restart()

    # --- promises

    @invariant()
    def nothing_of_theirs_is_lost(self) -> None:
        assert self.theirs <= self._contents()

    @invariant()
    @precondition(lambda self: self.written > 0)
    def links_are_as_they_were_made(self) -> None:
        assert not (self.root / "their").exists()

    def _check_moved(
        self, before: dict[str, Content | None], after: dict[str, Content | None], *, overwrite: bool
    ) -> None:
        """What is theirs lies where it lay; when edits are overwritten it may lie beside instead."""
        for path, content in before.items():
            if _bare(content) in self.theirs and after.get(path) != content:
                assert overwrite
                assert any(".edited-" in p for p, c in after.items() if c == content)

    def _check_inodes(self, before: dict[str, int]) -> None:
        after = self._inodes()
        assert {path: before[path] for path in before.keys() & after.keys()} == {
            path: after[path] for path in before.keys() & after.keys()
        }

    def _inodes(self) -> dict[str, int]:
        return {
            str(place.relative_to(self.root)): place.stat().st_ino
            for place in self.root.rglob("*")
            if place.is_file() and not place.is_symlink()
        }

    def _contents(self) -> set[Content | None]:
        return {_bare(content) for content in read_tree(self.root).values() if content is not None}

    def _is_entry(self, place: Path) -> bool:
        return place.is_symlink() or place.is_file()


ServiceDirectory.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestServiceDirectory = ServiceDirectory.TestCase
