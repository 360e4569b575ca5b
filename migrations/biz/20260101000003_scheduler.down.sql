DROP TABLE IF EXISTS biz.trigger_run_events, biz.trigger_runs, biz.trigger_events, biz.trigger_jobs;
DROP FUNCTION IF EXISTS biz.trigger_jobs_edited(), biz.wake_scheduler();
