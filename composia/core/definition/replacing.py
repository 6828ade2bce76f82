"""A document with its variables replaced."""

from collections.abc import Iterator
from dataclasses import replace

from composia.core.definition.document import Mapping, Node, Scalar, Sequence
from composia.core.definition.interpolation import Room, Variables, replace_variables


class Replacing:
    """Replaces the variables of documents. What aliases share stays shared."""

    def __init__(self, variables: Variables, room: Room) -> None:
        self.invalid: list[tuple[Scalar, str]] = []
        """The texts with something in them that Compose cannot read, and that."""
        self.unset: dict[str, Scalar] = {}
        """The variables that are set nowhere, each with the first text that has it."""
        self.too_much: Scalar | None = None
        """The first text for whose variables there is no room."""
        self._variables = variables
        self._room = room
        self._done: dict[int, tuple[Node, Node]] = {}

    def document(self, root: Mapping) -> Mapping:
        """The document with its variables replaced. Of a variable in `x-` keys nobody needs to know that it is unset."""
        own = {name: entry for name, entry in root.entries.items() if not name.startswith("x-")}
        done = dict(self._entries(own))
        unset = dict(self.unset)
        done |= dict(self._entries({name: entry for name, entry in root.entries.items() if name not in own}))
        self.unset = unset
        return replace(root, entries=done)

    def _entries(self, entries: dict[str, tuple[Scalar, Node]]) -> Iterator[tuple[str, tuple[Scalar, Node]]]:
        for name, (key, value) in entries.items():
            yield name, (key, self._node(value))

    def _node(self, node: Node) -> Node:
        done = self._done.get(id(node))
        if done is None:
            done = self._done[id(node)] = node, self._replaced(node)  # the node is kept, so that its id stays its own
        return done[1]

    def _replaced(self, node: Node) -> Node:
        if isinstance(node, Scalar):
            return self._scalar(node) if "$" in node.text else node
        if isinstance(node, Sequence):
            return replace(node, items=[self._node(item) for item in node.items])
        if isinstance(node, Mapping):
            return replace(node, entries=dict(self._entries(node.entries)))
        return node

    def _scalar(self, node: Scalar) -> Scalar:
        done = replace_variables(node.text, self._variables, self._room)
        if self._room.is_full:
            self.too_much = self.too_much or node
        if done.invalid:
            self.invalid.append((node, done.invalid))
        for name in done.unset:
            self.unset.setdefault(name, node)
        return replace(node, text=done.text, plain=False, known=done.known, written=node.text)
