WITH RECURSIVE
-- Every (job, site) that waits, one index probe each: the length of a pair's queue does not matter.
pairs AS (
    (SELECT job_id, coalesce(site_id, 0) AS site
     FROM biz.trigger_runs WHERE state IN ('queued', 'failed')
     ORDER BY job_id, coalesce(site_id, 0) LIMIT 1)
    UNION ALL
    SELECT n.job_id, n.site
    FROM pairs p CROSS JOIN LATERAL (
        SELECT r.job_id, coalesce(r.site_id, 0) AS site
        FROM biz.trigger_runs r
        WHERE r.state IN ('queued', 'failed') AND (r.job_id, coalesce(r.site_id, 0)) > (p.job_id, p.site)
        ORDER BY r.job_id, coalesce(r.site_id, 0) LIMIT 1) AS n
),
-- Job types that this worker knows, or that no live one does: of those the run must end, dead.
ours AS MATERIALIZED (
    SELECT j.id FROM biz.trigger_jobs j
    WHERE j.job_type = ANY ($3) OR NOT EXISTS (
        SELECT FROM biz.trigger_workers w
        WHERE w.updated_at > now() - interval '1 minute' AND j.job_type = ANY (w.job_types))
),
-- Few: no more than there are slots. By NOT IN, which hashes whatever the planner believes about this index.
running AS MATERIALIZED (
    SELECT job_id, coalesce(site_id, 0) AS site FROM biz.trigger_runs WHERE state = 'running'
),
-- The first eligible run of each pair that has none running, and when its site was served last.
heads AS MATERIALIZED (
    SELECT h.id, h.not_before, (
        SELECT s.started_at FROM biz.trigger_runs s
        WHERE coalesce(s.site_id, 0) = p.site AND s.started_at IS NOT NULL
        ORDER BY coalesce(s.site_id, 0), s.started_at DESC LIMIT 1) AS served
    FROM pairs p JOIN ours ON ours.id = p.job_id CROSS JOIN LATERAL (
        SELECT r.id, r.not_before FROM biz.trigger_runs r
        WHERE r.job_id = p.job_id AND coalesce(r.site_id, 0) = p.site
          AND r.state IN ('queued', 'failed') AND r.not_before <= now()
        -- The index's whole order is named, or the planner sorts.
        ORDER BY r.job_id, coalesce(r.site_id, 0), r.not_before, r.id LIMIT 1) AS h
    WHERE (p.job_id, p.site) NOT IN (SELECT job_id, site FROM running)
),
ranked AS MATERIALIZED (SELECT array_agg(id ORDER BY served NULLS FIRST, not_before, id) AS ids FROM heads),
-- Another worker's claim is skipped; one that has just committed fails the recheck of the state. That is written so that no
-- partial index answers it: statistics of a quiet hour make a scan of all that wait look cheaper than the primary key. By
-- arrays, not joins: a plan made while the table was empty would compare every run with every head.
picked AS (
    SELECT r.id FROM biz.trigger_runs r
    WHERE r.id = ANY (ARRAY(SELECT unnest(ids) FROM ranked)) AND r.state || '' IN ('queued', 'failed')
    ORDER BY array_position((SELECT ids FROM ranked), r.id)
    LIMIT $1 FOR UPDATE OF r SKIP LOCKED
)
UPDATE biz.trigger_runs r
SET state = 'running', epoch = r.epoch + 1, claim = hashtextextended(gen_random_uuid()::text, 0), attempt = r.attempt + 1,
    lease_until = now() + $4::float8 * interval '1 second', started_at = coalesce(r.started_at, now()), worker = $2, updated_at = now()
-- No wait for the disk: a claim that a crash of the server loses leaves the run queued, the log's order loses with it
-- whatever the run has written since, and its number keeps the attempt, if it still lives, from writing more.
FROM biz.trigger_jobs j, (SELECT set_config('synchronous_commit', 'off', true)) AS relaxed
WHERE r.id = ANY (ARRAY(SELECT id FROM picked)) AND j.id = r.job_id
RETURNING r.id, r.job_id, j.job_name, j.job_type, j.trigger_condition, j.trigger_config, r.site_id, r.epoch,
    r.claim AS "claim!", r.attempt,
    r.trigger, r.scheduled_for, r.not_before, now() AS "claimed_at!"
