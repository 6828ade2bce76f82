CREATE TABLE node (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

-- which values a row has; `used_s` is when the newest row with it was written
CREATE TABLE layout (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, used_s INTEGER NOT NULL) STRICT;

-- the last minutes of each node, by time: whoever writes them goes on at one end
CREATE TABLE recent (
  start_s INTEGER NOT NULL, node INTEGER NOT NULL, layout INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (start_s, node)
) STRICT, WITHOUT ROWID;

-- the host in the last hour, twelve values a minute
CREATE TABLE detail (
  start_s INTEGER NOT NULL, node INTEGER NOT NULL, layout INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (start_s, node)
) STRICT, WITHOUT ROWID;

-- many values of each series in one row: of a quarter of an hour by the minute, of six hours by the quarter
CREATE TABLE kept (
  step_s INTEGER NOT NULL, node INTEGER NOT NULL, start_s INTEGER NOT NULL, layout INTEGER NOT NULL,
  size INTEGER NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX kept_by_node ON kept (node, step_s, start_s, size);
