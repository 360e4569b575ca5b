TRUNCATE biz.trigger_runs, biz.trigger_events, biz.trigger_run_events, biz.trigger_workers, apalis.jobs RESTART IDENTITY CASCADE;
DELETE FROM biz.trigger_jobs WHERE job_name IN ('shared', 'single', 'slots');
INSERT INTO biz.trigger_jobs (id, job_name, job_type, trigger_condition, trigger_config) OVERRIDING SYSTEM VALUE VALUES
    (901, 'shared', 'shared', 'event', '{"event_name": "shared", "coalesce": "site", "debounce_ms": 0, "scope": "site"}'),
    (902, 'single', 'single', 'event', '{"event_name": "single", "coalesce": "none", "scope": "site", "max_attempts": 2}'),
    (903, 'slots', 'slots', 'interval', '{"interval_seconds": 3600, "scope": "site"}');
UPDATE biz.trigger_jobs SET next_run_at = now() - interval '1 second' WHERE id = 903;
INSERT INTO biz.trigger_events (event_name, site_id, dedup_key, dispatched_at)
SELECT CASE WHEN n IN (1, 2, 3, 8, 9) THEN 'shared' ELSE 'single' END, CASE WHEN n IN (3, 6, 9) THEN 2 ELSE 1 END, 'n' || n,
       CASE WHEN n < 8 THEN now() END
FROM generate_series(1, 10) AS n;
-- 1 runs, 2 waits behind it; 3 and 4 can be claimed, 5 waits behind 4; the worker of 6 is gone; 7 is dead; 8 is old; 9 has
-- failed and waits for its next attempt.
INSERT INTO biz.trigger_runs (id, job_id, site_id, trigger, coalesced, state, attempt, epoch, claim, lease_until, event_count,
                              worker, started_at, finished_at, not_before) OVERRIDING SYSTEM VALUE VALUES
    (1, 901, 1, 'event', true, 'running', 1, 1, 11, now() + interval '1 minute', 1, 'x', now() - interval '9 s', NULL, now() - interval '9 s'),
    (2, 901, 1, 'event', true, 'queued', 0, 0, NULL, NULL, 1, NULL, NULL, NULL, now() - interval '8 s'),
    (3, 901, 2, 'event', true, 'queued', 0, 0, NULL, NULL, 1, NULL, NULL, NULL, now() - interval '7 s'),
    (4, 902, 1, 'event', false, 'queued', 0, 0, NULL, NULL, 1, NULL, NULL, NULL, now() - interval '6 s'),
    (5, 902, 1, 'event', false, 'queued', 0, 0, NULL, NULL, 1, NULL, NULL, NULL, now() - interval '5 s'),
    (6, 902, 2, 'event', false, 'running', 1, 1, 66, now() - interval '1 s', 1, 'y', now() - interval '4 s', NULL, now() - interval '4 s'),
    (7, 902, 1, 'event', false, 'dead', 2, 2, 77, NULL, 1, 'y', now() - interval '3 s', now(), now() - interval '3 s'),
    (8, 902, 2, 'event', false, 'succeeded', 1, 1, 88, NULL, 0, 'y', now() - interval '40 d', now() - interval '39 d', now() - interval '40 d'),
    (9, 903, 2, 'interval', false, 'failed', 1, 1, 99, NULL, 0, 'y', now() - interval '1 s', NULL, now() + interval '1 hour');
INSERT INTO biz.trigger_run_events (run_id, event_id) SELECT n, n FROM generate_series(1, 7) AS n;
SELECT setval('biz.trigger_runs_id_seq', 100);
