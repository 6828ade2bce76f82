-- A task knows how long the output of each of its attempts is, a deployment what it is a retry of, and tasks of paused
-- deployments stand in nobody's way.

DROP VIEW startable;

ALTER TABLE deployment ADD COLUMN retry_of TEXT NOT NULL DEFAULT '';

-- -1 for each attempt before the last one, whose output had no known end
ALTER TABLE task ADD COLUMN outputs_json TEXT NOT NULL DEFAULT '[]';
UPDATE task
SET outputs_json = '[' || replace(hex(zeroblob(attempt - 1)), '00', '-1,') || output_bytes || ']'
WHERE attempt > 0 AND state IN ('succeeded', 'failed', 'cancelled');
ALTER TABLE task DROP COLUMN output_bytes;

CREATE INDEX task_lost ON task (node, service) WHERE state = 'lost';
-- Nearly all of a large table has succeeded; who asks for what did not shall not have to read that.
CREATE INDEX task_not_succeeded ON task (state) WHERE state <> 'succeeded';
CREATE INDEX deployment_ended ON deployment (ended_ms) WHERE ended_ms > 0;
CREATE INDEX change_deployment ON change (deployment) WHERE deployment IS NOT NULL;

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
        JOIN deployment AS its ON its.sequence = ahead.deployment
        WHERE ahead.node = task.node AND ahead.service = task.service AND ahead.state = 'pending'
            AND ahead.sequence < task.sequence AND its.state <> 'paused'
    );
