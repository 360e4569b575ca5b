-- Operators: administrators see and steer the scheduler at every site. The api's role can do that in an administrator's
-- transaction (auth.open_everywhere) and in no other: what it may write has a second, restrictive policy.
DO $rls$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['trigger_events', 'trigger_runs'] LOOP
        EXECUTE format('DROP POLICY IF EXISTS api_everywhere ON biz.%I', t);
        EXECUTE format('CREATE POLICY api_everywhere ON biz.%I TO zqyy_api
            USING (current_setting(''app.every_site'', true) = ''on'')', t);
    END LOOP;
END
$rls$;
DROP POLICY IF EXISTS operators_insert ON biz.trigger_runs;
CREATE POLICY operators_insert ON biz.trigger_runs AS RESTRICTIVE FOR INSERT TO zqyy_api
    WITH CHECK (current_setting('app.every_site', true) = 'on');
DROP POLICY IF EXISTS operators_update ON biz.trigger_runs;
CREATE POLICY operators_update ON biz.trigger_runs AS RESTRICTIVE FOR UPDATE TO zqyy_api
    USING (current_setting('app.every_site', true) = 'on');

-- Jobs belong to no site: everybody may read them, operators edit them.
ALTER TABLE biz.trigger_jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE biz.trigger_jobs FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS worker_all ON biz.trigger_jobs;
CREATE POLICY worker_all ON biz.trigger_jobs TO zqyy_worker USING (true);
DROP POLICY IF EXISTS api_reads ON biz.trigger_jobs;
CREATE POLICY api_reads ON biz.trigger_jobs FOR SELECT TO zqyy_api USING (true);
DROP POLICY IF EXISTS api_everywhere ON biz.trigger_jobs;
CREATE POLICY api_everywhere ON biz.trigger_jobs FOR UPDATE TO zqyy_api
    USING (current_setting('app.every_site', true) = 'on');

GRANT UPDATE (trigger_condition, trigger_config, description, status, updated_at) ON biz.trigger_jobs TO zqyy_api;
-- Neither lease nor epoch nor claim: no run can be taken from its worker.
GRANT INSERT (job_id, site_id, trigger) ON biz.trigger_runs TO zqyy_api;
GRANT UPDATE (state, attempt, not_before, finished_at, cancel_requested_at, stats, updated_at) ON biz.trigger_runs TO zqyy_api;

-- A run that waits for its next attempt and is wanted at once.
CREATE OR REPLACE TRIGGER trigger_runs_wake_hastened AFTER UPDATE OF state ON biz.trigger_runs
    FOR EACH ROW WHEN (OLD.state = 'failed' AND NEW.state = 'queued') EXECUTE FUNCTION biz.wake_scheduler('runs');
