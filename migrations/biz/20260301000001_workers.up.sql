-- A claim does not wait for the disk. If the server crashes it may be gone while its worker still lives, and the next
-- claim, or a new run of the same id, has the same epoch: so each claim carries a number that no other has.
ALTER TABLE biz.trigger_runs ADD COLUMN IF NOT EXISTS claim bigint;
COMMENT ON COLUMN biz.trigger_runs.claim IS 'Random number of the newest claim: tells it from one that a crash of the server undid.';

-- Which worker processes live and what they can run: during an upgrade the old ones leave new job types to the new ones.
CREATE TABLE IF NOT EXISTS biz.trigger_workers (
    name text PRIMARY KEY,
    job_types text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
COMMENT ON TABLE biz.trigger_workers IS 'Worker processes and what they can run. A run of a type that a process does not know is left to those that do; it is dead only if nobody has shown a sign of life with that type for a minute.';
COMMENT ON COLUMN biz.trigger_workers.name IS 'Process, as in trigger_runs.worker; fresh at each start.';
COMMENT ON COLUMN biz.trigger_workers.job_types IS 'Job types in its registry.';
COMMENT ON COLUMN biz.trigger_workers.created_at IS 'When it started.';
COMMENT ON COLUMN biz.trigger_workers.updated_at IS 'Newest sign of life, every 15 s; the row goes a day after the last one.';

GRANT SELECT, INSERT, UPDATE, DELETE ON biz.trigger_workers TO zqyy_worker;
GRANT SELECT ON biz.trigger_workers TO zqyy_api;
