-- The scheduler: what runs when, the event inbox, one row per run.
CREATE TABLE IF NOT EXISTS biz.trigger_jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_name text NOT NULL UNIQUE CHECK (job_name ~ '^[a-z][a-z0-9_]{0,62}$'),
    job_type text NOT NULL CHECK (btrim(job_type) <> ''),
    trigger_condition text NOT NULL CHECK (trigger_condition IN ('cron', 'interval', 'event')),
    trigger_config jsonb NOT NULL,
    status text NOT NULL DEFAULT 'enabled' CHECK (status IN ('enabled', 'disabled')),
    description text,
    last_run_at timestamptz,
    next_run_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT trigger_jobs_config_object CHECK (jsonb_typeof(trigger_config) = 'object'),
    -- Only the shape: what a field or zone means is checked by whoever edits, and again by the dispatcher.
    CONSTRAINT trigger_jobs_config_condition CHECK (coalesce(CASE trigger_condition
        WHEN 'cron' THEN jsonb_typeof(trigger_config -> 'cron_expression') = 'string'
            AND coalesce(jsonb_typeof(trigger_config -> 'timezone'), 'string') = 'string'
        WHEN 'interval' THEN (trigger_config -> 'interval_seconds')::text ~ '^[1-9][0-9]{0,8}$'
        WHEN 'event' THEN jsonb_typeof(trigger_config -> 'event_name') = 'string'
            AND btrim(trigger_config ->> 'event_name') <> ''
        END, false)),
    CONSTRAINT trigger_jobs_config_options CHECK (
        coalesce((trigger_config -> 'misfire')::text IN ('"latest"', '"skip"', '"all"'), true)
        AND coalesce((trigger_config -> 'scope')::text IN ('"site"', '"global"'), true)
        AND coalesce((trigger_config -> 'coalesce')::text IN ('"site"', '"none"'), true)
        AND coalesce((trigger_config -> 'max')::text ~ '^[1-9][0-9]{0,3}$', true)
        AND coalesce((trigger_config -> 'max_attempts')::text ~ '^[1-9][0-9]{0,2}$', true)
        AND coalesce((trigger_config -> 'timeout_seconds')::text ~ '^[1-9][0-9]{0,4}$', true)
        AND coalesce((trigger_config -> 'backoff_seconds')::text ~ '^[1-9][0-9]{0,3}$', true)
        AND coalesce((trigger_config -> 'debounce_ms')::text ~ '^[0-9]{1,7}$', true)
        AND coalesce((trigger_config -> 'pause_after')::text ~ '^[0-9]{1,4}$', true))
);
COMMENT ON TABLE biz.trigger_jobs IS 'What runs when. Edits count at once: an edit, enabling or disabling sets next_run_at NULL, which means "compute from now, nothing was missed".';
COMMENT ON COLUMN biz.trigger_jobs.id IS 'Job id.';
COMMENT ON COLUMN biz.trigger_jobs.job_name IS 'Name shown to operators and used by `worker run`.';
COMMENT ON COLUMN biz.trigger_jobs.job_type IS 'Handler in the worker''s registry; several jobs may share one. An unknown type makes dead runs, not a stopped worker.';
COMMENT ON COLUMN biz.trigger_jobs.trigger_condition IS 'cron, interval, event.';
COMMENT ON COLUMN biz.trigger_jobs.trigger_config IS 'cron: {cron_expression, timezone}; interval: {interval_seconds}; event: {event_name}. All: misfire latest/skip/all with max, max_attempts, timeout_seconds, backoff_seconds, scope site/global, coalesce site/none, debounce_ms, pause_after.';
COMMENT ON COLUMN biz.trigger_jobs.status IS 'enabled, disabled.';
COMMENT ON COLUMN biz.trigger_jobs.description IS 'For operators.';
COMMENT ON COLUMN biz.trigger_jobs.last_run_at IS 'End of the newest run, to the second.';
COMMENT ON COLUMN biz.trigger_jobs.next_run_at IS 'Next slot of a cron or interval job, UTC; NULL = to be computed from now. Written by the dispatcher.';
COMMENT ON COLUMN biz.trigger_jobs.last_error IS 'Newest failure, with the site it happened at; cleared when the same site succeeds, or by an edit.';

CREATE TABLE IF NOT EXISTS biz.trigger_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_name text NOT NULL,
    site_id bigint,
    payload jsonb NOT NULL DEFAULT '{}',
    dedup_key text,
    fired_by text NOT NULL DEFAULT session_user,
    created_at timestamptz NOT NULL DEFAULT now(),
    dispatched_at timestamptz,
    error text
);
-- Claimed by state, never by id or time: a row that a long transaction commits late is seen like any other.
CREATE INDEX IF NOT EXISTS trigger_events_undispatched
    ON biz.trigger_events (event_name, site_id, id) WHERE dispatched_at IS NULL;
