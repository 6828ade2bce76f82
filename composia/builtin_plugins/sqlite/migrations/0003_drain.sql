-- On these nodes nothing new is to be placed.
CREATE TABLE drain (node TEXT PRIMARY KEY, since_ms INTEGER NOT NULL, by TEXT NOT NULL) STRICT, WITHOUT ROWID;
