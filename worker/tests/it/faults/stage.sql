-- The harness's own tables and triggers, beside the migrated schema.
UPDATE biz.trigger_jobs SET status = 'disabled';
INSERT INTO biz.sites (site_id, site_code, name, status) VALUES
    (1, 'ONE', 'one', 'active'), (2, 'TWO', 'two', 'active'), (3, 'THREE', 'three', 'active'), (4, 'SHUT', 'shut', 'inactive');

INSERT INTO biz.trigger_jobs (job_name, job_type, trigger_condition, trigger_config)
SELECT job_name, job_type, condition,
       config || '{"max_attempts": 100, "backoff_seconds": 1, "timeout_seconds": 3}'::jsonb
FROM (VALUES
    ('works', 'works', 'event', '{"event_name": "work"}'::jsonb),
    ('works_for_all', 'works_for_all', 'event', '{"event_name": "work"}'),
    ('each', 'takes_its_time', 'event', '{"event_name": "each"}'),
    ('lingers', 'lingers', 'event', '{"event_name": "linger"}'),
    ('fails', 'fails', 'event', '{"event_name": "trouble"}'),
    ('panics', 'panics', 'event', '{"event_name": "trouble"}'),
    ('hangs', 'hangs', 'event', '{"event_name": "hang", "timeout_seconds": 1}'),
    ('is_new', 'is_new', 'event', '{"event_name": "new"}'),
    ('every_second', 'works', 'interval', '{"interval_seconds": 1, "misfire": "all", "max": 1000}'),
    ('every_three', 'lingers', 'interval', '{"interval_seconds": 3}'),
    ('every_minute', 'works', 'cron', '{"cron_expression": "* * * * *", "misfire": "all", "max": 1000}')
) AS j (job_name, job_type, condition, config);
UPDATE biz.trigger_jobs SET trigger_config = trigger_config || '{"timeout_seconds": 1}' WHERE job_name = 'hangs';

CREATE SCHEMA harness;
GRANT USAGE ON SCHEMA harness TO zqyy_worker;
-- The effect of a run: once.
CREATE TABLE harness.effects (run_id bigint PRIMARY KEY, events bigint[] NOT NULL, at timestamptz NOT NULL DEFAULT now());
-- Every transaction that committed an effect or found it there.
CREATE TABLE harness.writes (
    run_id bigint NOT NULL, epoch integer NOT NULL, claim bigint NOT NULL, host_clock bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now());
-- Those of them whose claim was not the run's when they committed: none.
CREATE TABLE harness.stale (run_id bigint, epoch integer, claim bigint, now_epoch integer, now_claim bigint, now_state text);
CREATE TABLE harness.changes (
    id bigint GENERATED ALWAYS AS IDENTITY, run_id bigint NOT NULL, was text NOT NULL, is_now text NOT NULL,
    epochs integer NOT NULL, attempts integer NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
GRANT SELECT, INSERT ON harness.effects, harness.writes TO zqyy_worker;

CREATE FUNCTION harness.check_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO harness.stale
    SELECT NEW.run_id, NEW.epoch, NEW.claim, r.epoch, r.claim, r.state
    FROM (SELECT) AS one LEFT JOIN biz.trigger_runs r ON r.id = NEW.run_id
    WHERE (r.epoch, r.claim, r.state) IS DISTINCT FROM (NEW.epoch, NEW.claim, 'running');
    RETURN NULL;
END
$$;
-- At the commit, with what is committed then.
CREATE CONSTRAINT TRIGGER check_claim AFTER INSERT ON harness.writes DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION harness.check_claim();

CREATE FUNCTION harness.note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO harness.changes (run_id, was, is_now, epochs, attempts)
    VALUES (NEW.id, OLD.state, NEW.state, NEW.epoch - OLD.epoch, NEW.attempt - OLD.attempt);
    RETURN NULL;
END
$$;
CREATE TRIGGER note_change AFTER UPDATE OF state ON biz.trigger_runs
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION harness.note_change();
