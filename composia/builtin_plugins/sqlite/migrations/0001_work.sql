-- Times are milliseconds UTC, 0 means not yet. Columns ending in _json hold one value of the domain each.

CREATE TABLE store (database TEXT NOT NULL) STRICT;
INSERT INTO store SELECT lower(hex(randomblob(8)));

CREATE TABLE deployment (
    sequence   INTEGER PRIMARY KEY AUTOINCREMENT, -- its id is d and this number
    request_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    service    TEXT NOT NULL,
    revision   TEXT NOT NULL,
    state      TEXT NOT NULL,
    rollout_json TEXT NOT NULL,
    batch      INTEGER NOT NULL,
    batches    INTEGER NOT NULL,
    resume_ms  INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    ended_ms   INTEGER NOT NULL,
    reason     TEXT NOT NULL
) STRICT;

-- Each index ends with the sequence, which is the row's own number.
CREATE INDEX deployment_request ON deployment (request_id);
CREATE INDEX deployment_service ON deployment (service);
CREATE INDEX deployment_open ON deployment (sequence) WHERE state IN ('pending', 'running', 'paused');
CREATE INDEX deployment_resume ON deployment (resume_ms) WHERE resume_ms > 0;

CREATE TABLE task (
    sequence   INTEGER PRIMARY KEY AUTOINCREMENT, -- its id is t and this number
    deployment INTEGER NOT NULL REFERENCES deployment,
    service    TEXT NOT NULL,
    node       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL,
    attempt    INTEGER NOT NULL,
    priority   INTEGER NOT NULL,
    batch      INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms   INTEGER NOT NULL,
    deadline_ms INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL,
    lease_until_ms INTEGER NOT NULL,
    server     TEXT NOT NULL,
    reported   INTEGER NOT NULL,
    output_bytes INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    error_json TEXT,
    steps_json TEXT NOT NULL,
    order_json TEXT NOT NULL
) STRICT;

CREATE INDEX task_deployment ON task (deployment);
CREATE INDEX task_service ON task (service);
CREATE INDEX task_node ON task (node);
CREATE INDEX task_waiting ON task (node, service) WHERE state = 'pending';
CREATE INDEX task_deadline ON task (deadline_ms) WHERE state = 'pending';
CREATE INDEX task_lease ON task (lease_until_ms) WHERE state IN ('assigned', 'running');
-- Two live tasks of one instance cannot even be stored.
CREATE UNIQUE INDEX task_live ON task (node, service) WHERE state IN ('assigned', 'running');

-- The tasks that may be claimed once their time has come: core/line.py says the same of values.
CREATE VIEW startable AS
SELECT task.sequence, task.priority, task.not_before_ms, task.deadline_ms
FROM task
JOIN deployment ON deployment.sequence = task.deployment
WHERE task.state = 'pending'
    AND task.batch <= deployment.batch
    AND deployment.state IN ('pending', 'running')
    AND NOT EXISTS (
        SELECT 1 FROM task AS live
        WHERE live.node = task.node AND live.service = task.service AND live.state IN ('assigned', 'running')
    )
    AND NOT EXISTS (
        SELECT 1 FROM task AS ahead
        WHERE ahead.node = task.node AND ahead.service = task.service AND ahead.state = 'pending'
            AND ahead.sequence < task.sequence
    );

-- One row a change, with the deployment or the task that changed.
CREATE TABLE change (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    deployment INTEGER,
    task       INTEGER
) STRICT;

CREATE TABLE release (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    node    TEXT NOT NULL,
    good    INTEGER NOT NULL,
    release_json TEXT NOT NULL
) STRICT;

CREATE INDEX release_instance ON release (service, node);
CREATE INDEX release_good ON release (service, node) WHERE good;

CREATE TABLE intent (
    service  TEXT NOT NULL,
    node     TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    by       TEXT NOT NULL,
    PRIMARY KEY (service, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms  INTEGER NOT NULL,
    by     TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    text   TEXT NOT NULL
) STRICT;

CREATE TABLE node (name TEXT PRIMARY KEY, node_json TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE repository (only INTEGER PRIMARY KEY CHECK (only = 1), state_json TEXT NOT NULL) STRICT;

CREATE TABLE seen (node TEXT PRIMARY KEY, seen_json TEXT NOT NULL) STRICT, WITHOUT ROWID;
