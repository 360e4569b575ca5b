-- check: no run is held by a lease that ended minutes ago
SELECT 'no run is held by a lease that ended minutes ago' AS violation, id, job_id, site_id, worker, lease_until
FROM biz.trigger_runs
-- (a minute after the server was started, the leases of before are not yet taken back)
WHERE state = 'running' AND lease_until < now() - interval '5 minutes';

-- check: no event has waited for minutes
SELECT 'no event has waited for minutes' AS violation, id, event_name, site_id, created_at
FROM biz.trigger_events
WHERE dispatched_at IS NULL AND created_at < now() - interval '5 minutes';

-- check: no slot of an enabled job is minutes overdue
SELECT 'no slot of an enabled job is minutes overdue' AS violation, job_name, next_run_at, last_error
FROM biz.trigger_jobs
WHERE status = 'enabled' AND trigger_condition <> 'event' AND next_run_at < now() - interval '5 minutes';

-- check: a run counts the events that joined it
SELECT 'a run counts the events that joined it' AS violation, r.id, r.event_count, count(l.event_id) AS joined
FROM biz.trigger_runs r
LEFT JOIN biz.trigger_run_events l ON l.run_id = r.id
-- (later the events are pruned, and the links with them)
WHERE r.trigger = 'event' AND r.state <> 'cancelled' AND r.created_at > now() - interval '6 days'
GROUP BY r.id
HAVING r.event_count <> count(l.event_id);

-- check: the three unique indexes hold pending, running and slot
SELECT 'the three unique indexes hold pending, running and slot' AS violation, wanted.name
FROM (VALUES ('trigger_runs_pending'), ('trigger_runs_running'), ('trigger_runs_slot')) AS wanted (name)
WHERE NOT EXISTS (
    SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relname = wanted.name AND c.relnamespace = 'biz'::regnamespace
      AND i.indisunique AND i.indnullsnotdistinct AND i.indisvalid AND i.indpred IS NOT NULL);

-- check: the ETL's writer may insert events and do nothing else
SELECT 'the ETL''s writer may insert events and do nothing else' AS violation, c.oid::regclass, p.privilege
FROM pg_class c
CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('REFERENCES')) AS p (privilege)
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relnamespace NOT IN (
          'pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)
  AND has_any_column_privilege('zqyy_etl_writer', c.oid, p.privilege)
  AND NOT (c.oid = 'biz.trigger_events'::regclass AND p.privilege = 'INSERT');

-- check: the shipped jobs are there
SELECT 'the shipped jobs are there' AS violation, wanted.name
FROM (VALUES ('task_generator', 'cron'), ('task_expiry_check', 'interval'), ('recall_completion_check', 'event'),
             ('note_reclassify_backfill', 'event')) AS wanted (name, condition)
WHERE NOT EXISTS (
    SELECT FROM biz.trigger_jobs j WHERE j.job_name = wanted.name AND j.trigger_condition = wanted.condition);

-- check: events and runs force row-level security
SELECT 'events and runs force row-level security' AS violation, c.oid::regclass
FROM pg_class c
WHERE c.oid IN ('biz.trigger_events'::regclass, 'biz.trigger_runs'::regclass, 'biz.trigger_run_events'::regclass)
  AND (NOT c.relforcerowsecurity OR NOT c.relrowsecurity);
