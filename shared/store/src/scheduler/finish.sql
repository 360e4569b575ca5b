-- Ends of several runs that are still their claimants', in the order of ids as everywhere.
WITH ends AS (
    SELECT * FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], $5::jsonb[], $6::float8[], $7::bigint[])
        AS e (id, epoch, state, error, stats, delay, claim)
), ours AS (
    SELECT r.id, CASE WHEN e.state IN ('failed', 'queued') AND r.cancel_requested_at IS NOT NULL
                      THEN 'cancelled' ELSE e.state END AS state, e.error, e.stats, e.delay
    FROM biz.trigger_runs r JOIN ends e ON e.id = r.id AND e.epoch = r.epoch AND e.claim = r.claim
    WHERE r.state = 'running' ORDER BY r.id FOR UPDATE OF r
)
UPDATE biz.trigger_runs r
SET state = ours.state, lease_until = NULL, error = ours.error, stats = ours.stats, updated_at = now(),
    attempt = r.attempt - (ours.state = 'queued')::integer,
    not_before = CASE WHEN ours.state IN ('failed', 'queued')
                      THEN now() + ours.delay * interval '1 second' ELSE r.not_before END,
    finished_at = CASE WHEN ours.state NOT IN ('failed', 'queued') THEN now() END
FROM ours WHERE r.id = ours.id
RETURNING r.id, r.state
