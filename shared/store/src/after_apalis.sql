-- What apalis' own set-up lacks. Runs after every set-up, on the owner's connection, and is safe to run again.

-- The worker reads and moves tickets; nobody else writes to the queue.
GRANT USAGE ON SCHEMA apalis TO zqyy_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON apalis.jobs, apalis.workers TO zqyy_worker;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA apalis TO zqyy_worker;
GRANT SELECT ON biz._sqlx_migrations TO zqyy_api, zqyy_worker;

-- The board may look.
GRANT USAGE ON SCHEMA apalis TO zqyy_board;
GRANT SELECT ON apalis.jobs, apalis.workers TO zqyy_board;

-- apalis' get_jobs joins its CTE with the whole table, by a sequential scan as soon as there is a backlog. Same
-- signature, same result, by index alone; and "<=", so that a ticket can be taken at the instant it says.
CREATE OR REPLACE FUNCTION apalis.get_jobs(worker_id text, v_job_type text, v_job_count integer DEFAULT 5)
RETURNS SETOF apalis.jobs LANGUAGE sql VOLATILE AS $$
    UPDATE apalis.jobs j SET status = 'Queued', lock_by = worker_id, lock_at = now()
    WHERE j.id = ANY (ARRAY(
        SELECT id FROM apalis.jobs
        WHERE (status = 'Pending' OR (status = 'Failed' AND attempts < max_attempts))
          AND run_at <= now() AND job_type = v_job_type
        ORDER BY priority DESC, run_at ASC LIMIT v_job_count FOR UPDATE SKIP LOCKED))
    RETURNING j.*
$$;

-- Duplicates of the primary key and of each other. lock_by stays set on finished rows, so an index over all of them
-- only grows; the rescue of orphans asks for those in work alone.
DROP INDEX IF EXISTS apalis.lidx, apalis.idx_apalis_jobs_lock_by, apalis.unique_job_id, apalis.wtidx, apalis.lsidx;
CREATE INDEX IF NOT EXISTS biz_jobs_locked ON apalis.jobs (lock_by) WHERE status = 'Running' OR status = 'Queued';
-- Spent tickets, for their removal.
CREATE INDEX IF NOT EXISTS biz_jobs_spent ON apalis.jobs (done_at) WHERE done_at IS NOT NULL;
ALTER TABLE apalis.jobs SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05, fillfactor = 80);
