-- Each statement is under its name. Rows of deployment and task are read whole, in the order of their columns.

-- name: database
SELECT database FROM store

-- reading work

-- name: deployment
SELECT * FROM deployment WHERE sequence = :sequence

-- name: task
SELECT * FROM task WHERE sequence = :sequence

-- name: tasks_of_deployment
SELECT * FROM task WHERE deployment = :deployment ORDER BY sequence

-- The recursion jumps from service to service, so that it costs no more when each was deployed often.
-- name: last_deployments
WITH RECURSIVE its (service) AS (
    SELECT min(service) FROM deployment WHERE service > ''
    UNION ALL
    SELECT (SELECT min(service) FROM deployment WHERE service > its.service) FROM its WHERE its.service IS NOT NULL
)
SELECT deployment.*
FROM its
JOIN deployment ON deployment.sequence = (SELECT max(sequence) FROM deployment WHERE service = its.service)
ORDER BY deployment.service

-- name: requested
SELECT * FROM deployment WHERE request_id = :request_id ORDER BY sequence

-- The plus signs keep SQLite from walking through the whole table, which has the order but also all that has ended.
-- name: live
SELECT * FROM task WHERE state IN ('assigned', 'running') ORDER BY +sequence

-- name: waiting
SELECT * FROM task WHERE state = 'pending' ORDER BY +sequence

-- name: waiting_or_lost
SELECT * FROM task WHERE node = :node AND service = :service AND state = 'pending'
UNION ALL
SELECT * FROM task WHERE node = :node AND service = :service AND state = 'lost'

-- Walks back from the newest task of the service.
-- name: overtook
SELECT * FROM task
WHERE node = :node AND service = :service AND sequence > :sequence AND attempt > 0
ORDER BY sequence DESC
LIMIT 1

-- The recursion jumps from instance to instance, so that a long line costs no more than a short one.
-- name: claimable
WITH RECURSIVE instance (service) AS (
    SELECT min(service) FROM task WHERE node = :node AND state = 'pending'
    UNION ALL
    SELECT (SELECT min(service) FROM task WHERE node = :node AND state = 'pending' AND service > instance.service)
    FROM instance
    WHERE instance.service IS NOT NULL
)
SELECT task.*
FROM instance
JOIN startable ON startable.sequence = (
    SELECT first.sequence
    FROM task AS first
    JOIN deployment AS its ON its.sequence = first.deployment
    WHERE first.node = :node AND first.service = instance.service AND first.state = 'pending' AND its.state <> 'paused'
    ORDER BY first.sequence
    LIMIT 1
)
JOIN task ON task.sequence = startable.sequence
WHERE startable.not_before_ms <= :now_ms AND :now_ms < startable.deadline_ms
ORDER BY startable.priority DESC, startable.sequence
LIMIT :limit

-- name: due_tasks
SELECT * FROM (
    SELECT * FROM task WHERE state = 'pending' AND deadline_ms <= :now_ms
    UNION ALL
    SELECT * FROM task WHERE state IN ('assigned', 'running') AND lease_until_ms <= :now_ms
)
ORDER BY +sequence

-- name: due_deployments
SELECT sequence FROM deployment WHERE resume_ms > 0 AND resume_ms <= :now_ms ORDER BY sequence

-- The counter, not the newest row: all rows may be forgotten.
-- name: last_change
SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'change'

-- name: first_change
SELECT coalesce(
    (SELECT min(number) FROM change), (SELECT seq + 1 FROM sqlite_sequence WHERE name = 'change'), 1
)

-- name: changes
SELECT number, deployment, task FROM change WHERE number > :after ORDER BY number LIMIT :limit

-- lists: the conditions are joined by AND, lists of them by UNION ALL

-- name: deployments_where
SELECT * FROM deployment WHERE sequence < :below

-- name: deployment_services
service IN (SELECT value FROM json_each(:services))

-- name: deployment_open
state IN ('pending', 'running', 'paused')

-- name: tasks_where
SELECT * FROM task WHERE sequence < :below

-- name: task_services
service IN (SELECT value FROM json_each(:services))

