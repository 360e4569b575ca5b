-- Ends of several runs that are still their claimants', in the order of ids as everywhere. Run by run through the primary
-- key, and what to write by its place in the arrays: as joins, a plan made while the table was empty would compare every run
-- with every end.
WITH ours AS (
    SELECT e.id
    FROM (SELECT * FROM unnest($1::bigint[], $2::integer[], $7::bigint[]) AS e (id, epoch, claim) ORDER BY id) AS e
    CROSS JOIN LATERAL (
        SELECT FROM biz.trigger_runs r
        WHERE r.id = e.id AND r.epoch = e.epoch AND r.claim = e.claim AND r.state || '' = 'running'
        LIMIT 1 FOR UPDATE OF r) AS held
)
UPDATE biz.trigger_runs r
SET lease_until = NULL, updated_at = now(),
    (state, error, stats, attempt, not_before, finished_at) = (
        SELECT fate.state, ($4::text[])[fate.n], ($5::jsonb[])[fate.n], r.attempt - (fate.state = 'queued')::integer,
            CASE WHEN fate.state IN ('failed', 'queued') THEN now() + ($6::float8[])[fate.n] * interval '1 second'
                 ELSE r.not_before END,
            CASE WHEN fate.state NOT IN ('failed', 'queued') THEN now() END
        FROM (SELECT e.n, CASE WHEN ($3::text[])[e.n] IN ('failed', 'queued') AND r.cancel_requested_at IS NOT NULL
                               THEN 'cancelled' ELSE ($3::text[])[e.n] END AS state
              FROM (SELECT array_position($1::bigint[], r.id) AS n OFFSET 0) AS e OFFSET 0) AS fate)
WHERE r.id = ANY (ARRAY(SELECT id FROM ours))
RETURNING r.id, r.state
