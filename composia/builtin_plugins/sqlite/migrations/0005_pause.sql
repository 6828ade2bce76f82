-- On these nodes no task is to begin.
CREATE TABLE pause (node TEXT PRIMARY KEY, since_ms INTEGER NOT NULL, by TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- When each schedule of the configuration is due next, and what became of the last time.
CREATE TABLE schedule (name TEXT PRIMARY KEY, state_json TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- The tasks that may be claimed once their time has come: core/line.py says the same of values.
DROP VIEW startable;
CREATE VIEW startable AS
SELECT task.sequence, task.priority, task.not_before_ms, task.deadline_ms
FROM task
JOIN deployment ON deployment.sequence = task.deployment
WHERE task.state = 'pending'
    AND task.batch <= deployment.batch
    AND deployment.state IN ('pending', 'running')
    AND NOT EXISTS (SELECT 1 FROM pause WHERE pause.node = task.node)
    AND NOT EXISTS (
        SELECT 1 FROM task AS live
        WHERE live.node = task.node AND live.service = task.service AND live.state IN ('assigned', 'running')
    )
    AND NOT EXISTS (
        SELECT 1 FROM task AS ahead
        JOIN deployment AS its ON its.sequence = ahead.deployment
        WHERE ahead.node = task.node AND ahead.service = task.service AND ahead.state = 'pending'
            AND ahead.sequence < task.sequence AND its.state <> 'paused'
    );