-- name: task_nodes
node IN (SELECT value FROM json_each(:nodes))

-- name: task_states
state IN (SELECT value FROM json_each(:states))

-- name: task_states_without_succeeded
state <> 'succeeded' AND state IN (SELECT value FROM json_each(:states))

-- name: task_kinds
+kind IN (SELECT value FROM json_each(:kinds))

-- One of some kinds, so that the index gives them in their order.
-- name: task_kind
kind = json_extract(:kinds, '$[{at}]')

-- name: task_deployment
deployment = :deployment

-- A task may be older than one with a lower number, for clocks are set. So the index alone says between which numbers the
-- tasks of a time are, and only those are read.
-- name: task_since
sequence >= (SELECT min(sequence) FROM task INDEXED BY task_created WHERE created_ms >= :since_ms)
AND +created_ms >= :since_ms

-- name: newest_before
SELECT coalesce(max(sequence), 0) FROM task INDEXED BY task_created WHERE created_ms < :until_ms

-- name: task_until
+created_ms < :until_ms

-- name: list
SELECT * FROM ({newest})

-- name: newest_first
ORDER BY sequence DESC LIMIT :limit

-- writing work

-- name: next_deployment
SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'deployment'

-- name: next_task
SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'task'

-- name: add_deployment
INSERT INTO deployment (
    sequence, request_id, kind, service, revision, state, rollout_json, batch, batches, resume_ms, created_ms,
    created_by, ended_ms, reason, retry_of, cancelled_by, notes_json
) VALUES (
    :sequence, :request_id, :kind, :service, :revision, :state, :rollout_json, :batch, :batches, :resume_ms,
    :created_ms, :created_by, :ended_ms, :reason, :retry_of, :cancelled_by, :notes_json
)

-- name: store_deployment
UPDATE deployment
SET state = :state, batch = :batch, resume_ms = :resume_ms, ended_ms = :ended_ms, reason = :reason,
    cancelled_by = :cancelled_by
WHERE sequence = :sequence

-- name: add_task
INSERT INTO task (
    sequence, deployment, service, node, kind, state, attempt, priority, batch, created_ms, started_ms, ended_ms,
    deadline_ms, not_before_ms, lease_until_ms, server, reported, cancel_requested, error_json, steps_json,
    order_json, outputs_json
) VALUES (
    :sequence, :deployment, :service, :node, :kind, :state, :attempt, :priority, :batch, :created_ms, :started_ms,
    :ended_ms, :deadline_ms, :not_before_ms, :lease_until_ms, :server, :reported, :cancel_requested, :error_json,
    :steps_json, :order_json, :outputs_json
)

-- name: store_task
UPDATE task
SET state = :state, attempt = :attempt, started_ms = :started_ms, ended_ms = :ended_ms,
    not_before_ms = :not_before_ms, lease_until_ms = :lease_until_ms, server = :server, reported = :reported,
    cancel_requested = :cancel_requested, error_json = :error_json, steps_json = :steps_json,
    outputs_json = :outputs_json
WHERE sequence = :sequence

-- Follows store_task, and makes of it the claim: one statement that checks every invariant.
-- name: if_startable
AND EXISTS (
    SELECT 1 FROM startable
    WHERE startable.sequence = task.sequence
        AND startable.not_before_ms <= :now_ms AND :now_ms < startable.deadline_ms
)

-- name: add_change
INSERT INTO change (deployment, task) VALUES (:deployment, :task)

-- name: add_release
INSERT INTO release (service, node, good, release_json) VALUES (:service, :node, :good, :release_json)

-- name: postpone_tasks
UPDATE task
SET deadline_ms = deadline_ms + :by_ms,
    not_before_ms = iif(not_before_ms, not_before_ms + :by_ms, 0),
    lease_until_ms = iif(lease_until_ms, lease_until_ms + :by_ms, 0)
WHERE state IN ('pending', 'assigned', 'running')

-- name: postpone_deployments
UPDATE deployment SET resume_ms = resume_ms + :by_ms WHERE resume_ms > 0

-- housekeeping

