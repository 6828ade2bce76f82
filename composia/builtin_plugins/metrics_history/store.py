"""The rows on disk: minutes as they come, then a quarter of an hour of them in one row, and their means, six hours in one.

Everything here blocks, and is called in one thread.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw

from composia.builtin_plugins.metrics_history.bucket import MINUTE_S, SLOT_S, Row
from composia.builtin_plugins.metrics_history.chunk import laid_over, means, put_in
from composia.builtin_plugins.metrics_history.file import SPOILT, open_file, put_aside
from composia.builtin_plugins.metrics_history.packing import Layout, pack, read_layout, unpack

DAY_S = 86_400
QUARTER_S = 900
CHUNK_S = {MINUTE_S: QUARTER_S, QUARTER_S: 6 * 3600}
"""How much time one row holds, by how far its values are apart."""

LATE_S = 60.0
"""How much longer than promised values are kept and given: who asks for the last hour has counted it back a moment before."""


@dataclass(frozen=True, kw_only=True)
class Minute:
    """What is to be written of a node: the means of a minute, and the host's readings in it."""

    node: str
    start_s: int
    row: Row
    detail: Row


@dataclass(frozen=True, kw_only=True)
class Found:
    """A stored row: values of each series, `step_s` seconds apart from `start_s` on."""

    start_s: int
    step_s: int
    layout: Layout
    values: list[float]


@dataclass(frozen=True, kw_only=True)
class Keep:
    """For how long, in seconds, and how much of one node, in bytes."""

    detail_s: float
    minutes_s: float
    quarters_s: float
    node_bytes: int

    def of(self, step_s: int) -> float:
        """For how long values that far apart are kept and given."""
        promised = {SLOT_S: self.detail_s, MINUTE_S: self.minutes_s, QUARTER_S: self.quarters_s}
        return promised[step_s] + LATE_S


@dataclass(frozen=True, kw_only=True)
class _Begun:
    """What an earlier process has written of a minute that this one goes on with."""

    start_s: int
    row: Row | None
    detail: Row | None


