DROP INDEX IF EXISTS biz.trigger_events_made;
DROP INDEX IF EXISTS biz.trigger_events_of_site;
DROP INDEX IF EXISTS biz.trigger_events_refused;
DROP INDEX IF EXISTS biz.trigger_runs_made;
DROP INDEX IF EXISTS biz.trigger_runs_of_site;
DROP INDEX IF EXISTS biz.trigger_runs_unusual;