-- name: ended_deployments
SELECT sequence FROM deployment
WHERE ended_ms > 0 AND ended_ms < :ended_since_ms
    AND (
        service = ''
        OR sequence < (SELECT max(sequence) FROM deployment AS its WHERE its.service = deployment.service)
    )
ORDER BY ended_ms, sequence
LIMIT :limit

-- name: tasks_of_deployments
SELECT sequence FROM task WHERE deployment IN (SELECT value FROM json_each(:deployments))

-- name: forget_tasks
DELETE FROM task WHERE deployment IN (SELECT value FROM json_each(:deployments))

-- Ended means that its own last change is newer than those of its tasks. What is older than that is forgotten too, so that
-- what is left has no gap.
-- name: forget_changes
DELETE FROM change
WHERE number <= (SELECT max(number) FROM change WHERE deployment IN (SELECT value FROM json_each(:deployments)))

-- name: forget_deployments
DELETE FROM deployment WHERE sequence IN (SELECT value FROM json_each(:deployments))

-- name: forget_audit
DELETE FROM audit
WHERE number IN (SELECT number FROM audit ORDER BY number LIMIT :limit) AND at_ms < :audit_since_ms

-- name: forget_releases
DELETE FROM release
WHERE number IN (
    SELECT number FROM (
        SELECT number, row_number() OVER (PARTITION BY service, node ORDER BY number DESC) AS age FROM release
    )
    WHERE age > :releases
        AND number NOT IN (SELECT max(number) FROM release WHERE good GROUP BY service, node)
    LIMIT :limit
)

-- name: kept_bundles
SELECT order_json ->> '$.bundle' FROM task WHERE state IN ('pending', 'assigned', 'running')
UNION
SELECT release_json ->> '$.bundle' FROM release

-- what a person wants, what was released, who is there

-- name: releases
SELECT release_json FROM release
WHERE number IN (
    SELECT max(number) FROM release WHERE :service = '' OR service = :service GROUP BY service, node
)
ORDER BY service, node

-- name: good_releases
SELECT release_json FROM release
WHERE number IN (
    SELECT max(number) FROM release WHERE good AND (:service = '' OR service = :service) GROUP BY service, node
)
ORDER BY service, node

-- name: intents
SELECT service, node, since_ms, by FROM intent ORDER BY service, node

-- name: set_intent
INSERT OR REPLACE INTO intent (service, node, since_ms, by) VALUES (:service, :node, :since_ms, :by)

-- name: clear_intent
DELETE FROM intent WHERE service = :service AND node = :node

-- name: drains
SELECT node, since_ms, by FROM drain ORDER BY node

-- name: set_drain
INSERT OR REPLACE INTO drain (node, since_ms, by) VALUES (:node, :since_ms, :by)

-- name: clear_drain
DELETE FROM drain WHERE node = :node

-- name: pauses
SELECT node, since_ms, by FROM pause ORDER BY node

-- name: set_pause
INSERT OR REPLACE INTO pause (node, since_ms, by) VALUES (:node, :since_ms, :by)

-- name: clear_pause
DELETE FROM pause WHERE node = :node

-- name: schedules
SELECT state_json FROM schedule ORDER BY name

-- name: save_schedule
INSERT OR REPLACE INTO schedule (name, state_json) VALUES (:name, :state_json)

-- name: add_audit_entry
INSERT INTO audit (at_ms, by, action, target, text) VALUES (:at_ms, :by, :action, :target, :text)

-- name: audit
SELECT number, at_ms, by, action, target, text FROM audit WHERE number < :below ORDER BY number DESC LIMIT :limit

-- name: nodes
SELECT node_json FROM node ORDER BY name

-- name: save_node
INSERT OR REPLACE INTO node (name, node_json) VALUES (:name, :node_json)

-- name: repository
SELECT state_json FROM repository

-- name: save_repository
INSERT OR REPLACE INTO repository (only, state_json) VALUES (1, :state_json)

-- name: seen
SELECT node, seen_json FROM seen

-- name: save_seen
INSERT OR REPLACE INTO seen (node, seen_json) VALUES (:node, :seen_json)