CREATE INDEX IF NOT EXISTS trigger_events_dispatched
    ON biz.trigger_events (dispatched_at) WHERE dispatched_at IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS trigger_events_dedup
    ON biz.trigger_events (event_name, site_id, dedup_key) NULLS NOT DISTINCT WHERE dedup_key IS NOT NULL;
COMMENT ON TABLE biz.trigger_events IS 'The inbox of the scheduler. The ETL''s whole contract: INSERT INTO biz.trigger_events (event_name, site_id, payload) VALUES (''etl_data_updated'', 42, ''{"batch": "…"}''), after the warehouse has committed. No foreign key and no name check: a bad event never aborts the sender.';
COMMENT ON COLUMN biz.trigger_events.id IS 'Event id; not the order of commits.';
COMMENT ON COLUMN biz.trigger_events.event_name IS 'etl_data_updated, recall_completed, note_created; a name that nobody listens to is dispatched with no run.';
COMMENT ON COLUMN biz.trigger_events.site_id IS 'Site; null = all active sites.';
COMMENT ON COLUMN biz.trigger_events.payload IS 'For the handler.';
COMMENT ON COLUMN biz.trigger_events.dedup_key IS 'A second row with the same name, site and key is refused; null = none. Holds while the row is kept (7 days).';
COMMENT ON COLUMN biz.trigger_events.fired_by IS 'Database role that inserted it.';
COMMENT ON COLUMN biz.trigger_events.dispatched_at IS 'When runs were made of it; null = waiting.';
COMMENT ON COLUMN biz.trigger_events.error IS 'Why a dispatched event made no run: unknown or inactive site, unreadable listener.';

CREATE TABLE IF NOT EXISTS biz.trigger_runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint NOT NULL REFERENCES biz.trigger_jobs,
    site_id bigint REFERENCES biz.sites,
    trigger text NOT NULL CHECK (trigger IN ('cron', 'interval', 'event', 'manual')),
    coalesced boolean NOT NULL DEFAULT false,
    scheduled_for timestamptz,
    not_before timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'failed', 'succeeded', 'dead', 'cancelled', 'skipped')),
    attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    epoch integer NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    lease_until timestamptz,
    event_count integer NOT NULL DEFAULT 0,
    worker text,
    started_at timestamptz,
    finished_at timestamptz,
    cancel_requested_at timestamptz,
    error text,
    stats jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT trigger_runs_running_has_lease CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT trigger_runs_ended_is_dated
        CHECK ((state IN ('succeeded', 'dead', 'cancelled', 'skipped')) = (finished_at IS NOT NULL))
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
-- One waiting run per job and site: an event that comes before it starts joins it.
CREATE UNIQUE INDEX IF NOT EXISTS trigger_runs_pending ON biz.trigger_runs (job_id, site_id) NULLS NOT DISTINCT
    WHERE trigger = 'event' AND coalesced AND state = 'queued' AND started_at IS NULL;
-- Runs of one job and site never overlap.
CREATE UNIQUE INDEX IF NOT EXISTS trigger_runs_running ON biz.trigger_runs (job_id, site_id) NULLS NOT DISTINCT
    WHERE state = 'running';
-- Each slot is scheduled once, however many dispatchers see it due.
CREATE UNIQUE INDEX IF NOT EXISTS trigger_runs_slot ON biz.trigger_runs (job_id, site_id, scheduled_for)
    NULLS NOT DISTINCT WHERE scheduled_for IS NOT NULL;
-- The claim walks it pair by pair, so that a long queue of one site costs the others nothing.
CREATE INDEX IF NOT EXISTS trigger_runs_ready ON biz.trigger_runs (job_id, coalesce(site_id, 0), not_before, id)
    WHERE state IN ('queued', 'failed');
-- When a site was served last, and which job started there last.
CREATE INDEX IF NOT EXISTS trigger_runs_served ON biz.trigger_runs (coalesce(site_id, 0), started_at DESC)
    INCLUDE (job_id) WHERE started_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS trigger_runs_finished ON biz.trigger_runs (job_id, finished_at DESC)
    WHERE finished_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS trigger_runs_dead ON biz.trigger_runs (job_id) WHERE state = 'dead';
