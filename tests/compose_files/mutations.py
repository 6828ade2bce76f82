"""More Compose files: those of the table that are good, changed in one to three places as people change and break them.

Changed is what the YAML parser sees, so that quotes, tags and aliases stay what they were.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

import yaml
from hypothesis import strategies as st

from tests.compose_files.table import Case, Verdict, load

OVERRIDE = "compose.override.yaml"
WORDS = (
    *("", "abc", "a b", "-", "~", "true", "no", "0", "1", "-1", "2.5", "99999", "0755", "1_000", "12:30", "2024-01-01"),
    *(
        "10s",
        "5x",
        "1m30s",
        "1g",
        "512 MB",
        "80:80",
        "127.0.0.1:80:80/udp",
        "8000-8002:80",
        "./a:/b:ro",
        "data:/data",
        "a=b",
    ),
    *("${X}", "${X:-1}", "${X:?no}", "${X", "$$", "$", "service:web", "container:x", "host", "/abs", "../up", "CMD"),
    *("service_healthy", "always", "web", "default", "*", "{{.Node}}", "é"),
)
TAGS = ("!reset", "!override", "!unknown", "tag:yaml.org,2002:str")

Draw = Callable[[st.SearchStrategy[object]], object]


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A place in a document where a value stands: in which node, and at which position."""

    holder: yaml.CollectionNode
    position: int
    depth: int

    @property
    def value(self) -> yaml.Node:
        """What stands there."""
        entry: yaml.Node | tuple[yaml.Node, yaml.Node] = self.holder.value[self.position]
        return entry[1] if isinstance(entry, tuple) else entry

    @property
    def key(self) -> yaml.Node | None:
        """The key that it stands under, if any."""
        entry = self.holder.value[self.position]
        return entry[0] if isinstance(entry, tuple) else None

    def put(self, value: yaml.Node, key: yaml.Node | None = None) -> None:
        """Put something else there."""
        old = self.key
        self.holder.value[self.position] = value if old is None else (key or old, value)


def _bases() -> tuple[Case, ...]:
    def is_one_document(case: Case) -> bool:
        text = case.files.get("compose.yaml", b"").decode()
        return bool(text) and "\n---" not in text and case.verdict is Verdict.ACCEPTED and not case.unasked

    return tuple(case for case in load() if is_one_document(case))


BASES = _bases()


def _parsed(text: bytes) -> yaml.Node:
    root = yaml.compose(text.decode("utf-8-sig"), Loader=yaml.SafeLoader)
    assert root is not None
    return root


def slots(root: yaml.Node) -> list[Slot]:
    """Every place of a document, each once however often an alias repeats it."""
    found: list[Slot] = []
    seen: set[int] = set()
    left = [(root, 0)]
    while left:
        node, depth = left.pop()
        if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
            continue
        seen.add(id(node))
        for position in range(len(node.value)):
            slot = Slot(holder=node, position=position, depth=depth)
            found.append(slot)
            left.append((slot.value, depth + 1))
    return found


def _donors() -> dict[str, list[yaml.Node]]:
    donors: dict[str, list[yaml.Node]] = {}
    for case in BASES:
        for slot in slots(_parsed(case.files["compose.yaml"])):
            if isinstance(slot.key, yaml.ScalarNode) and slot.depth > 0:
                donors.setdefault(slot.key.value, []).append(slot.value)
    return donors


DONORS = _donors()
KEYS = tuple(sorted(DONORS))


def _scalar(text: str, *, plain: bool = True) -> yaml.ScalarNode:
    kind = "tag:yaml.org,2002:str"
    if plain:
        kind = str(yaml.SafeLoader("").resolve(yaml.ScalarNode, text, (True, False)))  # type: ignore[no-untyped-call]
    return yaml.ScalarNode(kind, text, style=None if plain else '"')


def _sequence(*items: yaml.Node) -> yaml.SequenceNode:
    return yaml.SequenceNode("tag:yaml.org,2002:seq", list(items), flow_style=True)


def _mapping(*entries: tuple[yaml.Node, yaml.Node]) -> yaml.MappingNode:
    return yaml.MappingNode("tag:yaml.org,2002:map", list(entries), flow_style=True)


