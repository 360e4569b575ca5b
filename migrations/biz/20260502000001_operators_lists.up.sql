-- What operators look for and the queue does not: partial indexes on what seldom happens, so that an ordinary run or
-- event writes nothing into them; times by block, which costs next to nothing; and what a site had once it is over,
-- which costs a run and an event one entry each.
CREATE INDEX IF NOT EXISTS trigger_runs_unusual ON biz.trigger_runs (state, id) WHERE state IN ('dead', 'cancelled', 'skipped');
CREATE INDEX IF NOT EXISTS trigger_runs_of_site ON biz.trigger_runs (site_id, id) WHERE finished_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS trigger_runs_made ON biz.trigger_runs USING brin (created_at);
CREATE INDEX IF NOT EXISTS trigger_events_refused ON biz.trigger_events (id) WHERE error IS NOT NULL;
CREATE INDEX IF NOT EXISTS trigger_events_of_site ON biz.trigger_events (site_id, id) WHERE dispatched_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS trigger_events_made ON biz.trigger_events USING brin (created_at);
