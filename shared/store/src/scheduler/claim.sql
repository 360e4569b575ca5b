WITH RECURSIVE
-- Every (job, site) that waits and the first of its runs, one index probe each: the length of a pair's queue does not
-- matter. The index's whole order is named, or the planner sorts.
pairs AS (
    (SELECT job_id, coalesce(site_id, 0) AS site, not_before, id
     FROM biz.trigger_runs WHERE state IN ('queued', 'failed')
     ORDER BY job_id, coalesce(site_id, 0), not_before, id LIMIT 1)
    UNION ALL
    SELECT n.job_id, n.site, n.not_before, n.id
    FROM pairs p CROSS JOIN LATERAL (
        SELECT r.job_id, coalesce(r.site_id, 0) AS site, r.not_before, r.id
        FROM biz.trigger_runs r
        WHERE r.state IN ('queued', 'failed') AND (r.job_id, coalesce(r.site_id, 0)) > (p.job_id, p.site)
        ORDER BY r.job_id, coalesce(r.site_id, 0), r.not_before, r.id LIMIT 1) AS n
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
-- The first run of each pair that has none running, if it is eligible, and when its site was served last.
heads AS MATERIALIZED (
    SELECT p.id, p.not_before, (
        SELECT s.started_at FROM biz.trigger_runs s
        WHERE coalesce(s.site_id, 0) = p.site AND s.started_at IS NOT NULL
        ORDER BY coalesce(s.site_id, 0), s.started_at DESC LIMIT 1) AS served
    FROM pairs p
    WHERE p.not_before <= now() AND p.job_id IN (SELECT id FROM ours)
      AND (p.job_id, p.site) NOT IN (SELECT job_id, site FROM running)
),
-- Head by head, until there are enough. Another worker's claim is skipped; one that has just committed fails the recheck of
-- the state. That is written so that no partial index answers it: statistics of a quiet hour make a scan of all that wait
-- look cheaper than the primary key. The LIMIT inside keeps a plan made while the table was empty from comparing every run
-- with every head.
picked AS (
    SELECT free.id
    FROM (SELECT id FROM heads ORDER BY served NULLS FIRST, not_before, id) AS h
    CROSS JOIN LATERAL (
        SELECT r.id FROM biz.trigger_runs r
        WHERE r.id = h.id AND r.state || '' IN ('queued', 'failed')
        LIMIT 1 FOR UPDATE OF r SKIP LOCKED) AS free
    LIMIT $1
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
