-- What is shown of a deployment: what to know before it goes on, and who had the whole of it ended.
ALTER TABLE deployment ADD COLUMN cancelled_by TEXT NOT NULL DEFAULT '';
ALTER TABLE deployment ADD COLUMN notes_json TEXT NOT NULL DEFAULT '[]';

-- Who asks for tasks of one kind, or of some time, shall not have to read all the others.
CREATE INDEX task_kind ON task (kind);
CREATE INDEX task_created ON task (created_ms);