COMMENT ON TABLE biz.trigger_runs IS 'One row per run, and the truth about it; the queue only brings workers here.';
COMMENT ON COLUMN biz.trigger_runs.id IS 'Run id.';
COMMENT ON COLUMN biz.trigger_runs.job_id IS 'Job.';
COMMENT ON COLUMN biz.trigger_runs.site_id IS 'Site; null = a run of scope global, or the record of skipped slots.';
COMMENT ON COLUMN biz.trigger_runs.trigger IS 'cron, interval, event, manual.';
COMMENT ON COLUMN biz.trigger_runs.coalesced IS 'Events that come before the start join this run.';
COMMENT ON COLUMN biz.trigger_runs.scheduled_for IS 'Slot of a cron or interval run.';
COMMENT ON COLUMN biz.trigger_runs.not_before IS 'Not claimed earlier: debounce, or backoff after a failure.';
COMMENT ON COLUMN biz.trigger_runs.state IS 'queued, running, failed (waits for its next attempt), succeeded, dead, cancelled, skipped.';
COMMENT ON COLUMN biz.trigger_runs.attempt IS 'Attempts begun; a crash counts, a drain does not.';
COMMENT ON COLUMN biz.trigger_runs.epoch IS 'Raised by every claim: a worker that lost the run cannot write with an older one.';
COMMENT ON COLUMN biz.trigger_runs.lease_until IS 'While running: until then it belongs to its worker, who renews it.';
COMMENT ON COLUMN biz.trigger_runs.event_count IS 'Events joined.';
COMMENT ON COLUMN biz.trigger_runs.worker IS 'Process of the newest attempt.';
COMMENT ON COLUMN biz.trigger_runs.started_at IS 'First claim.';
COMMENT ON COLUMN biz.trigger_runs.finished_at IS 'When it reached a final state.';
COMMENT ON COLUMN biz.trigger_runs.cancel_requested_at IS 'Asked to stop while running; seen at the next heartbeat.';
COMMENT ON COLUMN biz.trigger_runs.error IS 'Newest failure.';
COMMENT ON COLUMN biz.trigger_runs.stats IS 'What the handler reports; on skipped slots {count, first, last}; on a cancelled run the events it drops.';

CREATE TABLE IF NOT EXISTS biz.trigger_run_events (
    run_id bigint NOT NULL REFERENCES biz.trigger_runs ON DELETE CASCADE,
    event_id bigint NOT NULL REFERENCES biz.trigger_events ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, event_id)
);
CREATE INDEX IF NOT EXISTS trigger_run_events_event ON biz.trigger_run_events (event_id);
COMMENT ON TABLE biz.trigger_run_events IS 'Which events a run answers.';
COMMENT ON COLUMN biz.trigger_run_events.run_id IS 'Run.';
COMMENT ON COLUMN biz.trigger_run_events.event_id IS 'Event.';

DO $comments$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['trigger_jobs', 'trigger_events', 'trigger_runs', 'trigger_run_events'] LOOP
        EXECUTE format('COMMENT ON COLUMN biz.%I.created_at IS %L', t, 'When the row was written.');
        IF t IN ('trigger_jobs', 'trigger_runs') THEN
            EXECUTE format('COMMENT ON COLUMN biz.%I.updated_at IS %L', t,
                CASE t WHEN 'trigger_jobs' THEN 'Newest edit by a person.' ELSE 'Newest change of state.' END);
        END IF;
    END LOOP;
END
$comments$;

-- An edit makes the stored slot meaningless; the dispatcher's own updates touch none of these columns.
CREATE OR REPLACE FUNCTION biz.trigger_jobs_edited() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.next_run_at := NULL;
    NEW.updated_at := now();
    IF NEW.status = 'enabled' THEN
        NEW.last_error := NULL;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION biz.trigger_jobs_edited() IS 'On an edit of a job: next_run_at NULL, so that the dispatcher computes it from now.';