class Store:
    """One file. After an error of it, it is opened anew with the next call; one that is damaged is put aside."""

    def __init__(self, path: Path, keep: Keep) -> None:
        self._path = path
        self._keep = keep
        self._db: apsw.Connection | None = open_file(path)
        self._nodes: dict[str, int] = {}
        self._layouts: dict[str, tuple[int, int]] = {}
        self._begun: dict[str, _Begun] = {}

    def close(self) -> None:
        """Let go of the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def failed(self, error: apsw.Error) -> None:
        """Forget the connection, and put a damaged file aside."""
        self.close()
        self._nodes.clear()
        self._layouts.clear()
        self._begun.clear()
        if isinstance(error, SPOILT):
            put_aside(self._path, error)

    def write(self, minutes: list[Minute]) -> None:
        """Store minutes; one that is there already is replaced, but what an earlier process wrote of it is kept too."""
        with self._opened() as db:
            for minute in minutes:
                node, begun = self._node(minute.node), self._before(minute)
                row, detail = minute.row, minute.detail
                if begun.row:
                    row = means(2, put_in(2, None, {0: begun.row, 1: row}))
                if begun.detail:
                    detail = laid_over(MINUTE_S // SLOT_S, begun.detail, detail)
                for table, (layout, values) in (("recent", row), ("detail", detail)):
                    db.execute(
                        f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?)",  # noqa: S608 - one of two names
                        (minute.start_s, node, self._layout(layout, minute.start_s), pack(values)),
                    )

    def due(self, now_s: float) -> list[tuple[int, int]]:
        """The oldest quarter of which minutes still lie apart, though it is over, with each node in it."""
        db = self._opened()
        oldest = db.execute("SELECT min(start_s) FROM recent").get
        if oldest is None:
            return []
        quarter = oldest // QUARTER_S * QUARTER_S
        if quarter + QUARTER_S + MINUTE_S > now_s:
            return []
        found = db.execute(
            "SELECT DISTINCT node FROM recent WHERE start_s BETWEEN ? AND ?", (quarter, quarter + QUARTER_S - 1)
        )
        return [(quarter, node) for (node,) in found]

    def gather(self, quarters: list[tuple[int, int]], now_s: float) -> None:
        """Put the minutes of a quarter and a node into one row, and their means into that of their six hours; then thin out
        the node."""
        with self._opened() as db:
            for quarter, node in quarters:
                found = self._recent(node, quarter, quarter + QUARTER_S)
                rows = {(start - quarter) // MINUTE_S: row for start, row in found}
                together = self._put(MINUTE_S, node, quarter, rows)
                self._put(QUARTER_S, node, quarter, {0: means(QUARTER_S // MINUTE_S, together)})
                for start, _ in found:
                    db.execute("DELETE FROM recent WHERE start_s = ? AND node = ?", (start, node))
                self._thin(node, now_s)

    def thin(self, now_s: float) -> None:
        """Remove what is too old of all nodes, those that are gone too, and what nothing refers to any more."""
        with self._opened() as db:
            nodes: list[tuple[int, str]] = [(row[0], row[1]) for row in db.execute("SELECT id, name FROM node")]
            for node, _ in nodes:
                self._thin(node, now_s)
            self.thin_detail(now_s)
            there = {node for (node,) in db.execute("SELECT DISTINCT node FROM recent")}
            for node, name in nodes:
                kept = db.execute("SELECT 1 FROM kept WHERE node = ? LIMIT 1", (node,)).get
                if kept is None and node not in there:
                    db.execute("DELETE FROM node WHERE id = ?", (node,))
                    self._begun.pop(name, None)
            longest_s = max(self._keep.minutes_s, self._keep.quarters_s)
            db.execute("DELETE FROM layout WHERE used_s < ?", (int(now_s - longest_s) - 2 * DAY_S,))
        self._nodes.clear()
        self._layouts.clear()

    def thin_detail(self, now_s: float) -> None:
        """Remove what is too old of the hosts' single readings."""
        self._opened().execute("DELETE FROM detail WHERE start_s < ?", (int(now_s - self._keep.of(SLOT_S)) - MINUTE_S,))

    def nodes(self) -> tuple[str, ...]:
        """The names of all nodes of which something is kept."""
        return tuple(name for (name,) in self._opened().execute("SELECT name FROM node ORDER BY name"))

    def detail(self, node: str, from_s: float, to_s: float) -> Iterator[Found]:
        """The host's single readings, by time."""
        rows = self._opened().execute(
            "SELECT start_s, text, data FROM detail JOIN layout ON layout.id = layout"
            " WHERE start_s > ? AND start_s < ? AND node = (SELECT id FROM node WHERE name = ?) ORDER BY start_s",
            (from_s - MINUTE_S, to_s, node),
        )
        for start_s, text, data in rows:
            yield Found(start_s=start_s, step_s=SLOT_S, layout=read_layout(text), values=unpack(data).tolist())

    def values(self, node: str, step_s: int, from_s: float, to_s: float) -> Iterator[Found]:
        """Values so far apart, by time, and those that are not gathered yet by the minute."""
        number = self._opened().execute("SELECT id FROM node WHERE name = ?", (node,)).get
        if number is None:
            return
        rows = self._opened().execute(
            "SELECT start_s, text, data FROM kept JOIN layout ON layout.id = layout"
            " WHERE node = ? AND step_s = ? AND start_s > ? AND start_s < ? ORDER BY start_s",
            (number, step_s, from_s - CHUNK_S[step_s], to_s),
        )
        for start_s, text, data in rows:
            yield Found(start_s=start_s, step_s=step_s, layout=read_layout(text), values=unpack(data).tolist())
        for start_s, (layout, values) in self._recent(number, from_s - MINUTE_S, to_s):
            yield Found(start_s=start_s, step_s=MINUTE_S, layout=layout, values=values.tolist())

    # how

    def _opened(self) -> apsw.Connection:
        if self._db is None:
            self._db = open_file(self._path)
        return self._db

    def _before(self, minute: Minute) -> "_Begun":
        """What was there of a minute before the first time that it is written here."""
        begun = self._begun.get(minute.node)
        if begun is None or begun.start_s != minute.start_s:
            found = []
            for table in ("recent", "detail"):
                known = (
                    self._opened()
                    .execute(
                        f"SELECT text, data FROM {table} JOIN layout ON layout.id = layout"  # noqa: S608 - one of two names
                        " WHERE start_s = ? AND node = ?",
                        (minute.start_s, self._node(minute.node)),
                    )
                    .fetchone()
                )
                found.append((read_layout(known[0]), unpack(known[1])) if known else None)
            begun = _Begun(start_s=minute.start_s, row=found[0], detail=found[1])
            self._begun[minute.node] = begun
        return begun

    def _recent(self, node: int, from_s: float, to_s: float) -> list[tuple[int, Row]]:
        """The minutes of a node that lie apart, looked up one by one: those of other nodes lie between them."""
        db = self._opened()
        oldest = db.execute("SELECT min(start_s) FROM recent").get
        if oldest is None:
            return []
        newest = db.execute("SELECT max(start_s) FROM recent").get
        begin = max(oldest, -int(-from_s // MINUTE_S) * MINUTE_S)
        found = []
        for start_s in range(begin, min(newest, int(to_s) - 1) + 1, MINUTE_S):
            for text, data in db.execute(
                "SELECT text, data FROM recent JOIN layout ON layout.id = layout WHERE start_s = ? AND node = ?",
                (start_s, node),
            ):
                found.append((start_s, (read_layout(text), unpack(data))))
        return found

    def _put(self, step_s: int, node: int, start_s: int, rows: dict[int, Row]) -> Row:
        """Put values into the row that holds their time; `rows` are by their number from `start_s` on."""
        db, chunk_s = self._opened(), CHUNK_S[step_s]
        begin_s = start_s // chunk_s * chunk_s
        first = (start_s - begin_s) // step_s
        known = db.execute(
            "SELECT kept.rowid, text, data FROM kept JOIN layout ON layout.id = layout"
            " WHERE node = ? AND step_s = ? AND start_s = ?",
            (node, step_s, begin_s),
        ).fetchone()
        old = (read_layout(known[1]), unpack(known[2])) if known else None
        row = put_in(chunk_s // step_s, old, {first + number: one for number, one in rows.items()})
        data, layout = pack(row[1]), self._layout(row[0], start_s)
        if known:
            statement = "UPDATE kept SET layout = ?, size = ?, data = ? WHERE rowid = ?"
            db.execute(statement, (layout, len(data), data, known[0]))
        else:
            statement = "INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?)"
            db.execute(statement, (step_s, node, begin_s, layout, len(data), data))
        return row

    def _thin(self, node: int, now_s: float) -> None:
        db, size = self._opened(), 0
        for step_s, chunk_s in CHUNK_S.items():
            too_old = int(now_s - self._keep.of(step_s)) - chunk_s
            db.execute("DELETE FROM kept WHERE node = ? AND step_s = ? AND start_s <= ?", (node, step_s, too_old))
        size = db.execute("SELECT coalesce(sum(size), 0) FROM kept WHERE node = ?", (node,)).get
        if size <= self._keep.node_bytes:
            return
        # the oldest minutes first: of them there are means
        rows = db.execute("SELECT rowid, size FROM kept WHERE node = ? ORDER BY step_s, start_s", (node,)).fetchall()
        for rowid, its in rows:
            if size <= self._keep.node_bytes:
                return
            db.execute("DELETE FROM kept WHERE rowid = ?", (rowid,))
            size -= its

    def _node(self, name: str) -> int:
        if name not in self._nodes:
            self._opened().execute("INSERT OR IGNORE INTO node (name) VALUES (?)", (name,))
            self._nodes[name] = self._opened().execute("SELECT id FROM node WHERE name = ?", (name,)).get
        return self._nodes[name]

    def _layout(self, layout: Layout, used_s: int) -> int:
        text = layout.text()
        number, known_s = self._layouts.get(text, (0, 0))
        if not number or used_s > known_s + DAY_S:
            number = (
                self._opened()
                .execute(
                    "INSERT INTO layout (text, used_s) VALUES (?, ?)"
                    " ON CONFLICT (text) DO UPDATE SET used_s = max(used_s, excluded.used_s) RETURNING id",
                    (text, used_s),
                )
                .get
            )
            self._layouts[text] = (number, used_s)
        return number