@st.composite
def directories(draw: st.DrawFn) -> dict[str, bytes]:
    """The files of a service directory with a changed Compose file, sometimes with an override."""
    case = draw(st.sampled_from(BASES))
    files = dict(case.files)
    root = _parsed(files["compose.yaml"])
    for _ in range(draw(st.integers(1, 3))):
        _mutate(draw, root)
    files["compose.yaml"] = _text(root)
    if OVERRIDE not in files and draw(st.integers(0, 4)) == 0:
        other = _parsed(draw(st.sampled_from(BASES)).files["compose.yaml"])
        files[OVERRIDE] = _text(other)
    return files


def _text(root: yaml.Node) -> bytes:
    text: str = yaml.serialize(root, Dumper=yaml.SafeDumper, allow_unicode=True, width=1000)
    return text.encode()


def _mutate(draw: st.DrawFn, root: yaml.Node) -> None:
    places = slots(root)
    if not places:
        return
    slot = draw(st.sampled_from(places))
    change = draw(
        st.sampled_from((_drop, _repeat, _rename, _word, _word, _wrap, _empty, _tag, _share, _donate, _donate))
    )
    change(draw, slot, root)
    if draw(st.integers(0, 9)) == 0:
        slot.holder.value[:] = draw(st.permutations(slot.holder.value))


def _drop(_draw: st.DrawFn, slot: Slot, _root: yaml.Node) -> None:
    del slot.holder.value[slot.position]


def _repeat(_draw: st.DrawFn, slot: Slot, _root: yaml.Node) -> None:
    slot.holder.value.append(deepcopy(slot.holder.value[slot.position]))


def _rename(draw: st.DrawFn, slot: Slot, _root: yaml.Node) -> None:
    if isinstance(slot.key, yaml.ScalarNode):
        old = slot.key.value
        name = draw(st.sampled_from((old[1:], old[:-1], f"x-{old}", old.upper(), f"{old}s", *KEYS[:: len(KEYS) // 12])))
        slot.put(slot.value, _scalar(name, plain=bool(name)))


def _word(draw: st.DrawFn, slot: Slot, _root: yaml.Node) -> None:
    word = draw(st.sampled_from(WORDS))
    quoted = draw(st.booleans()) or word in ("-", "*", "{{.Node}}") or ": " in word
    slot.put(_scalar(word, plain=not quoted))


def _wrap(draw: st.DrawFn, slot: Slot, _root: yaml.Node) -> None:
    if draw(st.booleans()):
        slot.put(_sequence(slot.value))
    else:
        slot.put(_mapping((_scalar(draw(st.sampled_from(KEYS))), slot.value)))


def _empty(draw: st.DrawFn, slot: Slot, _root: yaml.Node) -> None:
    slot.put(draw(st.sampled_from((_sequence(), _mapping(), _scalar("")))))


def _tag(draw: st.DrawFn, slot: Slot, _root: yaml.Node) -> None:
    value = deepcopy(slot.value)
    tag = draw(st.sampled_from(TAGS))
    value.tag = tag if isinstance(value, yaml.ScalarNode) or tag.startswith("!") else value.tag
    slot.put(value)


def _share(draw: st.DrawFn, slot: Slot, root: yaml.Node) -> None:
    """An alias of another value, unless that would be within itself."""
    other = draw(st.sampled_from(slots(root))).value
    if all(node is not slot.holder for node in _within(other)):
        slot.put(other)


def _donate(draw: st.DrawFn, slot: Slot, _root: yaml.Node) -> None:
    """What another file has under the same key, or a key more with what another file has there."""
    own = slot.key.value if isinstance(slot.key, yaml.ScalarNode) else ""
    if own in DONORS and draw(st.booleans()):
        slot.put(deepcopy(draw(st.sampled_from(DONORS[own]))))
    elif isinstance(slot.holder, yaml.MappingNode):
        key = draw(st.sampled_from(KEYS))
        slot.holder.value.append((_scalar(key, plain=False), deepcopy(draw(st.sampled_from(DONORS[key])))))


def _within(node: yaml.Node) -> Iterator[yaml.Node]:
    yield node
    for slot in slots(node):
        yield slot.value