CREATE OR REPLACE TRIGGER trigger_jobs_edited BEFORE UPDATE ON biz.trigger_jobs FOR EACH ROW
    WHEN (OLD.trigger_config IS DISTINCT FROM NEW.trigger_config
        OR OLD.trigger_condition IS DISTINCT FROM NEW.trigger_condition
        OR OLD.job_type IS DISTINCT FROM NEW.job_type
        OR OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION biz.trigger_jobs_edited();

-- Wakes the dispatchers ('dispatch') or the workers ('runs'). PostgreSQL sends one notification per transaction for
-- each payload, however many statements ask for it.
CREATE OR REPLACE FUNCTION biz.wake_scheduler() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('zqyy_scheduler', TG_ARGV[0]);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION biz.wake_scheduler() IS 'NOTIFY zqyy_scheduler with the trigger''s argument.';
CREATE OR REPLACE TRIGGER trigger_events_wake AFTER INSERT ON biz.trigger_events
    FOR EACH STATEMENT EXECUTE FUNCTION biz.wake_scheduler('dispatch');
CREATE OR REPLACE TRIGGER trigger_jobs_wake
    AFTER INSERT OR UPDATE OF job_type, trigger_condition, trigger_config, status ON biz.trigger_jobs
    FOR EACH STATEMENT EXECUTE FUNCTION biz.wake_scheduler('dispatch');
-- Dispatchers wake their own process and push tickets; only runs that people make or retry need this.
CREATE OR REPLACE TRIGGER trigger_runs_wake_made AFTER INSERT ON biz.trigger_runs
    FOR EACH ROW WHEN (NEW.trigger = 'manual') EXECUTE FUNCTION biz.wake_scheduler('runs');
CREATE OR REPLACE TRIGGER trigger_runs_wake_retried AFTER UPDATE OF state ON biz.trigger_runs
    FOR EACH ROW WHEN (OLD.state = 'dead' AND NEW.state = 'queued') EXECUTE FUNCTION biz.wake_scheduler('runs');

INSERT INTO biz.trigger_jobs (job_name, job_type, trigger_condition, trigger_config, description) VALUES
    ('task_generator', 'task_generator', 'cron', '{"cron_expression": "0 4 * * *", "timezone": "Asia/Shanghai"}',
     'Every morning: whom each coach should contact, and why.'),
    ('task_expiry_check', 'task_expiry_check', 'interval', '{"interval_seconds": 3600}',
     'Closes tasks whose time is up.'),
    ('recall_completion_check', 'recall_completion_check', 'event', '{"event_name": "etl_data_updated"}',
     'Completes the recalls of members who came back.'),
    ('note_reclassify_backfill', 'note_reclassify_backfill', 'event', '{"event_name": "recall_completed"}',
     'After a recall: turns the coach''s note into a follow-up, or asks for one.'),
    ('task_generator_refresh', 'task_generator_refresh', 'event', '{"event_name": "etl_data_updated"}',
     'Generates again when the warehouse has a newer snapshot than the last generation used.'),
    ('recall_sweep', 'recall_sweep', 'interval', '{"interval_seconds": 1800}',
     'Completes recalls again, for a lost event or a late replica.'),
    ('queue_prune', 'queue_prune', 'interval', '{"interval_seconds": 300}',
     'Removes spent tickets, old runs and old events.')
ON CONFLICT (job_name) DO NOTHING;

DO $rls$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['trigger_events', 'trigger_runs', 'trigger_run_events'] LOOP
        EXECUTE format('ALTER TABLE biz.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE biz.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('DROP POLICY IF EXISTS api_site ON biz.%I', t);
        EXECUTE format('DROP POLICY IF EXISTS worker_all ON biz.%I', t);
        EXECUTE format('CREATE POLICY worker_all ON biz.%I TO zqyy_worker USING (true)', t);
    END LOOP;
END
$rls$;
-- What concerns all sites (site_id null) is seen at each; written only at one's own.
CREATE POLICY api_site ON biz.trigger_events TO zqyy_api
    USING (site_id IS NULL OR site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint)
    WITH CHECK (site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint);
CREATE POLICY api_site ON biz.trigger_runs TO zqyy_api
    USING (site_id IS NULL OR site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint)
    WITH CHECK (site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint);
CREATE POLICY api_site ON biz.trigger_run_events FOR SELECT TO zqyy_api
    USING (EXISTS (SELECT FROM biz.trigger_runs r WHERE r.id = run_id));
DROP POLICY IF EXISTS etl_insert ON biz.trigger_events;
CREATE POLICY etl_insert ON biz.trigger_events FOR INSERT TO zqyy_etl_writer WITH CHECK (true);

GRANT SELECT ON biz.trigger_jobs TO zqyy_api;
GRANT SELECT, UPDATE ON biz.trigger_jobs TO zqyy_worker;
GRANT SELECT ON biz.trigger_events, biz.trigger_runs, biz.trigger_run_events TO zqyy_api;
GRANT INSERT (event_name, site_id, payload, dedup_key) ON biz.trigger_events TO zqyy_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON biz.trigger_events, biz.trigger_runs, biz.trigger_run_events TO zqyy_worker;
GRANT USAGE ON SEQUENCE biz.trigger_runs_id_seq TO zqyy_worker;
GRANT USAGE ON SCHEMA biz TO zqyy_etl_writer;
GRANT INSERT (event_name, site_id, payload, dedup_key) ON biz.trigger_events TO zqyy_etl_writer;
